// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {PerpsBook} from "../../src/harbor/PerpsBook.sol";
import {PerpsEngine} from "../../src/harbor/PerpsEngine.sol";
import {PerpsSettlement} from "../../src/harbor/PerpsSettlement.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {IPriceFeed} from "../../src/oracle/IPriceFeed.sol";
import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {IGuardianRewards} from "../../src/guardians/IGuardianRewards.sol";
import {Test} from "../Test.sol";
import {oneWindow} from "./HarborVaultLimit.sol";

/// @notice Harbor with two markets at round prices, a million dollars of liquidity, and this contract as its
/// owner, reporter and breaker.
abstract contract HarborFixture is Test {
    bytes32 internal constant BTC = "BTC";
    bytes32 internal constant ETH = "ETH";
    address internal constant LP = address(0x11F0);
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    address internal constant KEEPER = address(0x4EE9);

    uint256 internal constant BLOCK_SECONDS = 12;
    uint256 internal constant CAP_BPS = 2_000;
    uint256 internal constant WINDOW = 1 hours;
    uint16 internal constant REBATE_BPS = 2_000;
    uint256 internal constant QUEUE_DELAY = 1 days;
    uint256 internal constant LIQUIDITY = 1_000_000e6;
    uint256 internal constant MAX_OPEN_INTEREST = 500_000e6;
    /// @dev 0.1 % an hour at full skew.
    uint64 internal constant FUNDING_PER_SECOND_E18 = 277_777_777_777;

    TestDollar internal usd;
    HarborVault internal vault;
    HarborPerps internal perps;
    PerpsEngine internal engine;
    PriceFeed internal btcFeed;
    PriceFeed internal ethFeed;

    function _deployHarbor() internal {
        vm.warp(1_760_000_000);
        vm.roll(1_000);
        usd = new TestDollar(address(this));
        vault = new HarborVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), 0);
        perps = new HarborPerps(vault, address(this), _settings(2));
        _wire();
    }

    /// @notice Wires vault and perpetuals, which are deployed, and opens the markets.
    function _wire() internal {
        engine = perps.engine();
        vault.setPerps(address(perps));
        vault.setBreaker(address(this));
        perps.setBreaker(address(this));
        btcFeed = _feed("BTC / USD", 100_000e8);
        ethFeed = _feed("ETH / USD", 4_000e8);
        perps.addMarket(BTC, _config(btcFeed));
        perps.addMarket(ETH, _config(ethFeed));
        _supply(LP, LIQUIDITY);
    }

    /// @notice As much may be withdrawn at once as of the vault; the vault gets what the rebate leaves of
    /// fees.
    function _settings(uint256 minHoldBlocks)
        internal
        virtual
        returns (HarborPerps.Settings memory settings)
    {
        settings.flow = oneWindow(CAP_BPS, WINDOW);
        settings.queueDelaySeconds = QUEUE_DELAY;
        settings.minHoldBlocks = minHoldBlocks;
        settings.feeShares = PerpsSettlement.FeeShares(REBATE_BPS, 0, 0);
        settings.guardianRewards = IGuardianRewards(address(0));
    }

    function _feed(string memory description, int256 price) internal returns (PriceFeed feed) {
        // A wide range and the largest step, so that tests can move the price at will.
        feed = new PriceFeed(address(this), description, 1e8, 100_000_000e8, 10_000, 3_600);
        feed.setReporter(address(this));
        feed.submit(price);
    }

    function _config(IPriceFeed feed) internal pure virtual returns (PerpsBook.MarketConfig memory) {
        return PerpsBook.MarketConfig({
            feed: feed,
            maxLeverage: 20,
            maintenanceMarginBps: 250,
            feeBps: 10,
            // In the next second, the mark is where the feed is.
            markStepBps: 10_000,
            markStepSeconds: 1,
            maxOpenInterest: uint128(MAX_OPEN_INTEREST),
            maxFundingPerSecondE18: FUNDING_PER_SECOND_E18,
            minNotional: 1
        });
    }

    function _fund(address account, address spender, uint256 amount) internal {
        usd.mint(account, amount);
        vm.prank(account);
        usd.approve(spender, amount);
    }

    /// @notice Has `account` deposit into the vault.
    function _supply(address account, uint256 amount) internal {
        _fund(account, address(vault), amount);
        vm.prank(account);
        vault.deposit(amount, account);
    }

    /// @notice Has `account` deposit margin.
    function _deposit(address account, uint256 amount) internal {
        _fund(account, address(perps), amount);
        vm.prank(account);
        perps.deposit(amount);
    }

    function _open(address account, bytes32 market, bool isLong, uint256 sizeE18) internal {
        vm.prank(account);
        perps.open(market, isLong, sizeE18, isLong ? type(uint256).max : 0);
    }

    /// @notice Closes at any price.
    function _close(address account, bytes32 market, uint256 sizeE18) internal {
        (int256 heldE18,,,) = perps.positionOf(account, market);
        vm.prank(account);
        perps.close(market, sizeE18, heldE18 > 0 ? 0 : type(uint256).max);
    }

    /// @notice Sets the price in the next block.
    function _setPrice(PriceFeed feed, int256 priceE8) internal {
        pass(1, BLOCK_SECONDS);
        feed.submit(priceE8);
    }

    /// @notice Lets the time go by for which a position must be held.
    function _hold() internal {
        pass(3, BLOCK_SECONDS);
    }

    function _profitOf(address account, bytes32 market) internal view returns (int256 profit) {
        (,, profit,) = perps.positionOf(account, market);
    }

    /// @notice The perpetuals hold what they owe, the vault what it has booked.
    function _assertBooks() internal view {
        vm.assertEq(usd.balanceOf(address(perps)), perps.obligations());
        vm.assertEq(usd.balanceOf(address(vault)), vault.bookedAssets());
    }

    /// @notice Expects the next call, which `account` makes, to be refused with `reason`.
    function _refuse(address account, bytes memory reason) internal {
        vm.expectRevert(reason);
        vm.prank(account);
    }
}
