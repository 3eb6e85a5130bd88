// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PerpsBook} from "../../src/harbor/PerpsBook.sol";
import {PerpsDeficits} from "../../src/harbor/PerpsDeficits.sol";
import {PerpsLiquidation} from "../../src/harbor/PerpsLiquidation.sol";
import {PerpsMarkets} from "../../src/harbor/PerpsMarkets.sol";
import {PerpsSettlement} from "../../src/harbor/PerpsSettlement.sol";
import {IPriceFeed} from "../../src/oracle/IPriceFeed.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {HarborFixture} from "./HarborFixture.sol";

/// @notice Who bears what a liquidated account could not pay: the fund, then winners, then the vault.
contract HarborPerpsDeleverageTest is HarborFixture {
    address private constant CAROL = address(0xCA401);

    function setUp() external {
        _deployHarbor();
        _deposit(ALICE, 20_000e6);
        _deposit(BOB, 50_000e6);
        _deposit(CAROL, 50_000e6);
    }

    function _config(IPriceFeed feed) internal pure override returns (PerpsBook.MarketConfig memory config) {
        config = super._config(feed);
        config.minNotional = 100e6;
        // Profits to the cent.
        config.maxFundingPerSecondE18 = 0;
    }

    /// @dev ALICE is long 3 BTC, BOB has been short since 100,000 and CAROL since 95,000. At 90,000 ALICE
    /// owes 10,300 that she does not have.
    function _bankrupt() private returns (uint256 deficit) {
        _open(ALICE, BTC, true, 3e18);
        _open(BOB, BTC, false, 2e18);
        _setPrice(btcFeed, 95_000e8);
        _open(CAROL, BTC, false, 2e18);
        _setPrice(btcFeed, 90_000e8);
        vm.prank(KEEPER);
        perps.liquidate(ALICE);
        return 10_300e6;
    }

    function _donate(uint256 amount) private {
        _fund(KEEPER, address(perps), amount);
        vm.prank(KEEPER);
        perps.donate(amount);
    }

    // The fund

    function test_theFundPaysFirst() external {
        _donate(4_000e6);
        uint256 before = vault.bookedAssets();
        uint256 deficit = _bankrupt();
        vm.assertEq(perps.insuranceFund(), 0);
        vm.assertEq(perps.badDebt(), deficit);
        vm.assertEq(engine.deficitOf(BTC, true).amount, deficit - 4_000e6);
        // ALICE's cash, the fees less rebates of the three, and the fund.
        uint256 fees = (300e6 + 200e6 + 190e6) * 4 / 5;
        vm.assertEq(vault.bookedAssets(), before + 19_700e6 + fees + 4_000e6);
        _assertBooks();
    }

    function test_theFundMayPayAll() external {
        _donate(20_000e6);
        _bankrupt();
        vm.assertEq(perps.insuranceFund(), 20_000e6 - 10_300e6);
        vm.assertEq(engine.deficitOf(BTC, true).amount, 0);
        bytes memory reason = abi.encodeWithSelector(PerpsDeficits.DeficitMissing.selector, BTC, true);
        _refuse(KEEPER, reason);
        perps.deleverage(BOB, BTC);
    }

    /// @dev As the payout of an insurance would come in: nobody is closed then.
    function test_whatTheFundGetsLaterPaysBeforeWinnersDo() external {
        uint256 deficit = _bankrupt();
        _donate(deficit + 1e6);
        uint256 before = vault.bookedAssets();
        vm.expectEmit(address(perps));
        emit PerpsSettlement.InsurancePaid(deficit);
        perps.deleverage(BOB, BTC);
        vm.assertEq(vault.bookedAssets(), before + deficit);
        vm.assertEq(perps.insuranceFund(), 1e6);
        vm.assertEq(engine.deficitOf(BTC, true).amount, 0);
        (int256 sizeE18,,,) = perps.positionOf(BOB, BTC);
        vm.assertEq(sizeE18, -2e18);
        _assertBooks();
    }

    function test_donate_isForGood() external {
        _fund(KEEPER, address(perps), 5e6);
        vm.expectEmit(address(perps));
        emit PerpsSettlement.InsuranceFunded(KEEPER, 5e6);
        vm.prank(KEEPER);
        perps.donate(5e6);
        vm.assertEq(perps.insuranceFund(), 5e6);
        vm.assertEq(perps.cashOf(KEEPER), 0);
        vm.assertEq(perps.outflowLeft(), 120_000e6 / 5);
        _assertBooks();
    }

    // Winners

    function test_winnersAreClosedAtTheBankruptcyPrice() external {
        uint256 deficit = _bankrupt();
        uint256 cash = perps.cashOf(BOB);
        uint256 before = vault.totalAssets();
        // 20,000 of profit less two thirds of the deficit: closed at 93,433.33, where ALICE was at zero.
        uint256 forgone = deficit * 2 / 3 + 1;
        vm.expectEmit(address(perps));
        emit PerpsLiquidation.Deleveraged(BOB, BTC, 2e18, 90_000e8, 20_000e6 - forgone, forgone);
        perps.deleverage(BOB, BTC);
        vm.assertEq(perps.cashOf(BOB), cash + 20_000e6 - forgone);
        vm.assertEq(engine.deficitOf(BTC, true).amount, deficit - forgone);
        vm.assertApproxEqAbs(engine.deficitOf(BTC, true).sizeE18, 1e18, 1e12);
        // No fee, and all that was forgone is the vault's.
        vm.assertEq(vault.totalAssets(), before + forgone);
        _assertBooks();

        // The rest of it of CAROL, whose turn it is now: one of her two.
        cash = perps.cashOf(CAROL);
        perps.deleverage(CAROL, BTC);
        (int256 sizeE18,,,) = perps.positionOf(CAROL, BTC);
        vm.assertApproxEqAbs(sizeE18, -1e18, 1e12);
        vm.assertApproxEqAbs(perps.cashOf(CAROL), cash + 5_000e6 - deficit / 3, 10);
        vm.assertEq(engine.deficitOf(BTC, true).amount, 0);
        vm.assertApproxEqAbs(vault.totalAssets(), before + deficit, 2);
        bytes memory reason = abi.encodeWithSelector(PerpsDeficits.DeficitMissing.selector, BTC, true);
        _refuse(KEEPER, reason);
        perps.deleverage(CAROL, BTC);
        _assertBooks();
    }

    /// @dev BOB has won 22 % per notional, CAROL 5.6 %, both together less than the former.
    function test_thoseWhoWonLessThanTheAverageWait() external {
        _bankrupt();
        int256 average = (20_000e18 + 10_000e18) / int256(360_000);
        _refuse(
            KEEPER,
            abi.encodeWithSelector(
                PerpsDeficits.ReturnBelowAverage.selector, CAROL, 10_000e18 / int256(180_000), average
            )
        );
        perps.deleverage(CAROL, BTC);
    }

    function test_thoseWhoLostAreSpared() external {
        _bankrupt();
        _setPrice(btcFeed, 101_000e8);
        vm.expectPartialRevert(PerpsDeficits.ReturnBelowAverage.selector);
        perps.deleverage(CAROL, BTC);
        vm.expectPartialRevert(PerpsDeficits.ReturnBelowAverage.selector);
        perps.deleverage(BOB, BTC);
    }

    function test_whoHasNothingHasNothingToGive() external {
        _bankrupt();
        // Longs left it; who has no position is asked for what shorts left.
        bytes memory reason = abi.encodeWithSelector(PerpsDeficits.DeficitMissing.selector, BTC, false);
        _refuse(KEEPER, reason);
        perps.deleverage(KEEPER, BTC);
        _refuse(KEEPER, abi.encodeWithSelector(PerpsMarkets.MarketUnknown.selector, bytes32("DOGE")));
        perps.deleverage(KEEPER, "DOGE");
    }

    /// @dev Nobody loses by it: at most the profit goes.
    function test_aSmallProfitIsAllThatGoes() external {
        uint256 deficit = _bankrupt();
        _setPrice(btcFeed, 94_500e8);
        perps.deleverage(BOB, BTC);
        uint256 left = deficit - (deficit * 2 / 3 + 1);
        vm.assertEq(engine.deficitOf(BTC, true).amount, left);
        uint256 cash = perps.cashOf(CAROL);
        // 500 of profit per size, less than what is asked for, of the one that matches.
        perps.deleverage(CAROL, BTC);
        vm.assertEq(perps.cashOf(CAROL), cash);
        vm.assertApproxEqAbs(engine.deficitOf(BTC, true).amount, left - 500e6, 1);
        _assertBooks();
    }

    function test_theVaultHasBorneItAfterAnHour() external {
        _bankrupt();
        pass(1, 1 hours);
        vm.assertEq(engine.deficitOf(BTC, true).amount, 0);
        vm.expectPartialRevert(PerpsDeficits.DeficitMissing.selector);
        perps.deleverage(BOB, BTC);
        // The next one counts for itself.
        _deposit(ALICE, 20_000e6);
        btcFeed.submit(90_000e8);
        _open(ALICE, BTC, true, 3e18);
        _setPrice(btcFeed, 80_000e8);
        perps.liquidate(ALICE);
        vm.assertEq(engine.deficitOf(BTC, true).sizeE18, 3e18);
        vm.assertEq(perps.badDebt(), 10_300e6 + engine.deficitOf(BTC, true).amount);
    }

    function test_stopsWhilePaused() external {
        _bankrupt();
        perps.reduceOnlyFor(100);
        perps.pauseFor(50);
        vm.expectPartialRevert(Brakeable.BrakeHolds.selector);
        perps.deleverage(BOB, BTC);
        vm.warp(block.timestamp + 50);
        perps.deleverage(BOB, BTC);
    }

    /// @dev One trader, two accounts: one goes bankrupt, the other has what it lost. It does not pay.
    function test_aPairOfAccountsGainsNothing() external {
        _deposit(KEEPER, 30_000e6);
        uint256 brought = 50_000e6;
        _open(ALICE, BTC, true, 3e18);
        _open(KEEPER, BTC, false, 3e18);
        _setPrice(btcFeed, 60_000e8);
        perps.liquidate(ALICE);
        perps.deleverage(KEEPER, BTC);
        vm.assertEq(engine.deficitOf(BTC, true).amount, 0);
        vm.assertLe(perps.cashOf(ALICE) + perps.cashOf(KEEPER), brought);
        _assertBooks();
    }

    /// @dev Whatever the size and the price: no winner ends below its cash, the deficit falls by what is
    /// forgone.
    function testFuzz_deleverage(uint256 sizeE18, uint256 price) external {
        _open(ALICE, BTC, true, 3e18);
        _open(BOB, BTC, false, bound(sizeE18, 1e15, 45e17));
        _setPrice(btcFeed, int256(bound(price, 50_000e8, 93_000e8)));
        perps.liquidate(ALICE);
        uint256 deficit = engine.deficitOf(BTC, true).amount;
        uint256 cash = perps.cashOf(BOB);
        uint256 worth = vault.totalAssets();
        perps.deleverage(BOB, BTC);
        uint256 forgone = deficit - engine.deficitOf(BTC, true).amount;
        vm.assertGe(perps.cashOf(BOB), cash);
        vm.assertApproxEqAbs(vault.totalAssets(), worth + forgone, 2);
        (int256 left,,,) = perps.positionOf(BOB, BTC);
        vm.assertTrue(left == 0 || engine.deficitOf(BTC, true).amount == 0, "closed too little");
        _assertBooks();
    }
}
