// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";
import {
    NumberTarget,
    PretendingTarget,
    ReenteringTarget,
    RevertingTarget,
    SilentTarget
} from "./HostileTargets.sol";

contract CircuitBreakerTest is BreakerFixture {
    BrakeableTarget private target;

    function setUp() external {
        _deployBreaker();
        target = _deployTarget();
    }

    function _assertStatus(uint8 level, uint256 untilSeconds) private view {
        (uint8 actualLevel, uint256 actualUntil,) = breaker.statusOf(address(target));
        vm.assertEq(actualLevel, level);
        vm.assertEq(actualUntil, untilSeconds);
        vm.assertEq(target.areWithdrawalsDelayed(), level >= 1);
        vm.assertEq(target.isReduceOnly(), level >= 2);
        vm.assertEq(target.isPaused(), level == 3);
    }

    // Registration

    function test_register_keepsWhatTheOwnerAllowed() external {
        BrakeableTarget other = new BrakeableTarget(OWNER);
        vm.expectEmit(address(breaker));
        emit ICircuitBreaker.Registered(address(other), SPEC_HASH, OWNER);
        vm.prank(OWNER);
        breaker.register(address(other), SPEC_HASH, _limits());

        (bytes32 specHash, ICircuitBreaker.Limits memory limits) = breaker.registrationOf(address(other));
        vm.assertEq(specHash, SPEC_HASH);
        vm.assertEq(abi.encode(limits), abi.encode(_limits()));
        vm.assertEq(breaker.budgetLeftSeconds(address(other)), BUDGET_SECONDS / 2);
        vm.assertEq(address(breaker.registry()), address(registry));
    }

    function test_register_isForTheOwner() external {
        BrakeableTarget other = new BrakeableTarget(OWNER);
        vm.expectRevert(
            abi.encodeWithSelector(ICircuitBreaker.CallerNotTargetOwner.selector, address(this), OWNER)
        );
        breaker.register(address(other), SPEC_HASH, _limits());
    }

    function test_register_needsATargetWithAnOwner() external {
        vm.expectRevert();
        breaker.register(address(0xdead), SPEC_HASH, _limits());
        vm.expectRevert();
        breaker.register(address(registry), SPEC_HASH, _limits());
    }

    function test_register_happensOnce() external {
        vm.expectRevert(
            abi.encodeWithSelector(ICircuitBreaker.TargetAlreadyRegistered.selector, address(target))
        );
        vm.prank(OWNER);
        breaker.register(address(target), keccak256("weaker"), _limits());
    }

    function _refuseRegistration(bytes32 specHash, ICircuitBreaker.Limits memory limits, bytes memory reason)
        private
    {
        BrakeableTarget other = new BrakeableTarget(OWNER);
        vm.expectRevert(reason);
        vm.prank(OWNER);
        breaker.register(address(other), specHash, limits);
    }

    function test_register_needsASpecification() external {
        _refuseRegistration(0, _limits(), abi.encodePacked(ICircuitBreaker.SpecificationMissing.selector));
    }

    function test_register_needsALiftDelay() external {
        ICircuitBreaker.Limits memory limits = _limits();
        limits.liftDelaySeconds = 0;
        _refuseRegistration(SPEC_HASH, limits, abi.encodePacked(ICircuitBreaker.LiftDelayMissing.selector));
    }

    function test_register_needsALevel() external {
        ICircuitBreaker.Limits memory limits = _limits();
        for (uint256 i = 0; i < 3; ++i) {
            limits.actions[i].selector = 0;
        }
        _refuseRegistration(SPEC_HASH, limits, abi.encodePacked(ICircuitBreaker.NoLevelAllowed.selector));
    }

    function test_register_needsACheckForEachLevel() external {
        ICircuitBreaker.Limits memory limits = _limits();
        limits.actions[1].check = 0;
        _refuseRegistration(
            SPEC_HASH, limits, abi.encodeWithSelector(ICircuitBreaker.CheckMissing.selector, 2)
        );
    }

    function test_register_needsDurationsWithinTheBudget() external {
        ICircuitBreaker.Limits memory limits = _limits();
        limits.actions[2].maxDurationSeconds = 0;
        bytes4 selector = ICircuitBreaker.MaxDurationOutOfRange.selector;
        _refuseRegistration(SPEC_HASH, limits, abi.encodeWithSelector(selector, 3, 0, BUDGET_SECONDS / 2));
        limits.actions[2].maxDurationSeconds = BUDGET_SECONDS / 2 + 1;
        _refuseRegistration(
            SPEC_HASH, limits, abi.encodeWithSelector(selector, 3, BUDGET_SECONDS / 2 + 1, BUDGET_SECONDS / 2)
        );
    }

    // Execution

    function test_execute_pausesByAnyCarrier() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        uint256 until = block.timestamp + 1 hours;
        vm.assertFalse(breaker.isExecuted(action.incidentId));
        vm.expectEmit(address(breaker));
        emit ICircuitBreaker.Executed(action.incidentId, address(target), 3, until, CARRIER);
        vm.expectEmit(address(target));
        emit Brakeable.Braked(3, until);
        _execute(action);
        vm.assertTrue(breaker.isExecuted(action.incidentId));
        _assertStatus(3, until);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2 - 1 hours);
    }

    function test_execute_eachLevelDoesWhatItSays() external {
        for (uint8 level = 1; level <= 3; ++level) {
            target = _deployTarget();
            _execute(_action(address(target), level, 1 hours));
            _assertStatus(level, block.timestamp + 1 hours);
        }
    }

    function test_execute_endsByItself() external {
        _execute(_action(address(target), 3, 1 hours));
        vm.warp(block.timestamp + 1 hours - 1);
        _assertStatus(3, block.timestamp + 1);
        vm.warp(block.timestamp + 1);
        _assertStatus(0, 0);
    }

    function test_execute_needsARegistration() external {
        ICircuitBreaker.Action memory action = _action(address(0xdead), 3, 1 hours);
        _refuse(action, abi.encodeWithSelector(ICircuitBreaker.TargetNotRegistered.selector, address(0xdead)));
    }

    function test_execute_refusesAnotherChain() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        action.chainId = 1;
        _refuse(action, abi.encodeWithSelector(ICircuitBreaker.ChainMismatch.selector, 1, block.chainid));
    }

    function test_execute_refusesAnotherBreaker() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        action.breaker = address(1);
        _refuse(
            action,
            abi.encodeWithSelector(ICircuitBreaker.BreakerMismatch.selector, address(1), address(breaker))
        );
    }

    function test_execute_refusesAnotherSpecification() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        action.specHash = keccak256("another");
        _refuse(
            action,
            abi.encodeWithSelector(ICircuitBreaker.SpecificationMismatch.selector, action.specHash, SPEC_HASH)
        );
    }

    function test_execute_refusesAnotherEpoch() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        action.epoch = 2;
        _refuse(action, abi.encodeWithSelector(ICircuitBreaker.EpochMismatch.selector, 2, 1));
    }

    function test_execute_refusesADroppedBranch() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        bytes32 canonical = action.anchorHash;
        action.anchorHash = keccak256("the other branch");
        _refuse(
            action,
            abi.encodeWithSelector(
                ICircuitBreaker.AnchorMismatch.selector, action.anchorNumber, action.anchorHash, canonical
            )
        );
    }

    function test_execute_refusesABlockThatTheChainDoesNotKnow() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        bytes4 selector = ICircuitBreaker.AnchorMismatch.selector;
        action.anchorHash = 0;
        action.anchorNumber = uint64(block.number);
        _refuse(action, abi.encodeWithSelector(selector, action.anchorNumber, bytes32(0), bytes32(0)));
        action.anchorNumber = type(uint64).max;
        _refuse(action, abi.encodeWithSelector(selector, action.anchorNumber, bytes32(0), bytes32(0)));
    }

    /// @dev BLOCKHASH reaches back 256 blocks. Beyond, the chain's own history (EIP-2935) is asked.
    function test_execute_findsAnOlderAnchorInTheHistory() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        vm.roll(block.number + 300);
        _refuse(
            action,
            abi.encodeWithSelector(
                ICircuitBreaker.AnchorMismatch.selector, action.anchorNumber, action.anchorHash, bytes32(0)
            )
        );
        // A contract that answers this one hash.
        vm.etch(
            0x0000F90827F1C53a10cb7A02335B175320002935,
            bytes.concat(hex"7f", action.anchorHash, hex"5f5260205ff3")
        );
        _execute(action);
    }

    function test_execute_refusesAfterTheDeadline() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        vm.warp(action.deadlineSeconds + 1);
        _refuse(
            action,
            abi.encodeWithSelector(
                ICircuitBreaker.DeadlinePassed.selector, action.deadlineSeconds, block.timestamp
            )
        );
        vm.warp(action.deadlineSeconds);
        _execute(action);
    }

    function test_execute_actsOncePerIncident() external {
        ICircuitBreaker.Action memory action = _action(address(target), 1, 1 hours);
        _execute(action);
        _refuse(
            action, abi.encodeWithSelector(ICircuitBreaker.IncidentAlreadyHandled.selector, action.incidentId)
        );
        // Nor at another level.
        ICircuitBreaker.Action memory again = _action(address(target), 3, 2 hours);
        again.incidentId = action.incidentId;
        _refuse(
            again, abi.encodeWithSelector(ICircuitBreaker.IncidentAlreadyHandled.selector, action.incidentId)
        );
    }

    function test_execute_refusesALevelThatIsNotAllowed() external {
        ICircuitBreaker.Limits memory limits = _limits();
        limits.actions[1].selector = 0;
        BrakeableTarget other = new BrakeableTarget(OWNER);
        vm.prank(OWNER);
        breaker.register(address(other), SPEC_HASH, limits);
        uint8[4] memory levels = [0, 2, 4, 255];
        for (uint256 i = 0; i < levels.length; ++i) {
            _refuse(
                _action(address(other), levels[i], 1 hours),
                abi.encodeWithSelector(ICircuitBreaker.LevelNotAllowed.selector, address(other), levels[i])
            );
        }
    }

    function test_execute_refusesADurationOutOfBounds() external {
        bytes4 selector = ICircuitBreaker.DurationOutOfRange.selector;
        _refuse(_action(address(target), 3, 0), abi.encodeWithSelector(selector, 0, MAX_PAUSE_SECONDS));
        _refuse(
            _action(address(target), 3, MAX_PAUSE_SECONDS + 1),
            abi.encodeWithSelector(selector, MAX_PAUSE_SECONDS + 1, MAX_PAUSE_SECONDS)
        );
        _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
    }

    function _refuseData(bytes memory data) private {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        bytes memory expected = action.data;
        action.data = data;
        _refuse(action, abi.encodeWithSelector(ICircuitBreaker.DataMismatch.selector, data, expected));
    }

    function test_execute_refusesAnyOtherCall() external {
        _refuseData("");
        _refuseData(abi.encodeWithSignature("transferOwnership(address)", address(this)));
        _refuseData(abi.encodeWithSelector(_selector(3), uint256(2 hours)));
        _refuseData(abi.encodeWithSelector(_selector(2), uint256(1 hours)));
        _refuseData(abi.encodeWithSelector(_selector(3), uint256(1 hours), uint256(0)));
    }

    function test_execute_needsAQuorum() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        ICircuitBreaker.Certificate memory certificate = _certificate(action, 0x03);
        bytes32 digest = breaker.hashAction(action);
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.CertificateInvalid.selector, digest));
        breaker.execute(action, certificate);
    }

    function testFuzz_execute_needsACertificateOfThisVeryAction(uint256 field) external {
        ICircuitBreaker.Action memory action = _action(address(target), 1, 1 hours);
        ICircuitBreaker.Certificate memory certificate = _certificate(action, QUORUM);
        field = bound(field, 0, 4);
        if (field == 0) target = _deployTarget();
        action.target = address(target);
        if (field == 1) (action.level, action.data) = (3, abi.encodeWithSelector(_selector(3), 1 hours));
        if (field == 2) {
            (action.durationSeconds, action.data) = (2 hours, abi.encodeWithSelector(_selector(1), 2 hours));
        }
        if (field == 3) action.incidentId = keccak256("another incident");
        if (field == 4) action.deadlineSeconds += 1;
        bytes32 digest = breaker.hashAction(action);
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.CertificateInvalid.selector, digest));
        breaker.execute(action, certificate);
    }

    // What holds is never relaxed

    function test_execute_escalatesWithoutCooldown() external {
        _execute(_action(address(target), 1, 2 hours));
        uint256 until = block.timestamp + 2 hours;
        pass(1, 12);
        _execute(_action(address(target), 2, 1 hours));
        _assertStatus(2, block.timestamp + 1 hours);
        pass(1, 12);
        _execute(_action(address(target), 3, 30 minutes));
        _assertStatus(3, block.timestamp + 30 minutes);
        // The stricter levels end before the milder ones.
        vm.warp(until - 61 minutes);
        _assertStatus(2, until - 1 hours + 12);
        vm.warp(until - 1);
        _assertStatus(1, until);
        // Nothing but the first action used budget.
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2 - 2 hours);
    }

    function test_execute_addsAMilderLevelThatEndsLater() external {
        _execute(_action(address(target), 3, 1 hours));
        uint256 pausedUntil = block.timestamp + 1 hours;
        pass(60, 12);
        _execute(_action(address(target), 1, 3 hours));
        uint256 delayedUntil = block.timestamp + 3 hours;
        _assertStatus(3, pausedUntil);
        vm.warp(pausedUntil);
        _assertStatus(1, delayedUntil);
    }

    function test_execute_refusesWhatAddsNothing() external {
        _execute(_action(address(target), 2, 2 hours));
        uint256 until = block.timestamp + 2 hours;
        pass(60, 12);
        bytes4 selector = ICircuitBreaker.BrakeAlreadyHolds.selector;
        uint32 same = uint32(until - block.timestamp);
        _refuse(_action(address(target), 2, same), abi.encodeWithSelector(selector, 2, until));
        _refuse(_action(address(target), 1, same), abi.encodeWithSelector(selector, 1, until));
        _execute(_action(address(target), 2, same + 1));
        _assertStatus(2, until + 1);
    }

    function test_execute_waitsForTheCooldown() external {
        _execute(_action(address(target), 2, 1 hours));
        uint256 cooledAt = block.timestamp + COOLDOWN_SECONDS;
        bytes memory reason = abi.encodeWithSelector(ICircuitBreaker.CoolingDown.selector, cooledAt);
        vm.warp(cooledAt - 1);
        _refuse(_action(address(target), 2, 2 hours), reason);
        _refuse(_action(address(target), 1, 2 hours), reason);
        vm.warp(cooledAt);
        _execute(_action(address(target), 2, 2 hours));
    }

    /// @dev A pause after a delay that has ended is no escalation.
    function test_execute_waitsForTheCooldownWhenNothingHolds() external {
        _execute(_action(address(target), 1, 1 minutes));
        uint256 cooledAt = block.timestamp + COOLDOWN_SECONDS;
        vm.warp(block.timestamp + 2 minutes);
        _refuse(
            _action(address(target), 3, 1 hours),
            abi.encodeWithSelector(ICircuitBreaker.CoolingDown.selector, cooledAt)
        );
    }

    function test_execute_staysWithinTheBudget() external {
        for (uint256 i = 0; i < 4; ++i) {
            _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
            vm.warp(block.timestamp + MAX_PAUSE_SECONDS);
        }
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 0);
        // Half of the budget comes back in 30 days without a brake: one second each 30 seconds.
        pass(1, 30);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 1);
        _refuse(
            _action(address(target), 3, 2),
            abi.encodeWithSelector(ICircuitBreaker.BudgetExceeded.selector, 2, 1)
        );
        _execute(_action(address(target), 3, 1));
        vm.warp(block.timestamp + 30 days + 1);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2);
    }

    // Targets that misbehave

    function _registerPause(address other) private {
        ICircuitBreaker.Limits memory limits = _limits();
        limits.actions[0].selector = 0;
        limits.actions[1].selector = 0;
        breaker.register(other, SPEC_HASH, limits);
    }

    function test_execute_catchesATargetThatPretends() external {
        address[3] memory others =
            [address(new PretendingTarget()), address(new SilentTarget()), address(new NumberTarget())];
        for (uint256 i = 0; i < others.length; ++i) {
            _registerPause(others[i]);
            _refuse(
                _action(others[i], 3, 1 hours),
                abi.encodeWithSelector(
                    ICircuitBreaker.CheckFailed.selector, others[i], _limits().actions[2].check
                )
            );
        }
    }

    function test_execute_passesOnWhyATargetRefused() external {
        BrakeableTarget other = new BrakeableTarget(address(this));
        other.setBreaker(CARRIER);
        _registerPause(address(other));
        bytes memory reason =
            abi.encodeWithSelector(Brakeable.CallerNotBreaker.selector, address(breaker), CARRIER);
        _refuse(
            _action(address(other), 3, 1 hours),
            abi.encodeWithSelector(ICircuitBreaker.TargetReverted.selector, address(other), reason)
        );
    }

    function test_execute_cutsOffALongReason() external {
        RevertingTarget other = new RevertingTarget(100_000);
        _registerPause(address(other));
        ICircuitBreaker.Action memory action = _action(address(other), 3, 1 hours);
        ICircuitBreaker.Certificate memory certificate = _certificate(action, QUORUM);
        try breaker.execute(action, certificate) {
            vm.assertTrue(false);
        } catch (bytes memory failure) {
            vm.assertEq(bytes32(bytes4(failure)), bytes32(ICircuitBreaker.TargetReverted.selector));
            // Selector, target, offset, length, and 1,024 bytes of the reason.
            vm.assertEq(failure.length, 4 + 3 * 32 + 1_024);
        }
        vm.assertFalse(breaker.isExecuted(action.incidentId));
    }

    function test_execute_givesAReenteringTargetNothing() external {
        ReenteringTarget other = new ReenteringTarget();
        _registerPause(address(other));
        ICircuitBreaker.Action memory action = _action(address(other), 3, 1 hours);
        other.prepare(action, _certificate(action, QUORUM));
        _execute(action);
        vm.assertEq(
            other.failure(),
            abi.encodeWithSelector(ICircuitBreaker.IncidentAlreadyHandled.selector, action.incidentId)
        );
        (uint8 level, uint256 until,) = breaker.statusOf(address(other));
        vm.assertEq(level, 3);
        vm.assertEq(until, block.timestamp + 1 hours);
    }

    // Lifting

    function test_lift_isAnnouncedAndWaits() external {
        _execute(_action(address(target), 3, 6 hours));
        pass(100, 12);
        uint256 liftableAt = block.timestamp + LIFT_DELAY_SECONDS;
        vm.expectEmit(address(breaker));
        emit ICircuitBreaker.LiftScheduled(address(target), liftableAt);
        vm.prank(OWNER);
        breaker.scheduleLift(address(target));
        (,, uint256 announced) = breaker.statusOf(address(target));
        vm.assertEq(announced, liftableAt);

        vm.warp(liftableAt - 1);
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.LiftTooEarly.selector, liftableAt));
        vm.prank(OWNER);
        breaker.lift(address(target));

        vm.warp(liftableAt);
        vm.expectEmit(address(breaker));
        emit ICircuitBreaker.Lifted(address(target));
        vm.prank(OWNER);
        breaker.lift(address(target));
        _assertStatus(0, 0);
        // Only what was served is used.
        vm.assertEq(
            breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2 - 1_200 - LIFT_DELAY_SECONDS
        );
    }

    function test_lift_endsAllLevels() external {
        _execute(_action(address(target), 1, 24 hours));
        pass(1, 12);
        _execute(_action(address(target), 3, 1 hours));
        vm.prank(OWNER);
        breaker.scheduleLift(address(target));
        // The pause is over by then, the delay is not.
        vm.warp(block.timestamp + 2 hours);
        _assertStatus(1, block.timestamp + 22 hours - 12);
        vm.prank(OWNER);
        breaker.lift(address(target));
        _assertStatus(0, 0);
    }

    function test_lift_isForTheOwner() external {
        _execute(_action(address(target), 3, 6 hours));
        bytes memory reason =
            abi.encodeWithSelector(ICircuitBreaker.CallerNotTargetOwner.selector, vm.addr(key(0)), OWNER);
        vm.expectRevert(reason);
        vm.prank(vm.addr(key(0)));
        breaker.scheduleLift(address(target));
        vm.prank(OWNER);
        breaker.scheduleLift(address(target));
        vm.warp(block.timestamp + LIFT_DELAY_SECONDS);
        vm.expectRevert(reason);
        vm.prank(vm.addr(key(0)));
        breaker.lift(address(target));
    }

    function test_lift_needsABrake() external {
        bytes memory reason =
            abi.encodeWithSelector(ICircuitBreaker.TargetNotBraked.selector, address(target));
        vm.expectRevert(reason);
        vm.prank(OWNER);
        breaker.scheduleLift(address(target));
        vm.expectRevert(reason);
        vm.prank(OWNER);
        breaker.lift(address(target));
    }

    function test_lift_needsAnAnnouncement() external {
        _execute(_action(address(target), 3, 1 hours));
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.LiftNotScheduled.selector, address(target)));
        vm.prank(OWNER);
        breaker.lift(address(target));
    }

    /// @dev Guardians who see the announcement and know of more can keep the brake, within the budget.
    function test_lift_isCancelledByALaterAction() external {
        _execute(_action(address(target), 2, 6 hours));
        vm.prank(OWNER);
        breaker.scheduleLift(address(target));
        pass(1, 12);
        _execute(_action(address(target), 3, 6 hours));
        vm.warp(block.timestamp + LIFT_DELAY_SECONDS);
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.LiftNotScheduled.selector, address(target)));
        vm.prank(OWNER);
        breaker.lift(address(target));
    }

    function test_lift_announcedForOneBrakeIsVoidForTheNext() external {
        _execute(_action(address(target), 3, 1 hours));
        vm.prank(OWNER);
        breaker.scheduleLift(address(target));
        vm.warp(block.timestamp + 2 hours);
        _execute(_action(address(target), 3, 1 hours));
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.LiftNotScheduled.selector, address(target)));
        vm.prank(OWNER);
        breaker.lift(address(target));
    }

    // What it costs

    /// @dev The whole transaction, calldata included, to pause a target of Harbor's kind by 3 of 4 signatures.
    /// forge-config: default.isolate = true
    function test_execute_staysBelowItsGasLimit() external {
        _execute(_action(address(target), 3, 1 hours));
        vm.assertLe(vm.lastCallGas().gasTotalUsed, 110_000);
    }

    // Shared with the TypeScript side

    function test_hashAction_isTheDigestThatGuardiansSign() external {
        string memory json = vm.readFile("test/vectors/action.json");
        ICircuitBreaker.Action memory action = ICircuitBreaker.Action({
            chainId: vm.parseJsonUint(json, ".action.chainId"),
            breaker: vm.parseJsonAddress(json, ".action.breaker"),
            target: vm.parseJsonAddress(json, ".action.target"),
            level: uint8(vm.parseJsonUint(json, ".action.level")),
            data: vm.parseJsonBytes(json, ".action.data"),
            durationSeconds: uint32(vm.parseJsonUint(json, ".action.durationSeconds")),
            incidentId: vm.parseJsonBytes32(json, ".action.incidentId"),
            specHash: vm.parseJsonBytes32(json, ".action.specHash"),
            epoch: uint64(vm.parseJsonUint(json, ".action.epoch")),
            anchorNumber: uint64(vm.parseJsonUint(json, ".action.anchorNumber")),
            anchorHash: vm.parseJsonBytes32(json, ".action.anchorHash"),
            deadlineSeconds: uint64(vm.parseJsonUint(json, ".action.deadlineSeconds"))
        });
        vm.chainId(action.chainId);
        vm.etch(action.breaker, address(breaker).code);
        bytes32 digest = ICircuitBreaker(action.breaker).hashAction(action);
        vm.assertEq(digest, vm.parseJsonBytes32(json, ".digest"));
    }
}
