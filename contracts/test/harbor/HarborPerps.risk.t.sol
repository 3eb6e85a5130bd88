// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {PerpsCash} from "../../src/harbor/PerpsCash.sol";
import {PerpsMarkets} from "../../src/harbor/PerpsMarkets.sol";
import {HarborFixture} from "./HarborFixture.sol";

/// @notice What happens around trading: old prices, rebates, the brake. Each call is a transaction of its
/// own. forge-config: default.isolate = true
contract HarborPerpsRiskTest is HarborFixture {
    function setUp() external {
        _deployHarbor();
        _deposit(ALICE, 20_000e6);
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
