// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BrakeLedger} from "./BrakeLedger.sol";
import {BrakeLimits} from "./BrakeLimits.sol";
import {GuardianProof} from "./GuardianProof.sol";
import {IBrakeRegistrations} from "./IBrakeRegistrations.sol";
import {TargetCall} from "./TargetCall.sol";

/// @title The part of the breaker that keeps what owners registered
abstract contract BrakeRegistrations is IBrakeRegistrations, GuardianProof {
    using BrakeLedger for BrakeLedger.Brake;
    using BrakeLimits for Limits;
    using SafeCast for uint256;
    using TargetCall for address;

    /// @dev One slot, and all that taking an action of a level needs to know: the limits that levels share
    /// are kept with each of them, so that an action reads one slot of them. No limit is above 30 days, which
    /// is less than 2^24 seconds.
    /// @param tailSelector Of level 2, where a tail follows: with level 3. Else 0.
    struct Terms {
        bytes4 selector;
        bytes4 check;
        bytes4 tailSelector;
        uint24 maxDurationSeconds;
        uint24 cooldownSeconds;
        uint24 budgetSeconds;
        uint24 tailSeconds;
    }

    /// @dev One slot: what taking an action does not need to know.
    /// @param watchedSince From when on silence counts: when the dead mode got its terms.
    struct Conditions {
        uint32 liftDelaySeconds;
        uint32 armDelaySeconds;
        uint32 heartbeatSeconds;
        uint8 deadLevel;
        uint40 watchedSince;
    }

    /// @param changeHash 0 when nothing is pending.
    struct PendingChange {
        bytes32 changeHash;
        uint40 effectiveAt;
        uint8 vetoes;
    }

    /// @dev An announcement is void once another action was taken, which has another anchor.
    struct ScheduledLift {
        uint40 liftableAt;
        uint48 anchorNumber;
    }

    /// @param brake What guardians made hold.
    /// @param dead What their silence made hold; of this ledger only the ends are used.
    struct Registration {
        bytes32 specHash;
        BrakeLedger.Brake brake;
        mapping(uint8 level => Terms) terms;
        Conditions conditions;
        BrakeLedger.Brake dead;
        ScheduledLift scheduledLift;
        PendingChange pending;
    }

    bytes32 private constant VETO_TYPEHASH =
        keccak256("Veto(address target,bytes32 changeHash,uint64 epoch,uint64 deadlineSeconds)");
    uint8 private constant VETOES_MAX = 3;
    uint256 private constant CHANGE_EXPIRY_SECONDS = 7 days;

    mapping(address target => Registration) private _registrations;

    /// @inheritdoc IBrakeRegistrations
    function register(address target, bytes32 specHash, Limits calldata limits) external {
        _requireTargetOwner(target);
        Registration storage registration = _registrations[target];
        if (registration.specHash != 0) revert TargetAlreadyRegistered(target);
        if (specHash == 0) revert SpecificationMissing();
        limits.requireUsable();
        _put(registration, specHash, limits);
        emit Registered(target, specHash, msg.sender);
        _requireRehearsed(target);
    }

    /// @inheritdoc IBrakeRegistrations
    function change(address target, bytes32 specHash, Limits calldata limits) external {
        _requireTargetOwner(target);
        Registration storage registration = _requireUnchanging(target);
        if (specHash == 0) revert SpecificationMissing();
        limits.requireUsable();
        if (specHash != registration.specHash || BrakeLimits.weaken(_limitsOf(registration), limits)) {
            _announce(registration, target, specHash, limits);
            return;
        }
        _put(registration, specHash, limits);
        emit ChangeApplied(target, specHash, limits);
        _requireRehearsed(target);
    }

    /// @inheritdoc IBrakeRegistrations
    function disarm(address target) external {
        _requireTargetOwner(target);
        Limits memory none;
        _announce(_requireUnchanging(target), target, 0, none);
    }

    /// @inheritdoc IBrakeRegistrations
    function applyChange(address target, bytes32 specHash, Limits calldata limits) external {
        Registration storage registration = _registrations[target];
        PendingChange memory pending = registration.pending;
        bytes32 changeHash = _hashChange(target, specHash, limits, pending.effectiveAt);
        if (changeHash != pending.changeHash) revert ChangeMismatch(changeHash, pending.changeHash);
        if (block.timestamp < pending.effectiveAt) revert ChangeTooEarly(pending.effectiveAt);
        uint256 expiresAt = pending.effectiveAt + CHANGE_EXPIRY_SECONDS;
        if (block.timestamp >= expiresAt) revert ChangeExpired(expiresAt);
        delete registration.pending;
        _put(registration, specHash, limits);
        emit ChangeApplied(target, specHash, limits);
        if (specHash != 0) _requireRehearsed(target);
    }

    /// @inheritdoc IBrakeRegistrations
    function cancelChange(address target) external {
        _requireTargetOwner(target);
        emit ChangeCancelled(target, _clearPending(_registrations[target]));
    }

    /// @inheritdoc IBrakeRegistrations
    function vetoChange(Veto calldata veto, Certificate calldata certificate) external {
        _requireCertified(hashVeto(veto), veto.epoch, certificate);
        _veto(veto);
    }

    /// @inheritdoc IBrakeRegistrations
    function vetoChangeGroup(Veto calldata veto, GroupSignature calldata signature) external {
        _requireGroupSigned(hashVeto(veto), veto.epoch, signature);
        _veto(veto);
    }

    /// @inheritdoc IBrakeRegistrations
    function rehearse(address target) external {
        Registration storage registration = _registrations[target];
        if (registration.specHash == 0) revert TargetNotRegistered(target);
        for (uint8 level = 1; level <= BrakeLimits.LEVELS; ++level) {
            Terms memory terms = registration.terms[level];
            if (terms.selector == 0) continue;
            target.brake(terms.selector, terms.maxDurationSeconds);
            if (terms.tailSeconds != 0) {
                target.brake(terms.tailSelector, uint256(terms.maxDurationSeconds) + terms.tailSeconds);
            }
            target.requireInForce(terms.check);
        }
        revert Rehearsed(target);
    }

    /// @inheritdoc IBrakeRegistrations
    function hashVeto(Veto calldata veto) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(VETO_TYPEHASH, veto)));
    }

    /// @inheritdoc IBrakeRegistrations
    function registrationOf(address target) external view returns (bytes32 specHash, Limits memory limits) {
        Registration storage registration = _registrations[target];
        return (registration.specHash, _limitsOf(registration));
    }

    /// @inheritdoc IBrakeRegistrations
    function pendingChangeOf(address target)
        external
        view
        returns (bytes32 changeHash, uint256 effectiveAtSeconds, uint256 vetoes)
    {
        PendingChange memory pending = _registrations[target].pending;
        return (pending.changeHash, pending.effectiveAt, pending.vetoes);
    }

    function _registrationOf(address target) internal view returns (Registration storage) {
        return _registrations[target];
    }

    function _requireTargetOwner(address target) internal view {
        address owner = Ownable(target).owner();
        if (msg.sender != owner) revert CallerNotTargetOwner(msg.sender, owner);
    }

    function _requireUnchanging(address target) private view returns (Registration storage registration) {
        registration = _registrations[target];
        if (registration.specHash == 0) revert TargetNotRegistered(target);
        bytes32 changeHash = registration.pending.changeHash;
        if (changeHash != 0) revert ChangePending(changeHash);
    }

    /// @dev All that is stored of an announcement is its hash: who applies it gives it again.
    function _announce(
        Registration storage registration,
        address target,
        bytes32 specHash,
        Limits memory limits
    ) private {
        PendingChange storage pending = registration.pending;
        uint256 delaySeconds = uint256(registration.conditions.armDelaySeconds) << pending.vetoes;
        uint40 effectiveAt = uint40(block.timestamp + delaySeconds);
        bytes32 changeHash = _hashChange(target, specHash, limits, effectiveAt);
        (pending.changeHash, pending.effectiveAt) = (changeHash, effectiveAt);
        bool isVetoable = pending.vetoes < VETOES_MAX;
        emit ChangeAnnounced(target, changeHash, specHash, limits, effectiveAt, isVetoable);
    }

    function _veto(Veto calldata veto) private {
        if (block.timestamp > veto.deadlineSeconds) {
            revert DeadlinePassed(veto.deadlineSeconds, block.timestamp);
        }
        PendingChange storage pending = _registrations[veto.target].pending;
        bytes32 expected = pending.changeHash;
        if (expected == 0 || veto.changeHash != expected) revert ChangeMismatch(veto.changeHash, expected);
        uint8 vetoes = pending.vetoes;
        if (vetoes >= VETOES_MAX) revert VetoesExhausted(vetoes);
        pending.vetoes = vetoes + 1;
        _clearPending(_registrations[veto.target]);
        emit ChangeVetoed(veto.target, expected, vetoes + 1, msg.sender);
    }

    /// @dev The vetoes stay counted until a change takes effect.
    function _clearPending(Registration storage registration) private returns (bytes32 changeHash) {
        changeHash = registration.pending.changeHash;
        if (changeHash == 0) revert ChangeMismatch(0, 0);
        (registration.pending.changeHash, registration.pending.effectiveAt) = (0, 0);
    }

    /// @dev The ledger goes on as it is, whatever changes: no change, and no disarming and registering again,
    /// makes guardians forget what they used.
    function _put(Registration storage registration, bytes32 specHash, Limits calldata limits) private {
        uint256 budgetBefore = registration.terms[BrakeLimits.LEVELS].budgetSeconds;
        if (limits.budgetSeconds != budgetBefore) {
            // The first time, this also initialises the slot, so that the first action does not pay for it.
            BrakeLedger.Brake memory brake = registration.brake;
            brake.settle(budgetBefore);
            registration.brake = brake;
        }
        registration.specHash = specHash;
        for (uint8 level = 1; level <= BrakeLimits.LEVELS; ++level) {
            BoundedAction calldata action = limits.actions[level - 1];
            bool hasTail = level == 3 && limits.tailSeconds != 0;
            registration.terms[level] = Terms({
                selector: action.selector,
                check: action.check,
                tailSelector: hasTail ? limits.actions[1].selector : bytes4(0),
                maxDurationSeconds: uint256(action.maxDurationSeconds).toUint24(),
                cooldownSeconds: uint256(limits.cooldownSeconds).toUint24(),
                budgetSeconds: uint256(limits.budgetSeconds).toUint24(),
                tailSeconds: hasTail ? uint256(limits.tailSeconds).toUint24() : 0
            });
        }
        Conditions storage conditions = registration.conditions;
        // An owner must not end a silence by a change that takes effect at once: none such touches these.
        bool isSameDeadMode = limits.deadLevel == conditions.deadLevel
            && limits.heartbeatSeconds == conditions.heartbeatSeconds;
        registration.conditions = Conditions({
            liftDelaySeconds: limits.liftDelaySeconds,
            armDelaySeconds: limits.armDelaySeconds,
            heartbeatSeconds: limits.heartbeatSeconds,
            deadLevel: limits.deadLevel,
            watchedSince: isSameDeadMode ? conditions.watchedSince : uint40(block.timestamp)
        });
    }

    function _limitsOf(Registration storage registration) private view returns (Limits memory limits) {
        for (uint8 level = 1; level <= BrakeLimits.LEVELS; ++level) {
            Terms memory terms = registration.terms[level];
            limits.actions[level - 1] = BoundedAction(terms.selector, terms.check, terms.maxDurationSeconds);
            limits.cooldownSeconds = terms.cooldownSeconds;
            limits.budgetSeconds = terms.budgetSeconds;
            limits.tailSeconds = terms.tailSeconds;
        }
        Conditions memory conditions = registration.conditions;
        limits.liftDelaySeconds = conditions.liftDelaySeconds;
        limits.armDelaySeconds = conditions.armDelaySeconds;
        limits.heartbeatSeconds = conditions.heartbeatSeconds;
        limits.deadLevel = conditions.deadLevel;
    }

    function _requireRehearsed(address target) private {
        try this.rehearse(target) {}
        catch (bytes memory outcome) {
            if (bytes4(outcome) != Rehearsed.selector) LowLevelCall.bubbleRevert(outcome);
        }
    }

    function _hashChange(address target, bytes32 specHash, Limits memory limits, uint256 effectiveAtSeconds)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(target, specHash, limits, effectiveAtSeconds));
    }
}
