// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Protection} from "../../examples/Protection.sol";
import {SelfPausing} from "../../examples/SelfPausing.sol";
import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {BrakeableTarget, BreakerFixture} from "../breaker/BreakerFixture.sol";

/// @notice The numbers of docs/integration.md, one after the other.
contract ProtectionTest is BreakerFixture {
    bytes32 private constant NEW_SPEC_HASH = keccak256("another specification");
    bytes32 private constant REPLAY_HASH = keccak256("report");

    BrakeableTarget private target;

    function setUp() external {
        _deployBreaker();
        target = new BrakeableTarget(OWNER);
        vm.startPrank(OWNER);
        Protection.protect(breaker, target, SPEC_HASH);
        vm.stopPrank();
    }

    function _left() private view returns (uint256) {
        return breaker.budgetLeftSeconds(address(target));
    }

    // The budget

    function test_halfOfTheBudgetIsThere() external {
        vm.assertEq(_left(), 36 hours);
        _execute(_action(address(target), 3, 6 hours));
        // The pause, and its tail.
        vm.assertEq(_left(), 24 hours);
        // It comes back while the target is not braked: 72 minutes a day.
        vm.warp(block.timestamp + 12 hours + 1 days);
        vm.assertEq(_left(), 24 hours + 72 minutes);
    }

    /// @dev All guardians' keys are stolen, and no hour in which there can be a pause is left out. Each hour
    /// is one call, so that the memory for its signatures is free again.
    function test_thievesOfAllKeysPauseForThisLong() external {
        uint256 paused = 0;
        for (uint256 hour = 1; hour <= 30 * 24; ++hour) {
            if (!target.isPaused()) this.pauseForAsLongAsCanBe();
            if (target.isPaused()) paused += 1 hours;
            vm.warp(block.timestamp + 1 hours);
            if (hour == 37) vm.assertEq(paused, 36 hours);
        }
        vm.assertEq(paused, 68 hours);
    }

    function pauseForAsLongAsCanBe() external {
        (uint8 level, uint256 until,) = breaker.statusOf(address(target));
        uint256 longest = _left() + (level == 0 ? 0 : until - block.timestamp);
        if (longest > 6 hours) longest = 6 hours;
        if (longest >= 1 hours) _execute(_action(address(target), 3, uint32(longest / 1 hours * 1 hours)));
    }

    // Changes

    function test_strengthensAtOnceAndWeakensAfterThreeDays() external {
        IBrakeRegistrations.Limits memory limits = Protection.limits();
        limits.actions[2].maxDurationSeconds = 12 hours;
        vm.startPrank(OWNER);
        breaker.change(address(target), SPEC_HASH, limits);
        (, IBrakeRegistrations.Limits memory inForce) = breaker.registrationOf(address(target));
        vm.assertEq(abi.encode(inForce), abi.encode(limits));

        breaker.change(address(target), NEW_SPEC_HASH, limits);
        vm.stopPrank();
        (bytes32 specHash,) = breaker.registrationOf(address(target));
        vm.assertEq(specHash, SPEC_HASH);
        (, uint256 effectiveAt,) = breaker.pendingChangeOf(address(target));
        vm.assertEq(effectiveAt, block.timestamp + 3 days);
        vm.warp(effectiveAt);
        breaker.applyChange(address(target), NEW_SPEC_HASH, limits);
        (specHash,) = breaker.registrationOf(address(target));
        vm.assertEq(specHash, NEW_SPEC_HASH);
    }

    /// @dev 3, 6 and 12 days, each vetoed in its last second, and then 24.
    function test_guardiansCanVetoForSixWeeksAndNoLonger() external {
        uint256 start = block.timestamp;
        IBrakeRegistrations.Limits memory none;
        for (uint256 vetoes = 0; vetoes < 3; ++vetoes) {
            vm.prank(OWNER);
            breaker.disarm(address(target));
            (bytes32 changeHash, uint256 effectiveAt,) = breaker.pendingChangeOf(address(target));
            vm.assertEq(effectiveAt, block.timestamp + (3 days << vetoes));
            vm.warp(effectiveAt);
            IBrakeRegistrations.Veto memory veto =
                IBrakeRegistrations.Veto(address(target), changeHash, 1, uint64(block.timestamp));
            breaker.vetoChange(veto, _certified(breaker.hashVeto(veto), QUORUM));
        }
        vm.prank(OWNER);
        breaker.disarm(address(target));
        vm.warp(block.timestamp + 24 days);
        breaker.applyChange(address(target), 0, none);
        (bytes32 specHash,) = breaker.registrationOf(address(target));
        vm.assertEq(specHash, bytes32(0));
        vm.assertEq(block.timestamp - start, 45 days);
    }

    // Lifting

    function test_liftsAfterAnHourWithAReportAndAfterFourWithout() external {
        _execute(_action(address(target), 3, 6 hours));
        vm.startPrank(OWNER);
        breaker.scheduleLift(address(target), 0);
        (,, uint256 liftableAt) = breaker.statusOf(address(target));
        vm.assertEq(liftableAt, block.timestamp + 4 hours);
        breaker.scheduleLift(address(target), REPLAY_HASH);
        (,, liftableAt) = breaker.statusOf(address(target));
        vm.assertEq(liftableAt, block.timestamp + 1 hours);
        vm.stopPrank();
        _beat();
        vm.warp(liftableAt);
        vm.prank(OWNER);
        breaker.lift(address(target));
        _assertStatus(target, 0, 0);
        // What was booked and not served comes back.
        vm.assertEq(_left(), 35 hours);
    }

    // Silence

    function test_holdsLevelOneByTheHourWhileGuardiansAreSilent() external {
        vm.expectPartialRevert(ICircuitBreaker.GuardiansNotSilent.selector);
        breaker.enterDeadMode(address(target));
        vm.warp(block.timestamp + 1 hours + 1);
        vm.prank(CARRIER);
        breaker.enterDeadMode(address(target));
        _assertStatus(target, 1, block.timestamp + 1 hours);
        vm.assertEq(_left(), 36 hours);
        _beat();
        vm.expectPartialRevert(ICircuitBreaker.GuardiansNotSilent.selector);
        breaker.enterDeadMode(address(target));
    }

    // Rehearsing

    function test_isPullable() external {
        vm.assertTrue(Protection.isPullable(breaker, address(target)));
        vm.assertFalse(target.areWithdrawalsDelayed());
        vm.assertFalse(Protection.isPullable(breaker, address(0x5744)));
    }

    /// @dev A target that nobody wired to the breaker.
    function test_refusesWhatCannotBePulled() external {
        BrakeableTarget unwired = new BrakeableTarget(OWNER);
        IBrakeRegistrations.Limits memory limits = Protection.limits();
        vm.expectPartialRevert(ICircuitBreaker.TargetReverted.selector);
        vm.prank(OWNER);
        breaker.register(address(unwired), SPEC_HASH, limits);
    }

    /// @dev With a brake of its own.
    function test_brakesAContractThatPausesItself() external {
        SelfPausing own = new SelfPausing(address(breaker), OWNER);
        IBrakeRegistrations.Limits memory limits = Protection.pauseLimits();
        vm.prank(OWNER);
        breaker.register(address(own), SPEC_HASH, limits);
        own.trade();
        _execute(_action(address(own), 3, 6 hours));
        vm.expectRevert(abi.encodeWithSelector(SelfPausing.Paused.selector, block.timestamp + 6 hours));
        own.trade();
        vm.expectRevert(abi.encodeWithSelector(SelfPausing.CallerNotBreaker.selector, address(this)));
        own.pauseFor(1);
        vm.startPrank(OWNER);
        breaker.scheduleLift(address(own), REPLAY_HASH);
        vm.warp(block.timestamp + 1 hours);
        breaker.lift(address(own));
        vm.stopPrank();
        own.trade();
    }
}
