// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {IBrakeTarget} from "../../src/breaker/IBrakeTarget.sol";
import {IHeartbeats} from "../../src/breaker/IHeartbeats.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";
import {RehearsedTarget} from "./HostileTargets.sol";

/// @notice Registration, lifting, and what the TypeScript side must agree with.
contract CircuitBreakerTest is BreakerFixture {
    bytes32 private constant REPLAY_HASH = keccak256("report");

    BrakeableTarget private target;

    function setUp() external {
        _deployBreaker();
        target = _deployTarget();
    }

    // Registration

    function test_register_keepsWhatTheOwnerAllowed() external {
        BrakeableTarget other = _wiredTarget();
        vm.expectEmit(address(breaker));
        emit IBrakeRegistrations.Registered(address(other), SPEC_HASH, OWNER);
        vm.prank(OWNER);
        breaker.register(address(other), SPEC_HASH, _limits());

        (bytes32 specHash, IBrakeRegistrations.Limits memory limits) = breaker.registrationOf(address(other));
        vm.assertEq(specHash, SPEC_HASH);
        vm.assertEq(abi.encode(limits), abi.encode(_limits()));
        vm.assertEq(breaker.budgetLeftSeconds(address(other)), BUDGET_SECONDS / 2);
        vm.assertEq(address(breaker.registry()), address(registry));
    }

    function test_register_isForTheOwner() external {
        BrakeableTarget other = new BrakeableTarget(OWNER);
        vm.expectRevert(
            abi.encodeWithSelector(IBrakeRegistrations.CallerNotTargetOwner.selector, address(this), OWNER)
        );
        breaker.register(address(other), SPEC_HASH, _limits());
    }

    function test_register_needsATargetWithAnOwner() external {
        vm.expectRevert();
        breaker.register(address(0xdead), SPEC_HASH, _limits());
        vm.expectRevert();
        breaker.register(address(registry), SPEC_HASH, _limits());
    }

    function test_register_isOnlyForTheFirstTime() external {
        vm.expectRevert(
            abi.encodeWithSelector(IBrakeRegistrations.TargetAlreadyRegistered.selector, address(target))
        );
        vm.prank(OWNER);
        breaker.register(address(target), keccak256("weaker"), _limits());
    }

    function _refuseRegistration(
        bytes32 specHash,
        IBrakeRegistrations.Limits memory limits,
        bytes memory reason
    ) private {
        _refuseRegistration(_wiredTarget(), specHash, limits, reason);
    }

    function _refuseRegistration(
        BrakeableTarget other,
        bytes32 specHash,
        IBrakeRegistrations.Limits memory limits,
        bytes memory reason
    ) private {
        vm.expectRevert(reason);
        vm.prank(OWNER);
        breaker.register(address(other), specHash, limits);
    }

    function test_register_needsASpecification() external {
        _refuseRegistration(0, _limits(), abi.encodePacked(IBrakeRegistrations.SpecificationMissing.selector));
    }

    /// @dev Else whoever lifts could do so while the guardians still wait for their cooldown.
    function test_register_needsALiftDelayAsLongAsTheCooldown() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.liftDelaySeconds = COOLDOWN_SECONDS - 1;
        bytes4 selector = IBrakeRegistrations.LiftDelayTooShort.selector;
        _refuseRegistration(
            SPEC_HASH, limits, abi.encodeWithSelector(selector, COOLDOWN_SECONDS - 1, COOLDOWN_SECONDS)
        );
        (limits.liftDelaySeconds, limits.cooldownSeconds) = (0, 0);
        _refuseRegistration(SPEC_HASH, limits, abi.encodeWithSelector(selector, 0, 0));
    }

    /// @dev A budget in milliseconds, say, would be a brake without an end.
    function test_register_needsABudgetWithinItsPeriod() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.budgetSeconds = 30 days + 1;
        bytes4 selector = IBrakeRegistrations.BudgetOutOfRange.selector;
        _refuseRegistration(SPEC_HASH, limits, abi.encodeWithSelector(selector, 30 days + 1, 30 days));
        limits.budgetSeconds = type(uint32).max;
        limits.actions[2].maxDurationSeconds = type(uint32).max / 2;
        _refuseRegistration(SPEC_HASH, limits, abi.encodeWithSelector(selector, type(uint32).max, 30 days));
    }

    function test_register_needsALevel() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        for (uint256 i = 0; i < 3; ++i) {
            limits.actions[i].selector = 0;
        }
        _refuseRegistration(SPEC_HASH, limits, abi.encodePacked(IBrakeRegistrations.NoLevelAllowed.selector));
    }

    function test_register_needsACheckForEachLevel() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.actions[1].check = 0;
        _refuseRegistration(
            SPEC_HASH, limits, abi.encodeWithSelector(IBrakeRegistrations.CheckMissing.selector, 2)
        );
    }

    function test_register_needsDurationsWithinTheBudget() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.actions[2].maxDurationSeconds = 0;
        bytes4 selector = IBrakeRegistrations.MaxDurationOutOfRange.selector;
        _refuseRegistration(SPEC_HASH, limits, abi.encodeWithSelector(selector, 3, 0, BUDGET_SECONDS / 2));
        limits.actions[2].maxDurationSeconds = BUDGET_SECONDS / 2 + 1;
        _refuseRegistration(
            SPEC_HASH, limits, abi.encodeWithSelector(selector, 3, BUDGET_SECONDS / 2 + 1, BUDGET_SECONDS / 2)
        );
        // Milder levels leave the pause.
        limits = _limits();
        uint32 longest = BUDGET_SECONDS / 2 - MAX_PAUSE_SECONDS;
        for (uint8 level = 1; level < 3; ++level) {
            limits.actions[level - 1].maxDurationSeconds = longest + 1;
            bytes memory reason = abi.encodeWithSelector(selector, level, longest + 1, longest);
            _refuseRegistration(SPEC_HASH, limits, reason);
        }
    }

    // Rehearsal

    function test_register_needsATargetThatObeysThisBreaker() external {
        BrakeableTarget other = new BrakeableTarget(OWNER);
        vm.prank(OWNER);
        other.setBreaker(CARRIER);
        bytes memory reason =
            abi.encodeWithSelector(Brakeable.CallerNotBreaker.selector, address(breaker), CARRIER);
        _refuseRegistration(
            other,
            SPEC_HASH,
            _limits(),
            abi.encodeWithSelector(ICircuitBreaker.TargetReverted.selector, address(other), reason)
        );
    }

    function test_register_needsActionsThatTheTargetHas() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.actions[1].selector = bytes4(keccak256("reduceOnly(uint256)"));
        BrakeableTarget other = _wiredTarget();
        _refuseRegistration(
            other,
            SPEC_HASH,
            limits,
            abi.encodeWithSelector(ICircuitBreaker.TargetReverted.selector, address(other), "")
        );
    }

    function test_register_needsChecksThatShowTheEffect() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.actions[1].check = IBrakeTarget.isPaused.selector;
        BrakeableTarget other = _wiredTarget();
        _refuseRegistration(
            other,
            SPEC_HASH,
            limits,
            abi.encodeWithSelector(
                ICircuitBreaker.CheckFailed.selector, address(other), limits.actions[1].check
            )
        );
    }

    function test_rehearse_leavesNoTrace() external {
        for (uint256 i = 0; i < 2; ++i) {
            _assertStatus(target, 0, 0);
            vm.assertEq(breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2);
            vm.expectRevert(abi.encodeWithSelector(IBrakeRegistrations.Rehearsed.selector, address(target)));
            breaker.rehearse(address(target));
        }
    }

    function test_rehearse_needsARegistration() external {
        BrakeableTarget other = _wiredTarget();
        vm.expectRevert(
            abi.encodeWithSelector(IBrakeRegistrations.TargetNotRegistered.selector, address(other))
        );
        breaker.rehearse(address(other));
    }

    function test_register_isNotFooledByATargetThatSaysItWasRehearsed() external {
        RehearsedTarget other = new RehearsedTarget();
        bytes memory reason = abi.encodeWithSelector(IBrakeRegistrations.Rehearsed.selector, address(other));
        vm.expectRevert(
            abi.encodeWithSelector(ICircuitBreaker.TargetReverted.selector, address(other), reason)
        );
        breaker.register(address(other), SPEC_HASH, _limits());
    }

    // Lifting

    function test_lift_isAnnouncedAndWaits() external {
        _execute(_action(address(target), 3, 6 hours));
        pass(100, 12);
        uint256 liftableAt = block.timestamp + LIFT_DELAY_SECONDS;
        vm.expectEmit(address(breaker));
        emit ICircuitBreaker.LiftScheduled(address(target), liftableAt, REPLAY_HASH);
        vm.prank(OWNER);
        breaker.scheduleLift(address(target), REPLAY_HASH);
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
        _assertStatus(target, 0, 0);
        // Only what was served is used.
        vm.assertEq(
            breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2 - 1_200 - LIFT_DELAY_SECONDS
        );
    }

    function test_lift_endsAllLevels() external {
        _execute(_action(address(target), 1, 18 hours));
        pass(1, 12);
        _execute(_action(address(target), 3, 1 hours));
        vm.prank(OWNER);
        breaker.scheduleLift(address(target), REPLAY_HASH);
        // The pause is over by then, the delay is not.
        vm.warp(block.timestamp + 2 hours);
        _assertStatus(target, 1, block.timestamp + 16 hours - 12);
        vm.prank(OWNER);
        breaker.lift(address(target));
        _assertStatus(target, 0, 0);
    }

    function test_lift_isForTheOwner() external {
        _execute(_action(address(target), 3, 6 hours));
        bytes memory reason =
            abi.encodeWithSelector(IBrakeRegistrations.CallerNotTargetOwner.selector, vm.addr(key(0)), OWNER);
        vm.expectRevert(reason);
        vm.prank(vm.addr(key(0)));
        breaker.scheduleLift(address(target), REPLAY_HASH);
        vm.prank(OWNER);
        breaker.scheduleLift(address(target), REPLAY_HASH);
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
        breaker.scheduleLift(address(target), REPLAY_HASH);
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
        breaker.scheduleLift(address(target), REPLAY_HASH);
        pass(1, 12);
        _execute(_action(address(target), 3, 6 hours));
        vm.warp(block.timestamp + LIFT_DELAY_SECONDS);
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.LiftNotScheduled.selector, address(target)));
        vm.prank(OWNER);
        breaker.lift(address(target));
    }

    /// @dev Whoever has the owner's key cannot buy time with it.
    function test_lift_findsTheGuardiansReady() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.liftDelaySeconds = limits.cooldownSeconds;
        target = _deployTarget(limits);
        _execute(_action(address(target), 3, 6 hours));
        vm.prank(OWNER);
        breaker.scheduleLift(address(target), REPLAY_HASH);
        vm.warp(block.timestamp + limits.liftDelaySeconds);
        vm.prank(OWNER);
        breaker.lift(address(target));
        _assertStatus(target, 0, 0);
        _execute(_action(address(target), 3, 6 hours));
        _assertStatus(target, 3, block.timestamp + 6 hours);
    }

    function test_lift_announcedForOneBrakeIsVoidForTheNext() external {
        _execute(_action(address(target), 3, 1 hours));
        vm.prank(OWNER);
        breaker.scheduleLift(address(target), REPLAY_HASH);
        vm.warp(block.timestamp + 2 hours);
        _execute(_action(address(target), 3, 1 hours));
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.LiftNotScheduled.selector, address(target)));
        vm.prank(OWNER);
        breaker.lift(address(target));
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

    function test_hashHeartbeat_isTheDigestThatGuardiansSign() external {
        string memory json = vm.readFile("test/vectors/heartbeat.json");
        IHeartbeats.Heartbeat memory heartbeat = IHeartbeats.Heartbeat({
            epoch: uint64(vm.parseJsonUint(json, ".heartbeat.epoch")),
            anchorNumber: uint64(vm.parseJsonUint(json, ".heartbeat.anchorNumber")),
            anchorHash: vm.parseJsonBytes32(json, ".heartbeat.anchorHash"),
            anchorSeconds: uint64(vm.parseJsonUint(json, ".heartbeat.anchorSeconds"))
        });
        address place = vm.parseJsonAddress(json, ".heartbeat.breaker");
        vm.chainId(vm.parseJsonUint(json, ".heartbeat.chainId"));
        vm.etch(place, address(breaker).code);
        vm.assertEq(IHeartbeats(place).hashHeartbeat(heartbeat), vm.parseJsonBytes32(json, ".digest"));
    }
}
