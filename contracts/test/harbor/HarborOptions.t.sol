// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {HarborOptions} from "../../src/harbor/HarborOptions.sol";
import {OptionsBook} from "../../src/harbor/OptionsBook.sol";
import {OptionsOffers} from "../../src/harbor/OptionsOffers.sol";
import {OptionsSeries} from "../../src/harbor/OptionsSeries.sol";
import {OptionsSettlement} from "../../src/harbor/OptionsSettlement.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {oneWindow} from "./HarborVaultLimit.sol";
import {OptionsFixture} from "./OptionsFixture.sol";

contract Dollar18 is ERC20("Dollar", "USD") {}

/// @notice A feed of prices with 18 decimals.
contract PreciseFeed {
    function decimals() external pure returns (uint8) {
        return 18;
    }
}

contract HarborOptionsTest is OptionsFixture {
    function setUp() external {
        _deployOptions(new TestDollar(address(this)));
    }

    // What a series is

    function test_saysWhatItIs() external view {
        vm.assertEq(address(options.collateral()), address(usd));
        vm.assertEq(options.settlementWindowSeconds(), WINDOW);
        (address feed_, uint256 unitE18) = _assetOf();
        vm.assertEq(feed_, address(feed));
        vm.assertEq(unitE18, UNIT_E18);
        vm.assertEq(options.shortIdOf(put), put + 1);
        vm.assertEq(put, OptionsBook.idOf(_put(100_000e8)));
        vm.assertEq(abi.encode(options.termsOf(call_)), abi.encode(_call(100_000e8, 150_000e8)));
        // A thousandth of what a bitcoin can make.
        vm.assertEq(options.maxPayoffOf(call_), 50e6);
        vm.assertEq(options.maxPayoffOf(put), 100e6);
        vm.assertTrue(options.supportsInterface(0x0f632fb3), "ERC-6909");
    }

    function _assetOf() private view returns (address, uint256) {
        (bool ok, bytes memory answer) = address(options).staticcall(abi.encodeCall(options.assetOf, (BTC)));
        vm.assertTrue(ok);
        return abi.decode(answer, (address, uint256));
    }

    function test_anyoneListsASeriesOnce() external {
        OptionsBook.Terms memory terms = _put(90_000e8);
        vm.expectEmit(address(options));
        emit OptionsSeries.SeriesListed(OptionsBook.idOf(terms), terms);
        vm.prank(STRANGER);
        uint256 id = options.list(terms);
        vm.assertEq(id, OptionsBook.idOf(terms));
        vm.expectRevert(abi.encodeWithSelector(OptionsSeries.SeriesAlreadyListed.selector, id));
        options.list(terms);
        vm.expectRevert(abi.encodeWithSelector(OptionsSeries.SeriesUnknown.selector, 2));
        options.termsOf(2);
    }

    function _refuseTerms(OptionsBook.Terms memory terms, string memory parameter, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(OptionsSeries.SeriesTermsInvalid.selector, parameter, value));
        options.list(terms);
    }

    function test_refusesSenselessTerms() external {
        // A put that the feed could never settle above, and strikes and caps beyond what it can say.
        _refuseTerms(_put(1_000e8), "strikeE8", 1_000e8);
        _refuseTerms(_put(1_000_000e8), "strikeE8", 1_000_000e8);
        _refuseTerms(_call(999e8, 150_000e8), "strikeE8", 999e8);
        _refuseTerms(_call(100_000e8, 100_000e8), "capE8", 100_000e8);
        _refuseTerms(_call(100_000e8, 0), "capE8", 0);
        _refuseTerms(_call(100_000e8, 1_000_000e8 + 1), "capE8", 1_000_000e8 + 1);
        OptionsBook.Terms memory terms = _put(90_000e8);
        terms.capE8 = 1;
        _refuseTerms(terms, "capE8", 1);
        terms = _put(90_000e8);
        terms.asset = "DOGE";
        vm.expectRevert(abi.encodeWithSelector(OptionsSettlement.AssetUnknown.selector, bytes32("DOGE")));
        options.list(terms);
        terms.asset = BTC;
        uint256[3] memory expiries = [uint256(0), START + WINDOW, START + 366 days + 1];
        for (uint256 i = 0; i < expiries.length; ++i) {
            terms.expirySeconds = uint40(expiries[i]);
            _refuseTerms(terms, "expirySeconds", expiries[i]);
        }
        terms.expirySeconds = uint40(START + WINDOW + 1);
        options.list(terms);
        terms.expirySeconds = uint40(START + 366 days);
        options.list(terms);
    }

    function test_theOwnerAdmitsAssetsOnce() external {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        vm.prank(STRANGER);
        options.addAsset("ETH", feed, UNIT_E18);
        vm.expectRevert(abi.encodeWithSelector(OptionsSettlement.AssetAlreadyAdded.selector, BTC));
        options.addAsset(BTC, feed, UNIT_E18);
        bytes4 invalid = OptionsSettlement.AssetInvalid.selector;
        vm.expectRevert(abi.encodeWithSelector(invalid, "unitE18", 0));
        options.addAsset("ETH", feed, 0);
        vm.expectRevert(abi.encodeWithSelector(invalid, "unitE18", 1e24 + 1));
        options.addAsset("ETH", feed, 1e24 + 1);
        PriceFeed precise = PriceFeed(address(new PreciseFeed()));
        vm.expectRevert(abi.encodeWithSelector(invalid, "feed.decimals", 18));
        options.addAsset("ETH", precise, UNIT_E18);
        PriceFeed silent = new PriceFeed(address(this), "ETH / USD", 1, 2, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.RoundUnknown.selector, 0));
        options.addAsset("ETH", silent, UNIT_E18);
        vm.expectEmit(address(options));
        emit OptionsSettlement.AssetAdded("ETH", address(feed), UNIT_E18);
        options.addAsset("ETH", feed, UNIT_E18);
    }

    function test_refusesSenselessSettings() external {
        FlowLimits.Limit memory limit = oneWindow(1, 1);
        bytes4 window = OptionsSettlement.SettlementWindowOutOfRange.selector;
        vm.expectRevert(abi.encodeWithSelector(window, 10 minutes - 1));
        new HarborOptions(usd, address(this), 10 minutes - 1, limit, 1);
        vm.expectRevert(abi.encodeWithSelector(window, 2 hours + 1));
        new HarborOptions(usd, address(this), 2 hours + 1, limit, 1);
        Dollar18 dollar18 = new Dollar18();
        vm.expectRevert(abi.encodeWithSelector(HarborOptions.CollateralDecimalsInvalid.selector, 18));
        new HarborOptions(dollar18, address(this), WINDOW, limit, 1);
    }

    // Writing and pairs

    function test_writersLockAllThatCanEverBePaid() external {
        usd.mint(ALICE, 500e6);
        vm.startPrank(ALICE);
        usd.approve(address(options), 500e6);
        vm.expectEmit(address(options));
        emit HarborOptions.Written(call_, ALICE, 10, 500e6);
        options.write(call_, 10);
        vm.stopPrank();
        vm.assertEq(usd.balanceOf(ALICE), 0);
        vm.assertEq(options.balanceOf(ALICE, call_), 10);
        vm.assertEq(options.balanceOf(ALICE, call_ + 1), 10);
        vm.assertEq(options.totalSupply(call_), 10);
        vm.assertEq(options.totalClaims(), 500e6);
        _assertBooks();
    }

    function test_aPairIsWorthItsCollateral() external {
        _write(ALICE, call_, 10);
        vm.startPrank(ALICE);
        options.transfer(BOB, call_, 4);
        options.transfer(BOB, call_ + 1, 3);
        vm.stopPrank();
        vm.expectEmit(address(options));
        emit HarborOptions.PairRedeemed(call_, BOB, 3, 150e6);
        vm.prank(BOB);
        options.redeemPair(call_, 3);
        vm.assertEq(usd.balanceOf(BOB), 150e6);
        vm.expectRevert(
            abi.encodeWithSelector(ERC6909.ERC6909InsufficientBalance.selector, BOB, 0, 1, call_ + 1)
        );
        vm.prank(BOB);
        options.redeemPair(call_, 1);
        vm.assertEq(options.totalClaims(), 350e6);
        _assertBooks();
    }

    function test_tokensComeInWholeUnits() external {
        vm.expectRevert(OptionsOffers.UnitsZero.selector);
        options.write(call_, 0);
        vm.expectRevert(OptionsOffers.UnitsZero.selector);
        options.redeemPair(call_, 0);
        vm.expectRevert(OptionsOffers.UnitsZero.selector);
        options.redeem(call_, 0);
    }

    // Payoffs

    function test_payoffs() external {
        uint256[5] memory pricesE8 = [uint256(1_000e8), 90_000e8, 100_000e8, 130_000e8, 190_000e8];
        uint256[5] memory calls = [uint256(0), 0, 0, 30e6, 50e6];
        uint256[5] memory puts = [uint256(99e6), 10e6, 0, 0, 0];
        for (uint256 i = 0; i < pricesE8.length; ++i) {
            _deployOptions(new TestDollar(address(this)));
            _write(ALICE, call_, 7);
            _write(ALICE, put, 7);
            _passExpiryAt(pricesE8[i]);
            _settle();
            vm.assertEq(options.payoffOf(call_), calls[i]);
            vm.assertEq(options.payoffOf(call_ + 1), 50e6 - calls[i]);
            vm.assertEq(options.payoffOf(put), puts[i]);
            vm.assertEq(options.payoffOf(put + 1), 100e6 - puts[i]);
            vm.assertEq(_redeemAll(ALICE, call_), 7 * calls[i]);
            vm.assertEq(_redeemAll(ALICE, put + 1), 7 * (100e6 - puts[i]));
            vm.assertEq(_redeemAll(ALICE, put), 7 * puts[i]);
            vm.assertEq(_redeemAll(ALICE, call_ + 1), 7 * (50e6 - calls[i]));
            vm.assertEq(options.totalClaims(), 0);
            _assertBooks();
        }
    }

    function test_paysNobodyBeforeTheSettlement() external {
        _write(ALICE, call_, 1);
        _passExpiryAt(110_000e8);
        bytes memory reason =
            abi.encodeWithSelector(OptionsSettlement.NotSettled.selector, BTC, uint256(EXPIRY));
        vm.expectRevert(reason);
        vm.prank(ALICE);
        options.redeem(call_, 1);
        vm.expectRevert(reason);
        options.payoffOf(call_ + 1);
        _settle();
        vm.expectEmit(address(options));
        emit HarborOptions.Redeemed(call_, ALICE, 1, 10e6);
        vm.prank(ALICE);
        options.redeem(call_, 1);
        // The rest waits for its holder, for years.
        vm.warp(EXPIRY + 3_650 days);
        vm.assertEq(_redeemAll(ALICE, call_ + 1), 40e6);
    }

    /// @dev What a unit is paid is rounded once, to the writer's side; nothing is lost between the two.
    function testFuzz_longAndShortShareTheCollateralToTheLastUnit(
        uint96 unitE18,
        uint64 strikeE8,
        uint64 capE8,
        uint256 priceE8,
        bool isCall
    ) external pure {
        unitE18 = uint96(bound(unitE18, 1, 1e24));
        strikeE8 = uint64(bound(strikeE8, 1, type(uint64).max - 1));
        capE8 = isCall ? uint64(bound(capE8, strikeE8 + 1, type(uint64).max)) : 0;
        priceE8 = bound(priceE8, 1, type(uint64).max);
        OptionsBook.Terms memory terms = OptionsBook.Terms(BTC, strikeE8, capE8, EXPIRY, isCall);
        uint256 most = OptionsBook.maxPayoff(terms, unitE18);
        uint256 longs = OptionsBook.payoff(terms, unitE18, priceE8);
        vm.assertGt(most, 0);
        vm.assertLe(longs, most);
        uint256 inTheMoneyE8 = isCall
            ? (priceE8 < capE8 ? priceE8 : capE8) - (priceE8 < strikeE8 ? priceE8 : strikeE8)
            : strikeE8 - (priceE8 < strikeE8 ? priceE8 : strikeE8);
        if (isCall && priceE8 < strikeE8) inTheMoneyE8 = 0;
        vm.assertEq(longs, inTheMoneyE8 * unitE18 / 1e20);
        vm.assertEq(most, ((isCall ? capE8 - strikeE8 : strikeE8) * uint256(unitE18) + 1e20 - 1) / 1e20);
    }

    function testFuzz_everyTokenIsPaidInWhateverOrder(
        uint256 priceE8,
        uint128[4] calldata units,
        uint256 seed
    ) external {
        uint256[4] memory ids = [call_, call_ + 1, put, put + 1];
        uint128 calls = uint128(bound(units[0], 1, 1e9));
        uint128 puts = uint128(bound(units[1], 1, 1e9));
        _write(ALICE, call_, calls);
        _write(ALICE, put, puts);
        vm.startPrank(ALICE);
        options.transfer(BOB, call_, units[2] % calls);
        options.transfer(BOB, put + 1, units[3] % puts);
        vm.stopPrank();
        _passExpiryAt(bound(priceE8, 1_000e8, 200_000e8));
        _settle();
        for (uint256 i = 0; i < 8; ++i) {
            uint256 pick = (i + seed % 8) % 8;
            address holder = pick < 4 ? ALICE : BOB;
            if (options.balanceOf(holder, ids[pick % 4]) != 0) _redeemAll(holder, ids[pick % 4]);
            _assertBooks();
        }
        vm.assertEq(options.totalClaims(), 0);
        vm.assertEq(usd.balanceOf(ALICE) + usd.balanceOf(BOB), calls * 50e6 + puts * 100e6);
    }

    // Brake

    function _assertHeld(bytes memory data, uint8 level) private {
        vm.expectRevert(abi.encodeWithSelector(Brakeable.BrakeHolds.selector, level, block.timestamp + 100));
        vm.prank(ALICE);
        (bool ok,) = address(options).call(data);
        vm.assertTrue(ok, "expectRevert consumes the failure");
    }

    function test_whatEachLevelStops() external {
        _write(ALICE, call_, 10);
        vm.prank(ALICE);
        uint256 offerId = options.offer(call_, 5, 1e6);

        options.delayWithdrawalsFor(100);
        _assertHeld(abi.encodeCall(options.redeemPair, (call_, 1)), 1);
        _assertHeld(abi.encodeCall(options.redeem, (call_, 1)), 1);
        _write(ALICE, call_, 1);

        options.reduceOnlyFor(100);
        _assertHeld(abi.encodeCall(options.list, (_put(90_000e8))), 2);
        _assertHeld(abi.encodeCall(options.write, (call_, 1)), 2);
        _assertHeld(abi.encodeCall(options.offer, (call_, 1, 1)), 2);
        _assertHeld(abi.encodeCall(options.take, (offerId, 1)), 2);

        options.pauseFor(100);
        vm.startPrank(ALICE);
        options.cancel(offerId);
        options.transfer(BOB, call_, 11);
        vm.stopPrank();
        vm.assertEq(options.balanceOf(BOB, call_), 11);
    }
}
