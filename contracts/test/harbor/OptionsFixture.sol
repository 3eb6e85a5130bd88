// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborOptions} from "../../src/harbor/HarborOptions.sol";
import {OptionsBook} from "../../src/harbor/OptionsBook.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {Test} from "../Test.sol";
import {oneWindow} from "./HarborVaultLimit.sol";

/// @notice Harbor's options on bitcoin at 100,000, with this contract as their owner, breaker and reporter.
abstract contract OptionsFixture is Test {
    bytes32 internal constant BTC = "BTC";
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    address internal constant STRANGER = address(0x57a6);

    uint256 internal constant BLOCK_SECONDS = 12;
    uint256 internal constant WINDOW = 30 minutes;
    uint256 internal constant QUEUE_DELAY = 1 days;
    uint256 internal constant HEARTBEAT = 60;
    /// @dev A thousandth of a bitcoin.
    uint96 internal constant UNIT_E18 = 1e15;
    uint256 internal constant START = 1_760_000_000;
    uint40 internal constant EXPIRY = uint40(START + 1 days);

    TestDollar internal usd;
    HarborOptions internal options;
    PriceFeed internal feed;
    uint256 internal call_;
    uint256 internal put;

    function _deployOptions(TestDollar usd_) internal {
        vm.warp(START);
        vm.roll(1_000);
        usd = usd_;
        // A wide range and the largest step, so that tests can move the price at will.
        feed = new PriceFeed(address(this), "BTC / USD", 1_000e8, 1_000_000e8, 10_000, HEARTBEAT);
        feed.setReporter(address(this));
        feed.submit(100_000e8);
        options = _newOptions();
        options.setBreaker(address(this));
        options.addAsset(BTC, feed, UNIT_E18);
        call_ = options.list(_call(100_000e8, 150_000e8));
        put = options.list(_put(100_000e8));
    }

    function _newOptions() internal returns (HarborOptions) {
        return new HarborOptions(usd, address(this), WINDOW, _limit(), _queueDelaySeconds());
    }

    function _queueDelaySeconds() internal pure virtual returns (uint256) {
        return QUEUE_DELAY;
    }

    /// @notice So large that it never holds; for tests of other things.
    function _limit() internal pure virtual returns (FlowLimits.Limit memory limit) {
        limit = oneWindow(0, 1);
        limit.windows[0].capAmount = type(uint128).max;
    }

    function _call(uint64 strikeE8, uint64 capE8) internal pure returns (OptionsBook.Terms memory) {
        return OptionsBook.Terms(BTC, strikeE8, capE8, EXPIRY, true);
    }

    function _put(uint64 strikeE8) internal pure returns (OptionsBook.Terms memory) {
        return OptionsBook.Terms(BTC, strikeE8, 0, EXPIRY, false);
    }

    /// @notice Has `account` write, with just the collateral that it takes.
    function _write(address account, uint256 seriesId, uint128 units) internal {
        uint256 collateral = units * options.maxPayoffOf(seriesId);
        usd.mint(account, collateral);
        vm.startPrank(account);
        usd.approve(address(options), collateral);
        options.write(seriesId, units);
        vm.stopPrank();
    }

    function _submitAt(uint256 time, uint256 priceE8) internal {
        vm.roll(block.number + 1);
        vm.warp(time);
        feed.submit(int256(priceE8));
    }

    /// @notice Reports one price throughout the settlement's window, and lets it pass.
    function _passExpiryAt(uint256 priceE8) internal {
        for (uint256 time = EXPIRY - WINDOW; time <= EXPIRY; time += HEARTBEAT) {
            _submitAt(time, priceE8);
        }
        vm.warp(EXPIRY + 1);
    }

    function _settle() internal {
        (uint80 first, uint80 last) = options.settlementRounds(BTC, EXPIRY);
        options.settle(BTC, EXPIRY, first, last);
    }

    /// @notice Redeems all that `account` has of a token.
    function _redeemAll(address account, uint256 tokenId) internal returns (uint256 paid) {
        uint256 before = usd.balanceOf(account);
        uint128 units = uint128(options.balanceOf(account, tokenId));
        vm.prank(account);
        options.redeem(tokenId, units);
        return usd.balanceOf(account) - before;
    }

    function _assertBooks() internal view {
        vm.assertEq(usd.balanceOf(address(options)), options.totalClaims());
    }
}
