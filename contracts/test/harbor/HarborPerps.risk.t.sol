// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {PerpsCash} from "../../src/harbor/PerpsCash.sol";
import {PerpsMarkets} from "../../src/harbor/PerpsMarkets.sol";
import {HarborFixture} from "./HarborFixture.sol";

/// @notice What happens around trading: liquidation, rebates, the brake.
contract HarborPerpsRiskTest is HarborFixture {
    function setUp() external {
        _deployHarbor();
        _deposit(ALICE, 20_000e6);
    }

    // Liquidation

    function test_liquidate_closesEverything() external {
        _open(ALICE, BTC, true, 2e18);
        _open(ALICE, ETH, true, 10e18);
        _setPrice(btcFeed, 92_500e8);
        ethFeed.submit(3_990e8);
        int256 equity = perps.equityOf(ALICE);
        (, uint256 maintenance) = perps.marginOf(ALICE);
        vm.assertLt(uint256(equity), maintenance);
        uint256 notional = 185_000e6 + 39_900e6;
        uint256 reward = notional / 200;
        vm.expectEmit(address(perps));
        emit HarborPerps.Liquidated(ALICE, KEEPER, equity, reward);
        vm.prank(KEEPER);
        perps.liquidate(ALICE);
        vm.assertEq(perps.cashOf(KEEPER), reward);
        vm.assertEq(perps.cashOf(ALICE), uint256(equity) - reward - notional / 1_000);
        vm.assertEq(perps.badDebt(), 0);
        vm.assertEq(perps.unrealisedProfit(), 0);
        (uint256 longE18,) = perps.openInterest(BTC);
        vm.assertEq(longE18, 0);
        _assertBooks();
    }

    /// @dev In the block in which it was opened, too: holding is asked of who trades, not of who is in
    /// danger.
    function test_liquidate_doesNotWait() external {
        _open(ALICE, BTC, true, 39e17);
        _setPrice(btcFeed, 96_000e8);
        vm.prank(KEEPER);
        perps.liquidate(ALICE);
    }

    function test_liquidate_countsBadDebt() external {
        _open(ALICE, BTC, true, 3e18);
        _setPrice(btcFeed, 90_000e8);
        int256 equity = perps.equityOf(ALICE);
        vm.assertLt(uint256(-equity), 11_000e6);
        uint256 before = vault.bookedAssets();
        vm.prank(KEEPER);
        perps.liquidate(ALICE);
        vm.assertEq(perps.badDebt(), uint256(-equity));
        vm.assertEq(perps.cashOf(ALICE), 0);
        vm.assertEq(perps.cashOf(KEEPER), 0);
        // The vault got all there was.
        vm.assertEq(vault.bookedAssets(), before + 19_700e6);
        _assertBooks();
    }

    function test_liquidate_sparesTheHealthy() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 93_000e8);
        int256 equity = perps.equityOf(ALICE);
        (, uint256 maintenance) = perps.marginOf(ALICE);
        _refuse(
            KEEPER, abi.encodeWithSelector(HarborPerps.AccountHealthy.selector, ALICE, equity, maintenance)
        );
        perps.liquidate(ALICE);
        _refuse(KEEPER, abi.encodeWithSelector(HarborPerps.AccountHealthy.selector, BOB, 0, 0));
        perps.liquidate(BOB);
    }

    function test_liquidate_canBeAvertedByMargin() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 92_000e8);
        perps.pauseFor(1 hours);
        _deposit(ALICE, 5_000e6);
        vm.warp(block.timestamp + 1 hours);
        vm.expectPartialRevert(HarborPerps.AccountHealthy.selector);
        vm.prank(KEEPER);
        perps.liquidate(ALICE);
    }

    // Old prices

    /// @dev Who knows the true price must not take the margin out before the feed shows the loss.
    function test_withdraw_needsFreshPricesOfWhatIsHeld() external {
        _open(ALICE, BTC, true, 1e18);
        uint256 updatedAt = block.timestamp;
        vm.warp(updatedAt + 7_200);
        vm.prank(ALICE);
        perps.withdraw(1);
        vm.warp(updatedAt + 7_201);
        _refuse(ALICE, abi.encodeWithSelector(PerpsMarkets.PriceStale.selector, BTC, updatedAt, 7_200));
        perps.withdraw(1);
        // Whoever holds nothing depends on no price, and whoever closes no longer does.
        _deposit(BOB, 1_000e6);
        vm.prank(BOB);
        perps.withdraw(1_000e6);
        pass(3, BLOCK_SECONDS);
        _close(ALICE, BTC, 1e18);
        vm.prank(ALICE);
        perps.withdraw(1);
    }

    function test_open_needsFreshPricesOfWhatIsHeldElsewhere() external {
        _open(ALICE, BTC, true, 1e18);
        uint256 updatedAt = block.timestamp;
        pass(1, 7_201);
        ethFeed.submit(4_000e8);
        _refuse(ALICE, abi.encodeWithSelector(PerpsMarkets.PriceStale.selector, BTC, updatedAt, 7_200));
        perps.open(ETH, true, 1e18, type(uint256).max);
        _deposit(BOB, 1_000e6);
        _open(BOB, ETH, true, 1e17);
    }

    // Rebates

    function test_rebates_accrueByDayAndAreClaimedOnce() external {
        uint256 today = block.timestamp / 1 days;
        _open(ALICE, BTC, true, 1e18);
        vm.assertEq(perps.rebateOf(ALICE, today), 20e6);
        vm.warp(block.timestamp + 1 days);
        _hold();
        _close(ALICE, BTC, 1e18);
        vm.assertEq(perps.rebateOf(ALICE, today + 1), 20e6);

        uint256[] memory dayIndexes = new uint256[](2);
        (dayIndexes[0], dayIndexes[1]) = (today, today + 1);
        uint256 claims = perps.totalClaims();
        uint256 cash = perps.cashOf(ALICE);
        vm.expectEmit(address(perps));
        emit HarborPerps.RebatesClaimed(ALICE, 40e6);
        vm.prank(ALICE);
        perps.claimRebates(dayIndexes);
        vm.assertEq(perps.cashOf(ALICE), cash + 40e6);
        vm.assertEq(perps.totalClaims(), claims);

        _refuse(ALICE, abi.encodeWithSelector(PerpsCash.RebateMissing.selector, ALICE, today));
        perps.claimRebates(dayIndexes);
        _assertBooks();
    }

    function test_rebates_ofOneDayTwiceAreRefused() external {
        _open(ALICE, BTC, true, 1e18);
        uint256 today = block.timestamp / 1 days;
        uint256[] memory dayIndexes = new uint256[](2);
        (dayIndexes[0], dayIndexes[1]) = (today, today);
        _refuse(ALICE, abi.encodeWithSelector(PerpsCash.RebateMissing.selector, ALICE, today));
        perps.claimRebates(dayIndexes);
    }

    // The brake

    function test_brake_delayStopsWithdrawals() external {
        _open(ALICE, BTC, true, 1e18);
        _hold();
        perps.delayWithdrawalsFor(100);
        _refuse(ALICE, abi.encodeWithSelector(Brakeable.BrakeHolds.selector, 1, block.timestamp + 100));
        perps.withdraw(1);
        _open(ALICE, ETH, true, 1e18);
        _close(ALICE, BTC, 1e18);
        _deposit(ALICE, 1);
    }

    function test_brake_reduceOnlyStopsOpening() external {
        _open(ALICE, BTC, true, 2e18);
        _hold();
        perps.reduceOnlyFor(1 hours);
        _refuse(ALICE, abi.encodeWithSelector(Brakeable.BrakeHolds.selector, 2, block.timestamp + 1 hours));
        perps.open(BTC, true, 1e18, type(uint256).max);
        vm.expectPartialRevert(Brakeable.BrakeHolds.selector);
        vm.prank(ALICE);
        perps.withdraw(1);
        _close(ALICE, BTC, 1e17);
        uint256[] memory dayIndexes = new uint256[](1);
        dayIndexes[0] = block.timestamp / 1 days;
        vm.prank(ALICE);
        perps.claimRebates(dayIndexes);
        _setPrice(btcFeed, 91_000e8);
        vm.prank(KEEPER);
        perps.liquidate(ALICE);
    }

    function test_brake_pauseLeavesOnlyDeposits() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 91_000e8);
        _hold();
        perps.pauseFor(100);
        bytes memory reason = abi.encodeWithSelector(Brakeable.BrakeHolds.selector, 3, block.timestamp + 100);
        _refuse(ALICE, reason);
        perps.close(BTC, 1e18, 0);
        _refuse(KEEPER, reason);
        perps.liquidate(ALICE);
        _refuse(ALICE, reason);
        perps.claimRebates(new uint256[](1));
        vm.expectPartialRevert(Brakeable.BrakeHolds.selector);
        vm.prank(ALICE);
        perps.open(ETH, true, 1, type(uint256).max);
        vm.expectPartialRevert(Brakeable.BrakeHolds.selector);
        vm.prank(ALICE);
        perps.withdraw(1);
        _deposit(ALICE, 1_000e6);
        vm.warp(block.timestamp + 100);
        vm.prank(KEEPER);
        perps.liquidate(ALICE);
    }
}
