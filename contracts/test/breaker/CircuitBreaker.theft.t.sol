// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CircuitBreaker} from "../../src/breaker/CircuitBreaker.sol";
import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";
import {BombingTarget, GasBurningTarget, HostileTarget} from "./HostileTargets.sol";

/// @notice What thieves of keys can do, for how long, and what hostile targets and carriers cannot.
contract CircuitBreakerTheftTest is BreakerFixture {
    event log_named_uint(string name, uint256 value);

    BrakeableTarget private target;

    function setUp() external {
        _deployBreaker();
    }

    // All guardians' keys are stolen

    /// @dev Pauses whenever an hour of budget is there. Returns seconds at level 3, and at any level.
    function _pauseForDays(uint256 days_) private returns (uint256 paused, uint256 braked) {
        uint256 end = block.timestamp + days_ * 1 days;
        while (block.timestamp < end) {
            uint256 before = block.timestamp;
            uint256 left = breaker.budgetLeftSeconds(address(target));
            if (left >= 1 hours) {
                uint256 durationSeconds = left < MAX_PAUSE_SECONDS ? left : MAX_PAUSE_SECONDS;
                _execute(_action(address(target), 3, uint32(durationSeconds)));
                paused += durationSeconds;
                vm.warp(before + durationSeconds);
                braked += durationSeconds;
                (uint8 level, uint256 until,) = breaker.statusOf(address(target));
                if (level != 0 && breaker.budgetLeftSeconds(address(target)) < 1 hours) {
                    braked += until - block.timestamp;
                    vm.warp(until);
                }
            } else {
                vm.warp(before + 1 hours);
            }
        }
    }

    function test_stolenGuardianKeys_pauseForABoundedTime() external {
        target = _deployTarget();
        uint256 snapshot = block.timestamp;
        (uint256 paused,) = _pauseForDays(30);
        emit log_named_uint("paused, seconds of 30 days", paused);
        // The budget at most; here it is nearly used up.
        vm.assertLe(paused, BUDGET_SECONDS);
        vm.assertGt(paused, BUDGET_SECONDS * 9 / 10);
        vm.warp(snapshot + 30 days);
        (uint256 rest,) = _pauseForDays(335);
        emit log_named_uint("paused, seconds of 365 days", paused + rest);
        // Half of it once, and half of it for each 30 days.
        vm.assertLe(paused + rest, BUDGET_SECONDS / 2 + uint256(BUDGET_SECONDS) / 2 * 365 / 30);
    }

    function test_stolenGuardianKeys_areBoundedWithTailsToo() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.tailSeconds = 6 hours;
        target = _deployTarget(limits);
        (uint256 paused, uint256 braked) = _pauseForDays(30);
        emit log_named_uint("paused, seconds of 30 days, with tails", paused);
        emit log_named_uint("braked, seconds of 30 days, with tails", braked);
        vm.assertLe(braked, BUDGET_SECONDS);
        vm.assertLt(paused, braked);
    }

    /// @dev All that the registered calldata allows is the brake; no call to anything else, no lift.
    function test_stolenGuardianKeys_cannotLift() external {
        target = _deployTarget();
        _execute(_action(address(target), 3, 1 hours));
        ICircuitBreaker.Action memory action = _action(address(target), 3, 2 hours);
        action.data = abi.encodeCall(target.lift, ());
        bytes memory expected = abi.encodeWithSelector(_selector(3), uint256(2 hours));
        _refuse(action, abi.encodeWithSelector(ICircuitBreaker.DataMismatch.selector, action.data, expected));
        vm.expectPartialRevert(IBrakeRegistrations.CallerNotTargetOwner.selector);
        breaker.lift(address(target));
        vm.expectPartialRevert(Brakeable.CallerNotBreaker.selector);
        target.lift();
        _assertStatus(target, 3, block.timestamp + 1 hours);
    }

    /// @dev With a dead mode, guardians who have been captured can fall silent, and stop the owner's way out
    /// three times, each at the last second: for 1 + 2 + 4 + 8 arming delays the dead level holds, and no
    /// longer.
    function test_capturedGuardians_withADeadModeAreOutwaited() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        (limits.deadLevel, limits.heartbeatSeconds) = (3, 1 hours);
        target = _deployTarget(limits);
        vm.warp(breaker.silentFromSeconds(address(target)));
        uint256 start = block.timestamp;
        (limits.deadLevel, limits.heartbeatSeconds) = (0, 0);
        for (uint256 vetoes = 0; vetoes <= 3; ++vetoes) {
            vm.prank(OWNER);
            breaker.change(address(target), SPEC_HASH, limits);
            (bytes32 changeHash, uint256 effectiveAt,) = breaker.pendingChangeOf(address(target));
            for (; block.timestamp < effectiveAt - 1 hours; vm.warp(block.timestamp + 1 hours)) {
                breaker.enterDeadMode(address(target));
            }
            vm.warp(effectiveAt - 1);
            breaker.enterDeadMode(address(target));
            if (vetoes == 3) break;
            IBrakeRegistrations.Veto memory veto =
                IBrakeRegistrations.Veto(address(target), changeHash, 1, uint64(block.timestamp));
            breaker.vetoChange(veto, _certified(breaker.hashVeto(veto), QUORUM));
        }
        vm.warp(block.timestamp + 1);
        breaker.applyChange(address(target), SPEC_HASH, limits);
        vm.assertLe(block.timestamp - start, 15 * ARM_DELAY_SECONDS);
        vm.expectPartialRevert(ICircuitBreaker.DeadModeNotRegistered.selector);
        breaker.enterDeadMode(address(target));
        vm.warp(block.timestamp + 1 hours);
        _assertStatus(target, 0, 0);
    }

    // The owner's key is stolen

    function test_stolenOwnerKey_cannotDisarmBeforeTheDelay() external {
        target = _deployTarget();
        IBrakeRegistrations.Limits memory none;
        uint256 start = block.timestamp;
        vm.prank(OWNER);
        breaker.disarm(address(target));
        while (block.timestamp < start + ARM_DELAY_SECONDS) {
            vm.expectPartialRevert(IBrakeRegistrations.ChangeTooEarly.selector);
            breaker.applyChange(address(target), 0, none);
            vm.warp(block.timestamp + 6 hours);
        }
        // Until the last second guardians brake, and then it holds beyond the delay.
        vm.warp(start + ARM_DELAY_SECONDS - 1);
        _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
        vm.warp(start + ARM_DELAY_SECONDS);
        breaker.applyChange(address(target), 0, none);
        vm.assertTrue(target.isPaused());
    }

    /// @dev Against guardians who veto at once it takes eight times the delay; each way to hurry is closed.
    function test_stolenOwnerKey_cannotWearTheGuardiansOut() external {
        target = _deployTarget();
        IBrakeRegistrations.Limits memory none;
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(OWNER);
            breaker.disarm(address(target));
            (bytes32 changeHash,,) = breaker.pendingChangeOf(address(target));
            IBrakeRegistrations.Veto memory veto =
                IBrakeRegistrations.Veto(address(target), changeHash, 1, uint64(block.timestamp));
            breaker.vetoChange(veto, _certified(breaker.hashVeto(veto), QUORUM));
        }
        vm.startPrank(OWNER);
        breaker.disarm(address(target));
        // Nor by announcing it anew.
        breaker.cancelChange(address(target));
        breaker.disarm(address(target));
        vm.stopPrank();
        vm.warp(block.timestamp + 8 * ARM_DELAY_SECONDS - 1);
        vm.expectPartialRevert(IBrakeRegistrations.ChangeTooEarly.selector);
        breaker.applyChange(address(target), 0, none);
        _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
    }

    /// @dev What takes effect at once cannot be made into a weapon against the brake: not by settling the
    /// budget again and again, either.
    function test_stolenOwnerKey_cannotStarveTheBudget() external {
        target = _deployTarget();
        _execute(_action(address(target), 1, MAX_DELAY_SECONDS));
        vm.warp(block.timestamp + MAX_DELAY_SECONDS);
        _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
        vm.warp(block.timestamp + MAX_PAUSE_SECONDS);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 0);
        IBrakeRegistrations.Limits memory limits = _limits();
        for (uint256 i = 0; i < 600; ++i) {
            vm.warp(block.timestamp + 1);
            limits.liftDelaySeconds += 1;
            vm.prank(OWNER);
            breaker.change(address(target), SPEC_HASH, limits);
        }
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 20);
    }

    function test_stolenOwnerKey_cannotLiftBeforeGuardiansBrakeAgain() external {
        target = _deployTarget();
        _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(OWNER);
            breaker.scheduleLift(address(target), keccak256("made up"));
            vm.warp(block.timestamp + LIFT_DELAY_SECONDS - 1);
            _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
            vm.warp(block.timestamp + 1);
            vm.expectPartialRevert(ICircuitBreaker.LiftNotScheduled.selector);
            vm.prank(OWNER);
            breaker.lift(address(target));
        }
        vm.assertTrue(target.isPaused());
    }

    // Replay

    function test_replay_onAnotherChainOrBreakerIsRefused() external {
        target = _deployTarget();
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        IGuardianProof.Certificate memory certificate = _certificate(action, QUORUM);
        CircuitBreaker other = new CircuitBreaker(registry);
        BrakeableTarget twin = new BrakeableTarget(OWNER);
        vm.startPrank(OWNER);
        twin.setBreaker(address(other));
        other.register(address(twin), SPEC_HASH, _limits());
        vm.stopPrank();
        action.target = address(twin);
        vm.expectPartialRevert(ICircuitBreaker.BreakerMismatch.selector);
        other.execute(action, certificate);
        // Renamed for the other breaker, it is what nobody signed.
        action.breaker = address(other);
        vm.expectPartialRevert(IGuardianProof.CertificateInvalid.selector);
        other.execute(action, certificate);

        (action.target, action.breaker) = (address(target), address(breaker));
        vm.chainId(1);
        vm.expectPartialRevert(ICircuitBreaker.ChainMismatch.selector);
        breaker.execute(action, certificate);
        action.chainId = 1;
        vm.expectPartialRevert(IGuardianProof.CertificateInvalid.selector);
        breaker.execute(action, certificate);
    }

    // Hostile targets and carriers

    function _register(HostileTarget other) private {
        breaker.register(address(other), SPEC_HASH, _pauseLimits());
        other.turn();
    }

    /// @dev What a target returns is not copied, so it costs the carrier what the target spends, no more.
    function test_aBombingTargetCannotBlowUpTheBreaker() external {
        BombingTarget other = new BombingTarget();
        _register(other);
        ICircuitBreaker.Action memory action = _action(address(other), 3, 1 hours);
        IGuardianProof.Certificate memory certificate = _certificate(action, QUORUM);
        uint256 before = gasleft();
        breaker.execute(action, certificate);
        // Twice 100,000 bytes in the target's memory, and none in the breaker's.
        vm.assertLt(before - gasleft(), 200_000);
        vm.assertTrue(other.isPaused());
    }

    /// @dev Such a target cannot be braked, and nothing is left behind: another target can.
    function test_aTargetThatBurnsGasTakesOnlyItsCarriersGas() external {
        GasBurningTarget other = new GasBurningTarget();
        _register(other);
        target = _deployTarget();
        ICircuitBreaker.Action memory action = _action(address(other), 3, 1 hours);
        IGuardianProof.Certificate memory certificate = _certificate(action, QUORUM);
        vm.expectPartialRevert(ICircuitBreaker.TargetReverted.selector);
        breaker.execute{gas: 1_000_000}(action, certificate);
        (, uint256 executedAt) = breaker.lastActionOf(address(other));
        vm.assertEq(executedAt, 0);
        _execute(_action(address(target), 3, 1 hours));
    }

    /// @dev However little gas a carrier gives: all of it happens, or nothing, and then the next carrier can.
    function testFuzz_aCarrierWithLittleGasCannotSpoilAnAction(uint256 gasLimit) external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.tailSeconds = 2 hours;
        target = _deployTarget(limits);
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        IGuardianProof.Certificate memory certificate = _certificate(action, QUORUM);
        gasLimit = bound(gasLimit, 10_000, 90_000);
        try breaker.execute{gas: gasLimit}(action, certificate) {}
        catch {
            _assertStatus(target, 0, 0);
            breaker.execute(action, certificate);
        }
        _assertStatus(target, 3, block.timestamp + 1 hours);
        vm.warp(block.timestamp + 1 hours);
        _assertStatus(target, 2, block.timestamp + 2 hours);
    }
}
