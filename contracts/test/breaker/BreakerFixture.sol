// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {CircuitBreaker} from "../../src/breaker/CircuitBreaker.sol";
import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {IBrakeTarget} from "../../src/breaker/IBrakeTarget.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";
import {IHeartbeats} from "../../src/breaker/IHeartbeats.sol";
import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {Guardians} from "../guardians/Guardians.sol";

/// @notice The smallest contract that can be braked.
contract BrakeableTarget is Brakeable {
    constructor(address owner_) Ownable(owner_) {}
}

/// @notice A breaker with four guardians, and the actions they sign.
abstract contract BreakerFixture is Guardians {
    address internal constant OWNER = address(0x0151);
    address internal constant CARRIER = address(0xCA44);
    bytes32 internal constant SPEC_HASH = keccak256("specification");
    /// @dev Guardians 0, 1 and 2 of 4.
    uint256 internal constant QUORUM = 0x07;

    uint32 internal constant COOLDOWN_SECONDS = 10 minutes;
    uint32 internal constant BUDGET_SECONDS = 48 hours;
    uint32 internal constant LIFT_DELAY_SECONDS = 1 hours;
    uint32 internal constant ARM_DELAY_SECONDS = 2 days;
    uint32 internal constant MAX_DELAY_SECONDS = 18 hours;
    uint32 internal constant MAX_REDUCE_ONLY_SECONDS = 12 hours;
    uint32 internal constant MAX_PAUSE_SECONDS = 6 hours;

    GuardianRegistry internal registry;
    CircuitBreaker internal breaker;
    uint256 private _incidents;

    function _deployBreaker() internal {
        vm.warp(1_760_000_000);
        vm.roll(1_000);
        vm.setBlockhash(999, keccak256("block 999"));
        registry = newRegistry(guardianList(4));
        breaker = new CircuitBreaker(registry);
    }

    /// @notice A target that is wired and registered.
    function _deployTarget() internal returns (BrakeableTarget) {
        return _deployTarget(_limits());
    }

    function _deployTarget(IBrakeRegistrations.Limits memory limits)
        internal
        returns (BrakeableTarget target)
    {
        target = _wiredTarget();
        vm.prank(OWNER);
        breaker.register(address(target), SPEC_HASH, limits);
    }

    /// @notice A target that obeys the breaker and is not registered.
    function _wiredTarget() internal returns (BrakeableTarget target) {
        target = new BrakeableTarget(OWNER);
        vm.prank(OWNER);
        target.setBreaker(address(breaker));
    }

    function _limits() internal pure returns (IBrakeRegistrations.Limits memory limits) {
        limits.actions[0] = IBrakeRegistrations.BoundedAction(
            IBrakeTarget.delayWithdrawalsFor.selector,
            IBrakeTarget.areWithdrawalsDelayed.selector,
            MAX_DELAY_SECONDS
        );
        limits.actions[1] = IBrakeRegistrations.BoundedAction(
            IBrakeTarget.reduceOnlyFor.selector, IBrakeTarget.isReduceOnly.selector, MAX_REDUCE_ONLY_SECONDS
        );
        limits.actions[2] = IBrakeRegistrations.BoundedAction(
            IBrakeTarget.pauseFor.selector, IBrakeTarget.isPaused.selector, MAX_PAUSE_SECONDS
        );
        limits.cooldownSeconds = COOLDOWN_SECONDS;
        limits.budgetSeconds = BUDGET_SECONDS;
        limits.liftDelaySeconds = LIFT_DELAY_SECONDS;
        limits.armDelaySeconds = ARM_DELAY_SECONDS;
    }

    /// @notice For targets that can be paused and nothing else.
    function _pauseLimits() internal pure returns (IBrakeRegistrations.Limits memory limits) {
        limits = _limits();
        delete limits.actions[0];
        delete limits.actions[1];
    }

    function _selector(uint8 level) internal pure returns (bytes4) {
        if (level == 1) return IBrakeTarget.delayWithdrawalsFor.selector;
        return level == 2 ? IBrakeTarget.reduceOnlyFor.selector : IBrakeTarget.pauseFor.selector;
    }

    /// @notice A valid action for a new incident, seen in the block before this one. Moves on by a block.
    function _action(address target, uint8 level, uint32 durationSeconds)
        internal
        returns (ICircuitBreaker.Action memory)
    {
        uint64 anchor = _nextAnchor();
        return ICircuitBreaker.Action({
            chainId: block.chainid,
            breaker: address(breaker),
            target: target,
            level: level,
            data: abi.encodeWithSelector(_selector(level), uint256(durationSeconds)),
            durationSeconds: durationSeconds,
            incidentId: keccak256(abi.encode("incident", ++_incidents)),
            specHash: SPEC_HASH,
            epoch: 1,
            anchorNumber: anchor,
            anchorHash: blockhash(anchor),
            deadlineSeconds: uint64(block.timestamp + 60)
        });
    }

    /// @notice Moves on by a block, and gives the one before a hash.
    function _nextAnchor() internal returns (uint64 anchor) {
        anchor = uint64(block.number);
        vm.roll(block.number + 1);
        vm.setBlockhash(anchor, keccak256(abi.encode("block", anchor)));
    }

    function _certificate(ICircuitBreaker.Action memory action, uint256 bitmap)
        internal
        view
        returns (IGuardianProof.Certificate memory)
    {
        return _certified(breaker.hashAction(action), bitmap);
    }

    function _certified(bytes32 digest, uint256 bitmap)
        internal
        pure
        returns (IGuardianProof.Certificate memory)
    {
        return IGuardianProof.Certificate(bitmap, signaturesOf(bitmap, digest));
    }

    /// @notice Has a quorum sign `action` and a stranger carry it.
    function _execute(ICircuitBreaker.Action memory action) internal {
        IGuardianProof.Certificate memory certificate = _certificate(action, QUORUM);
        vm.prank(CARRIER);
        breaker.execute(action, certificate);
    }

    /// @notice Has the group sign `action` and a stranger carry it.
    function _executeGroup(ICircuitBreaker.Action memory action) internal {
        IGuardianProof.GroupSignature memory signature = _groupSigned(breaker.hashAction(action));
        vm.prank(CARRIER);
        breaker.executeGroup(action, signature);
    }

    function _groupSigned(bytes32 digest) internal returns (IGuardianProof.GroupSignature memory) {
        (uint256 rx, uint256 ry, uint256 z) = groupSignatureOf(digest);
        return IGuardianProof.GroupSignature(rx, ry, z);
    }

    /// @notice A heartbeat over the block before this one, which is as old as now. Moves on by a block.
    function _heartbeat() internal returns (IHeartbeats.Heartbeat memory) {
        uint64 anchor = _nextAnchor();
        return IHeartbeats.Heartbeat(1, anchor, blockhash(anchor), uint64(block.timestamp));
    }

    /// @notice Has a quorum be heard.
    function _beat() internal {
        IHeartbeats.Heartbeat memory heartbeat = _heartbeat();
        IGuardianProof.Certificate memory certificate = _certified(breaker.hashHeartbeat(heartbeat), QUORUM);
        vm.prank(CARRIER);
        breaker.beat(heartbeat, certificate);
    }

    /// @notice As `_execute`, expecting it to be refused with `reason`.
    function _refuse(ICircuitBreaker.Action memory action, bytes memory reason) internal {
        IGuardianProof.Certificate memory certificate = _certificate(action, QUORUM);
        vm.expectRevert(reason);
        breaker.execute(action, certificate);
    }

    /// @notice The level in force, by the breaker and by the target.
    function _assertStatus(BrakeableTarget target, uint8 level, uint256 untilSeconds) internal view {
        (uint8 actualLevel, uint256 actualUntil,) = breaker.statusOf(address(target));
        vm.assertEq(actualLevel, level);
        vm.assertEq(actualUntil, untilSeconds);
        vm.assertEq(target.areWithdrawalsDelayed(), level >= 1);
        vm.assertEq(target.isReduceOnly(), level >= 2);
        vm.assertEq(target.isPaused(), level == 3);
    }
}
