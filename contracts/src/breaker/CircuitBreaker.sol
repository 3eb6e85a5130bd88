// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IGuardianRegistry} from "../guardians/IGuardianRegistry.sol";
import {BrakeLedger} from "./BrakeLedger.sol";
import {BrakeLimits} from "./BrakeLimits.sol";
import {BrakeRegistrations} from "./BrakeRegistrations.sol";
import {GuardianProof} from "./GuardianProof.sol";
import {Heartbeats} from "./Heartbeats.sol";
import {IBrakeTarget} from "./IBrakeTarget.sol";
import {ICircuitBreaker} from "./ICircuitBreaker.sol";
import {TargetCall} from "./TargetCall.sol";

/// @title Circuit breaker
/// @dev Re-entrancy: all effects of a function precede its calls to the target, so a target that calls back
/// finds the action done.
contract CircuitBreaker is ICircuitBreaker, BrakeRegistrations, Heartbeats {
    using BrakeLedger for BrakeLedger.Brake;
    using SafeCast for uint256;
    using TargetCall for address;

    bytes32 private constant ACTION_TYPEHASH = keccak256(
        "Action(uint256 chainId,address breaker,address target,uint8 level,bytes data,uint32 durationSeconds,"
        "bytes32 incidentId,bytes32 specHash,uint64 epoch,uint64 anchorNumber,bytes32 anchorHash,"
        "uint64 deadlineSeconds)"
    );
    uint256 private constant UNATTESTED_LIFT_FACTOR = 4;
    uint256 private constant DEAD_SLICE_SECONDS = 1 hours;

    /// @param registry_ Whose proofs count.
    constructor(IGuardianRegistry registry_) GuardianProof(registry_) {}

    /// @inheritdoc ICircuitBreaker
    function execute(Action calldata action, Certificate calldata certificate) external {
        Registration storage registration = _registrationOf(action.target);
        BrakeLedger.Brake memory brake = _requireCurrent(action, registration);
        Terms memory terms = registration.terms[action.level];
        _requireBounded(action, terms);
        _requireCertified(hashAction(action), action.epoch, certificate);
        _take(action, registration, brake, terms);
    }

    /// @inheritdoc ICircuitBreaker
    function executeGroup(Action calldata action, GroupSignature calldata signature) external {
        Registration storage registration = _registrationOf(action.target);
        BrakeLedger.Brake memory brake = _requireCurrent(action, registration);
        Terms memory terms = registration.terms[action.level];
        _requireBounded(action, terms);
        _requireGroupSigned(hashAction(action), action.epoch, signature);
        _take(action, registration, brake, terms);
    }

    /// @inheritdoc ICircuitBreaker
    function enterDeadMode(address target) external {
        Registration storage registration = _registrationOf(target);
        uint256 silentFrom = _silentFrom(registration.conditions);
        if (silentFrom == 0) revert DeadModeNotRegistered(target);
        if (block.timestamp < silentFrom) revert GuardiansNotSilent(silentFrom);

        uint8 level = registration.conditions.deadLevel;
        Terms memory terms = registration.terms[level];
        uint256 durationSeconds = Math.min(terms.maxDurationSeconds, DEAD_SLICE_SECONDS);
        uint256 untilSeconds = block.timestamp + durationSeconds;
        BrakeLedger.Brake memory dead = registration.dead;
        dead.extend(level, untilSeconds);
        if (terms.tailSeconds != 0) dead.extend(2, untilSeconds + terms.tailSeconds);
        registration.dead = dead;
        delete registration.scheduledLift;
        emit DeadModeEntered(target, level, untilSeconds, msg.sender);

        target.brake(terms.selector, durationSeconds);
        if (terms.tailSeconds != 0) target.brake(terms.tailSelector, durationSeconds + terms.tailSeconds);
        target.requireInForce(terms.check);
    }

    /// @inheritdoc ICircuitBreaker
    function scheduleLift(address target, bytes32 replayHash) external {
        _requireTargetOwner(target);
        Registration storage registration = _registrationOf(target);
        _requireBraked(target, registration);
        uint256 delaySeconds = registration.conditions.liftDelaySeconds;
        if (replayHash == 0) delaySeconds *= UNATTESTED_LIFT_FACTOR;
        uint256 liftableAtSeconds = block.timestamp + delaySeconds;
        registration.scheduledLift =
            ScheduledLift(liftableAtSeconds.toUint40(), registration.brake.anchorNumber);
        emit LiftScheduled(target, liftableAtSeconds, replayHash);
    }

    /// @inheritdoc ICircuitBreaker
    function lift(address target) external {
        _requireTargetOwner(target);
        Registration storage registration = _registrationOf(target);
        _requireBraked(target, registration);
        uint256 liftableAt = _liftableAt(registration);
        if (liftableAt == 0) revert LiftNotScheduled(target);
        if (block.timestamp < liftableAt) revert LiftTooEarly(liftableAt);
        uint256 silentFrom = _silentFrom(registration.conditions);
        if (silentFrom != 0 && block.timestamp >= silentFrom) revert GuardiansSilent(silentFrom);

        BrakeLedger.Brake memory brake = registration.brake;
        brake.release();
        registration.brake = brake;
        delete registration.dead;
        delete registration.scheduledLift;
        emit Lifted(target);
        target.send(abi.encodeCall(IBrakeTarget.lift, ()));
    }

    /// @inheritdoc ICircuitBreaker
    /// @dev The fields lie one after the other in calldata, as they do in what is hashed; only `data` is
    /// hashed first. Whoever fills an unused part of a word with something gets a digest that nobody signed.
    function hashAction(Action calldata action) public view returns (bytes32) {
        bytes32 typeHash = ACTION_TYPEHASH;
        bytes32 dataHash = keccak256(action.data);
        bytes32 structHash;
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typeHash)
            calldatacopy(add(words, 0x20), action, 0x180)
            mstore(add(words, 0xa0), dataHash)
            structHash := keccak256(words, 0x1a0)
        }
        return _hashTypedDataV4(structHash);
    }

    /// @inheritdoc ICircuitBreaker
    function statusOf(address target)
        external
        view
        returns (uint8 level, uint256 untilSeconds, uint256 liftableAtSeconds)
    {
        Registration storage registration = _registrationOf(target);
        (level, untilSeconds) = _inForce(registration);
        if (level != 0) liftableAtSeconds = _liftableAt(registration);
    }

    /// @inheritdoc ICircuitBreaker
    function lastActionOf(address target)
        external
        view
        returns (uint256 anchorNumber, uint256 executedAtSeconds)
    {
        BrakeLedger.Brake memory brake = _registrationOf(target).brake;
        return (brake.anchorNumber, brake.executedAt);
    }

    /// @inheritdoc ICircuitBreaker
    function silentFromSeconds(address target) external view returns (uint256) {
        return _silentFrom(_registrationOf(target).conditions);
    }

    /// @inheritdoc ICircuitBreaker
    function budgetLeftSeconds(address target) external view returns (uint256) {
        Registration storage registration = _registrationOf(target);
        return registration.brake.leftSeconds(registration.terms[BrakeLimits.LEVELS].budgetSeconds);
    }

    /// @dev The action is meant for this breaker and this registration, on this branch of this chain, now,
    /// and once.
    function _requireCurrent(Action calldata action, Registration storage registration)
        private
        view
        returns (BrakeLedger.Brake memory brake)
    {
        bytes32 specHash = registration.specHash;
        if (specHash == 0) revert TargetNotRegistered(action.target);
        if (action.chainId != block.chainid) revert ChainMismatch(action.chainId, block.chainid);
        if (action.breaker != address(this)) revert BreakerMismatch(action.breaker, address(this));
        if (action.specHash != specHash) revert SpecificationMismatch(action.specHash, specHash);
        if (block.timestamp > action.deadlineSeconds) {
            revert DeadlinePassed(action.deadlineSeconds, block.timestamp);
        }
        brake = registration.brake;
        if (action.anchorNumber <= brake.anchorNumber) revert IncidentAlreadyHandled(action.incidentId);
        _requireAnchored(action.anchorNumber, action.anchorHash);
    }

    /// @dev The action is one that the owner registered.
    function _requireBounded(Action calldata action, Terms memory terms) private pure {
        if (terms.selector == 0) revert LevelNotAllowed(action.target, action.level);
        uint32 durationSeconds = action.durationSeconds;
        if (durationSeconds == 0 || durationSeconds > terms.maxDurationSeconds) {
            revert DurationOutOfRange(durationSeconds, terms.maxDurationSeconds);
        }
        bytes calldata data = action.data;
        if (
            data.length != 36 || bytes4(data) != terms.selector
                || uint256(bytes32(data[4:])) != durationSeconds
        ) {
            revert DataMismatch(data, abi.encodeWithSelector(terms.selector, uint256(durationSeconds)));
        }
    }

    /// @dev Takes an action that is allowed and certified, if it is due.
    function _take(
        Action calldata action,
        Registration storage registration,
        BrakeLedger.Brake memory brake,
        Terms memory terms
    ) private {
        address target = action.target;
        uint8 level = action.level;
        uint256 untilSeconds = block.timestamp + action.durationSeconds;
        _requireDue(brake, level, untilSeconds, terms);
        brake.hold(level, untilSeconds, terms.budgetSeconds);
        uint256 tailUntilSeconds = 0;
        if (terms.tailSeconds != 0) {
            tailUntilSeconds = brake.holdTail(untilSeconds, terms.tailSeconds, terms.budgetSeconds);
        }
        brake.anchorNumber = uint256(action.anchorNumber).toUint48();
        registration.brake = brake;
        emit Executed(action.incidentId, target, level, untilSeconds, msg.sender);
        if (tailUntilSeconds != 0) emit TailHeld(target, tailUntilSeconds);

        target.brake(terms.selector, action.durationSeconds);
        if (tailUntilSeconds != 0) target.brake(terms.tailSelector, tailUntilSeconds - block.timestamp);
        target.requireInForce(terms.check);
    }

    /// @dev The action adds to what holds, comes neither too soon nor too often, and fits into the budget.
    function _requireDue(
        BrakeLedger.Brake memory brake,
        uint8 level,
        uint256 untilSeconds,
        Terms memory terms
    ) private view {
        uint256 heldUntil = brake.untilOf(level);
        if (untilSeconds <= heldUntil) revert BrakeAlreadyHolds(level, heldUntil);

        uint8 inForce = brake.levelInForce();
        bool escalates = inForce != 0 && level > inForce;
        uint256 cooledAt = uint256(brake.executedAt) + terms.cooldownSeconds;
        if (!escalates && block.timestamp < cooledAt) revert CoolingDown(cooledAt);

        uint256 added = brake.addedSeconds(untilSeconds);
        uint256 left = brake.leftSeconds(terms.budgetSeconds);
        if (added > left) revert BudgetExceeded(added, left);
    }

    function _requireBraked(address target, Registration storage registration) private view {
        (uint8 level,) = _inForce(registration);
        if (level == 0) revert TargetNotBraked(target);
    }

    /// @dev The strictest level that guardians or their silence made hold, and when it ends.
    function _inForce(Registration storage registration)
        private
        view
        returns (uint8 level, uint256 untilSeconds)
    {
        BrakeLedger.Brake memory brake = registration.brake;
        BrakeLedger.Brake memory dead = registration.dead;
        for (level = BrakeLimits.LEVELS; level > 0; --level) {
            untilSeconds = Math.max(brake.untilOf(level), dead.untilOf(level));
            if (untilSeconds > block.timestamp) return (level, untilSeconds);
        }
        return (0, 0);
    }

    function _liftableAt(Registration storage registration) private view returns (uint256) {
        ScheduledLift memory scheduled = registration.scheduledLift;
        return scheduled.anchorNumber == registration.brake.anchorNumber ? scheduled.liftableAt : 0;
    }

    /// @dev 0 without a dead mode.
    function _silentFrom(Conditions memory conditions) private view returns (uint256) {
        if (conditions.deadLevel == 0) return 0;
        uint256 heardAt = Math.max(lastHeartbeatSeconds(), conditions.watchedSince);
        return heardAt + conditions.heartbeatSeconds + 1;
    }
}
