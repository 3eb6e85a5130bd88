// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {PerpsEngine} from "../../src/harbor/PerpsEngine.sol";
import {PerpsCash} from "../../src/harbor/PerpsCash.sol";
import {FlowQueue} from "../../src/inline/FlowQueue.sol";
import {HarborFixture} from "./HarborFixture.sol";

/// @notice Cash: what comes in, what leaves, and what waits. Each call is a transaction of its own.
/// forge-config: default.isolate = true
contract HarborPerpsCashTest is HarborFixture {
    function setUp() external {
        _deployHarbor();
        _deposit(ALICE, 20_000e6);
    }

    function test_deposit_andWithdraw() external {
        _fund(BOB, address(perps), 5_000e6);
        vm.expectEmit(address(perps));
        emit HarborPerps.Deposited(BOB, 5_000e6);
        vm.prank(BOB);
        perps.deposit(5_000e6);
        vm.assertEq(perps.cashOf(BOB), 5_000e6);
        vm.assertEq(perps.totalClaims(), 25_000e6);
        vm.expectEmit(address(perps));
        emit HarborPerps.Withdrawn(BOB, 3_000e6);
        vm.prank(BOB);
        perps.withdraw(3_000e6);
        vm.assertEq(usd.balanceOf(BOB), 3_000e6);
        vm.assertEq(perps.equityOf(BOB), 2_000e6);
        _assertBooks();
    }

    function test_withdraw_atMostWhatOneHas() external {
        _refuse(BOB, abi.encodeWithSelector(PerpsCash.CashInsufficient.selector, BOB, 1, 0));
        perps.withdraw(1);
    }

    function test_withdraw_beyondTheLimitIsQueued() external {
        vm.assertEq(perps.outflowLeft(), 4_000e6);
        vm.prank(ALICE);
        vm.assertEq(perps.withdraw(4_000e6), 0);
        vm.assertEq(perps.outflowLeft(), 0);
        vm.expectEmit(address(perps));
        emit FlowQueue.ClaimQueued(1, address(usd), ALICE, 1e6, block.timestamp + QUEUE_DELAY);
        vm.prank(ALICE);
        vm.assertEq(perps.withdraw(1e6), 1);
        vm.assertEq(perps.cashOf(ALICE), 15_999e6);
        // Still owed.
        vm.assertEq(perps.totalClaims(), 16_000e6);
        _assertBooks();
        uint256 readyAt = block.timestamp + QUEUE_DELAY;
        vm.expectRevert(abi.encodeWithSelector(FlowQueue.ClaimNotReady.selector, 1, readyAt));
        perps.claim(1);
        vm.warp(readyAt);
        perps.claim(1);
        vm.assertEq(usd.balanceOf(ALICE), 4_001e6);
        _assertBooks();
    }

    function test_claim_waitsWhileWithdrawalsAreDelayed() external {
        vm.prank(ALICE);
        perps.withdraw(5_000e6);
        vm.warp(block.timestamp + QUEUE_DELAY);
        perps.delayWithdrawalsFor(100);
        vm.expectPartialRevert(Brakeable.BrakeHolds.selector);
        perps.claim(1);
        vm.warp(block.timestamp + 100);
        perps.claim(1);
        vm.assertEq(usd.balanceOf(ALICE), 5_000e6);
    }

    function test_releaseNow_isForTheOwner() external {
        vm.prank(ALICE);
        perps.withdraw(5_000e6);
        _refuse(ALICE, abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, ALICE));
        perps.releaseNow(1);
        perps.releaseNow(1);
        vm.assertEq(usd.balanceOf(ALICE), 5_000e6);
    }

    /// @dev What is there after all is nobody's but the insurance fund's.
    function test_strike_givesToTheInsuranceFund() external {
        vm.prank(ALICE);
        perps.withdraw(5_000e6);
        perps.announceStrike(1);
        vm.warp(block.timestamp + QUEUE_DELAY);
        perps.strike(1);
        vm.assertEq(perps.insuranceFund(), 5_000e6);
        vm.assertEq(perps.totalClaims(), 15_000e6);
        _assertBooks();
    }

    /// @dev A profit, however it came about, raises the cap only as it ages.
    function test_withdraw_isNotCappedHigherByAFreshProfit() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 150_000e8);
        _hold();
        _close(ALICE, BTC, 2e18);
        vm.assertGt(perps.cashOf(ALICE), 119_000e6);
        vm.assertLe(perps.outflowLeft(), 4_000e6);
        pass(1, WINDOW);
        vm.assertGt(perps.outflowLeft(), 23_000e6);
    }

    /// @dev Money that goes to the vault and back, whoever wins and loses, is not fresh each time it comes.
    function test_withdraw_isNotHeldUpByProfitsAndLossesOfOthers() external {
        _deposit(BOB, 100_000e6);
        _deposit(KEEPER, 100_000e6);
        uint256 left = perps.outflowLeft();
        for (uint256 i = 0; i < 10; ++i) {
            _open(BOB, BTC, true, 2e18);
            _open(KEEPER, BTC, false, 2e18);
            _setPrice(btcFeed, i % 2 == 0 ? int256(110_000e8) : int256(100_000e8));
            _hold();
            _close(BOB, BTC, 2e18);
            _close(KEEPER, BTC, 2e18);
        }
        // Fees have gone to the vault, and the last profit is held back.
        vm.assertGe(perps.outflowLeft(), left * 4 / 5);
    }

    function test_withdraw_leavesTheInitialMargin() external {
        _open(ALICE, BTC, true, 38e17);
        // Cash is 20,000 less 380 of fees, the margin 380,000 / 20.
        _refuse(
            ALICE,
            abi.encodeWithSelector(PerpsEngine.MarginInsufficient.selector, int256(18_999_999_999), 19_000e6)
        );
        perps.withdraw(620e6 + 1);
        vm.prank(ALICE);
        perps.withdraw(620e6);
    }

    function test_withdraw_neverLetsUnrealisedProfitOut() external {
        _open(ALICE, BTC, true, 1e18);
        _setPrice(btcFeed, 110_000e8);
        vm.assertGt(perps.equityOf(ALICE), 29_800e6);
        // So that the cap is not in the way.
        _deposit(BOB, 60_000e6);
        // 5,500 of margin at the new price; the profit of 10,000 does not count.
        _refuse(
            ALICE,
            abi.encodeWithSelector(PerpsEngine.MarginInsufficient.selector, int256(5_499_999_999), 5_500e6)
        );
        perps.withdraw(14_400e6 + 1);
    }
}
