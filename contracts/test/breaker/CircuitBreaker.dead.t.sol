// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CircuitBreaker} from "../../src/breaker/CircuitBreaker.sol";
import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";
import {IHeartbeats} from "../../src/breaker/IHeartbeats.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";
import {PretendingTarget} from "./HostileTargets.sol";

/// @notice Heartbeats, and what their absence leads to.
contract CircuitBreakerDeadTest is BreakerFixture {
    uint32 private constant HEARTBEAT_SECONDS = 2 hours;
    uint32 private constant TAIL_SECONDS = 3 hours;
    uint256 private constant SLICE_SECONDS = 1 hours;
    bytes32 private constant REPLAY_HASH = keccak256("report");

    BrakeableTarget private target;

    function setUp() external {
        _deployBreaker();
        installGroupKey(registry);
        target = _deployTarget(_deadLimits(3));
    }

    function _deadLimits(uint8 level) private pure returns (IBrakeRegistrations.Limits memory limits) {
        limits = _limits();
        limits.tailSeconds = TAIL_SECONDS;
        (limits.deadLevel, limits.heartbeatSeconds) = (level, HEARTBEAT_SECONDS);
    }

    function _fallSilent() private {
        vm.warp(breaker.silentFromSeconds(address(target)));
    }

    function _refuseBeat(IHeartbeats.Heartbeat memory heartbeat, bytes memory reason) private {
        IGuardianProof.Certificate memory certificate = _certified(breaker.hashHeartbeat(heartbeat), QUORUM);
        vm.expectRevert(reason);
        breaker.beat(heartbeat, certificate);
    }

    // Heartbeats

    function test_beat_isCarriedByAnyone() external {
        vm.assertEq(breaker.lastHeartbeatSeconds(), 0);
        IHeartbeats.Heartbeat memory heartbeat = _heartbeat();
        IGuardianProof.Certificate memory certificate = _certified(breaker.hashHeartbeat(heartbeat), QUORUM);
        vm.expectEmit(address(breaker));
        emit IHeartbeats.HeartbeatReceived(1, heartbeat.anchorNumber, heartbeat.anchorSeconds, CARRIER);
        vm.prank(CARRIER);
        breaker.beat(heartbeat, certificate);
        vm.assertEq(breaker.lastHeartbeatSeconds(), block.timestamp);
    }

    function test_beat_countsByTheGroupKey() external {
        IHeartbeats.Heartbeat memory heartbeat = _heartbeat();
        IGuardianProof.GroupSignature memory signature = _groupSigned(breaker.hashHeartbeat(heartbeat));
        signature.z += 1;
        bytes32 digest = breaker.hashHeartbeat(heartbeat);
        vm.expectRevert(abi.encodeWithSelector(IGuardianProof.GroupSignatureInvalid.selector, digest));
        breaker.beatGroup(heartbeat, signature);
        signature.z -= 1;
        breaker.beatGroup(heartbeat, signature);
        vm.assertEq(breaker.lastHeartbeatSeconds(), block.timestamp);
    }

    function test_beat_countsOnce() external {
        IHeartbeats.Heartbeat memory heartbeat = _heartbeat();
        uint64 first = heartbeat.anchorSeconds;
        vm.warp(block.timestamp + 12);
        _beat();
        bytes4 selector = IHeartbeats.HeartbeatStale.selector;
        _refuseBeat(heartbeat, abi.encodeWithSelector(selector, first, first + 12));
        heartbeat = _heartbeat();
        _refuseBeat(heartbeat, abi.encodeWithSelector(selector, first + 12, first + 12));
    }

    /// @dev A sign that was kept back shows what it showed then.
    function test_beat_countsForTheTimeOfItsBlock() external {
        IHeartbeats.Heartbeat memory heartbeat = _heartbeat();
        IGuardianProof.Certificate memory certificate = _certified(breaker.hashHeartbeat(heartbeat), QUORUM);
        vm.warp(block.timestamp + HEARTBEAT_SECONDS + 1);
        breaker.beat(heartbeat, certificate);
        vm.assertEq(breaker.lastHeartbeatSeconds(), block.timestamp - HEARTBEAT_SECONDS - 1);
        breaker.enterDeadMode(address(target));
    }

    function test_beat_cannotBeSignedAhead() external {
        IHeartbeats.Heartbeat memory heartbeat = _heartbeat();
        heartbeat.anchorSeconds += 1;
        _refuseBeat(
            heartbeat,
            abi.encodeWithSelector(
                IHeartbeats.HeartbeatAhead.selector, heartbeat.anchorSeconds, block.timestamp
            )
        );
        heartbeat = _heartbeat();
        bytes32 canonical = heartbeat.anchorHash;
        heartbeat.anchorHash = keccak256("the other branch");
        bytes4 selector = IHeartbeats.AnchorMismatch.selector;
        _refuseBeat(
            heartbeat,
            abi.encodeWithSelector(selector, heartbeat.anchorNumber, heartbeat.anchorHash, canonical)
        );
        (heartbeat.anchorNumber, heartbeat.anchorHash) = (uint64(block.number + 5), 0);
        _refuseBeat(
            heartbeat, abi.encodeWithSelector(selector, heartbeat.anchorNumber, bytes32(0), bytes32(0))
        );
    }

    function test_beat_needsAQuorumOfTheEpoch() external {
        IHeartbeats.Heartbeat memory heartbeat = _heartbeat();
        bytes32 digest = breaker.hashHeartbeat(heartbeat);
        IGuardianProof.Certificate memory minority = _certified(digest, 0x03);
        vm.expectRevert(abi.encodeWithSelector(IGuardianProof.CertificateInvalid.selector, digest));
        breaker.beat(heartbeat, minority);
        heartbeat.epoch = 2;
        _refuseBeat(heartbeat, abi.encodeWithSelector(IGuardianProof.EpochMismatch.selector, 2, 1));
    }

    function test_beat_isOfOneBreakerOnOneChain() external {
        IHeartbeats.Heartbeat memory heartbeat = _heartbeat();
        IGuardianProof.Certificate memory certificate = _certified(breaker.hashHeartbeat(heartbeat), QUORUM);
        CircuitBreaker other = new CircuitBreaker(registry);
        vm.expectPartialRevert(IGuardianProof.CertificateInvalid.selector);
        other.beat(heartbeat, certificate);
        vm.chainId(1);
        vm.expectPartialRevert(IGuardianProof.CertificateInvalid.selector);
        breaker.beat(heartbeat, certificate);
    }

    // The dead mode

    function test_deadMode_comesWithSilenceAndNotBefore() external {
        uint256 silentFrom = block.timestamp + HEARTBEAT_SECONDS + 1;
        vm.assertEq(breaker.silentFromSeconds(address(target)), silentFrom);
        vm.warp(silentFrom - 1);
        bytes4 selector = ICircuitBreaker.GuardiansNotSilent.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, silentFrom));
        breaker.enterDeadMode(address(target));
        _beat();
        silentFrom += HEARTBEAT_SECONDS;
        vm.warp(silentFrom - 1);
        vm.expectRevert(abi.encodeWithSelector(selector, silentFrom));
        breaker.enterDeadMode(address(target));

        vm.warp(silentFrom);
        uint256 until = silentFrom + SLICE_SECONDS;
        vm.expectEmit(address(breaker));
        emit ICircuitBreaker.DeadModeEntered(address(target), 3, until, CARRIER);
        vm.prank(CARRIER);
        breaker.enterDeadMode(address(target));
        _assertStatus(target, 3, until);
        // Guardians have all of their budget when they are back.
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2);
    }

    function test_deadMode_lastsAsLongAsSilence() external {
        _fallSilent();
        for (uint256 i = 0; i < 1_000; ++i) {
            breaker.enterDeadMode(address(target));
            vm.warp(block.timestamp + SLICE_SECONDS);
            _assertStatus(target, 2, block.timestamp + TAIL_SECONDS);
        }
        breaker.enterDeadMode(address(target));
        // With the first heartbeat, nothing is added, and the rest runs out.
        _beat();
        uint256 pausedUntil = block.timestamp + SLICE_SECONDS;
        vm.warp(block.timestamp + 60);
        vm.expectPartialRevert(ICircuitBreaker.GuardiansNotSilent.selector);
        breaker.enterDeadMode(address(target));
        _assertStatus(target, 3, pausedUntil);
        vm.warp(pausedUntil);
        _assertStatus(target, 2, pausedUntil + TAIL_SECONDS);
        vm.warp(pausedUntil + TAIL_SECONDS);
        _assertStatus(target, 0, 0);
    }

    function test_deadMode_holdsTheLevelThatTheOwnerChose() external {
        for (uint8 level = 1; level <= 3; ++level) {
            target = _deployTarget(_deadLimits(level));
            _fallSilent();
            breaker.enterDeadMode(address(target));
            _assertStatus(target, level, block.timestamp + SLICE_SECONDS);
        }
    }

    /// @dev As short as the registered action is.
    function test_deadMode_isBoundedAsTheActionIs() external {
        IBrakeRegistrations.Limits memory limits = _deadLimits(3);
        limits.actions[2].maxDurationSeconds = 10 minutes;
        target = _deployTarget(limits);
        _fallSilent();
        breaker.enterDeadMode(address(target));
        _assertStatus(target, 3, block.timestamp + 10 minutes);
    }

    function test_deadMode_isOnlyForThoseWhoChoseIt() external {
        target = _deployTarget();
        vm.assertEq(breaker.silentFromSeconds(address(target)), 0);
        vm.warp(block.timestamp + 365 days);
        bytes4 selector = ICircuitBreaker.DeadModeNotRegistered.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, address(target)));
        breaker.enterDeadMode(address(target));
        vm.expectRevert(abi.encodeWithSelector(selector, address(1)));
        breaker.enterDeadMode(address(1));
    }

    function test_deadMode_addsToWhatGuardiansMadeHold() external {
        vm.warp(block.timestamp + HEARTBEAT_SECONDS);
        _execute(_action(address(target), 1, 18 hours));
        uint256 delayedUntil = block.timestamp + 18 hours;
        _fallSilent();
        breaker.enterDeadMode(address(target));
        uint256 pausedUntil = block.timestamp + SLICE_SECONDS;
        _assertStatus(target, 3, pausedUntil);
        vm.warp(pausedUntil + TAIL_SECONDS);
        _assertStatus(target, 1, delayedUntil);
        // Who comes back finds cooldown and budget as they were.
        _execute(_action(address(target), 3, 1 hours));
        _assertStatus(target, 3, block.timestamp + 1 hours);
    }

    function test_deadMode_catchesATargetThatPretends() external {
        PretendingTarget other = new PretendingTarget();
        IBrakeRegistrations.Limits memory limits = _pauseLimits();
        (limits.deadLevel, limits.heartbeatSeconds) = (3, HEARTBEAT_SECONDS);
        breaker.register(address(other), SPEC_HASH, limits);
        other.turn();
        vm.warp(block.timestamp + HEARTBEAT_SECONDS + 1);
        vm.expectPartialRevert(ICircuitBreaker.CheckFailed.selector);
        breaker.enterDeadMode(address(other));
    }

    // The owner and the dead mode

    /// @dev The notice is for the guardians, who would find it over when they are back.
    function test_deadMode_noLiftIsAnnouncedMeanwhile() external {
        _fallSilent();
        breaker.enterDeadMode(address(target));
        uint256 silentFrom = breaker.silentFromSeconds(address(target));
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.GuardiansSilent.selector, silentFrom));
        vm.prank(OWNER);
        breaker.scheduleLift(address(target), REPLAY_HASH);
    }

    function test_deadMode_cannotBeLifted() external {
        vm.warp(block.timestamp + HEARTBEAT_SECONDS);
        _execute(_action(address(target), 1, 18 hours));
        vm.prank(OWNER);
        breaker.scheduleLift(address(target), REPLAY_HASH);
        _fallSilent();
        vm.warp(block.timestamp + LIFT_DELAY_SECONDS);
        vm.startPrank(OWNER);
        uint256 silentFrom = breaker.silentFromSeconds(address(target));
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.GuardiansSilent.selector, silentFrom));
        breaker.lift(address(target));
        // Nor what guardians had made hold, and a slice takes an announcement back.
        breaker.enterDeadMode(address(target));
        vm.stopPrank();
        _beat();
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.LiftNotScheduled.selector, address(target)));
        vm.prank(OWNER);
        breaker.lift(address(target));
    }

    function test_deadMode_restIsLiftedOnceGuardiansAreBack() external {
        _fallSilent();
        breaker.enterDeadMode(address(target));
        _beat();
        vm.prank(OWNER);
        breaker.scheduleLift(address(target), REPLAY_HASH);
        vm.warp(block.timestamp + LIFT_DELAY_SECONDS);
        _assertStatus(target, 2, block.timestamp + TAIL_SECONDS);
        vm.prank(OWNER);
        breaker.lift(address(target));
        _assertStatus(target, 0, 0);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2);
    }

    /// @dev Not by a change that takes effect at once, which leaves the silence as it is.
    function test_deadMode_isLeftByTheOwnerWithNotice() external {
        _fallSilent();
        uint256 silentFrom = breaker.silentFromSeconds(address(target));
        IBrakeRegistrations.Limits memory limits = _deadLimits(3);
        limits.cooldownSeconds -= 1;
        vm.startPrank(OWNER);
        breaker.change(address(target), SPEC_HASH, limits);
        vm.assertEq(breaker.silentFromSeconds(address(target)), silentFrom);
        breaker.enterDeadMode(address(target));

        (limits.deadLevel, limits.heartbeatSeconds) = (0, 0);
        breaker.change(address(target), SPEC_HASH, limits);
        vm.stopPrank();
        vm.warp(block.timestamp + ARM_DELAY_SECONDS - 1);
        breaker.enterDeadMode(address(target));
        vm.warp(block.timestamp + 1);
        breaker.applyChange(address(target), SPEC_HASH, limits);
        vm.expectPartialRevert(ICircuitBreaker.DeadModeNotRegistered.selector);
        breaker.enterDeadMode(address(target));
        vm.warp(block.timestamp + SLICE_SECONDS + TAIL_SECONDS);
        _assertStatus(target, 0, 0);
    }

    /// @dev Silence before there was a dead mode does not count.
    function test_deadMode_beginsToCountWhenItGetsItsTerms() external {
        target = _deployTarget();
        IBrakeRegistrations.Limits memory limits = _deadLimits(3);
        vm.prank(OWNER);
        breaker.change(address(target), SPEC_HASH, limits);
        vm.warp(block.timestamp + ARM_DELAY_SECONDS);
        breaker.applyChange(address(target), SPEC_HASH, limits);
        vm.assertEq(breaker.silentFromSeconds(address(target)), block.timestamp + HEARTBEAT_SECONDS + 1);
    }

    function test_deadMode_beginsToCountAgainWithOtherTerms() external {
        IBrakeRegistrations.Limits memory limits = _deadLimits(3);
        limits.heartbeatSeconds = 2 * HEARTBEAT_SECONDS;
        _changeInTime(limits);
        vm.assertEq(breaker.silentFromSeconds(address(target)), block.timestamp + 2 * HEARTBEAT_SECONDS + 1);
        limits.deadLevel = 2;
        _changeInTime(limits);
        vm.assertEq(breaker.silentFromSeconds(address(target)), block.timestamp + 2 * HEARTBEAT_SECONDS + 1);
    }

    function _changeInTime(IBrakeRegistrations.Limits memory limits) private {
        vm.prank(OWNER);
        breaker.change(address(target), SPEC_HASH, limits);
        vm.warp(block.timestamp + ARM_DELAY_SECONDS);
        breaker.applyChange(address(target), SPEC_HASH, limits);
    }

    // Griefing

    /// @dev Whoever keeps heartbeats away, and calls as often and as late as they like, gains an hour and the
    /// tail beyond the silence; nothing piles up.
    function testFuzz_deadMode_nothingPilesUp(uint256 seed) external {
        _fallSilent();
        for (uint256 i = 0; i < 20; ++i) {
            breaker.enterDeadMode(address(target));
            (uint8 level, uint256 until,) = breaker.statusOf(address(target));
            vm.assertEq(level, 3);
            vm.assertEq(until, block.timestamp + SLICE_SECONDS);
            vm.warp(block.timestamp + uint256(keccak256(abi.encode(seed, i))) % 30 minutes);
        }
        _beat();
        vm.warp(block.timestamp + SLICE_SECONDS + TAIL_SECONDS);
        _assertStatus(target, 0, 0);
    }
}
