// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IGuardianRegistry} from "../guardians/IGuardianRegistry.sol";
import {BrakeLedger} from "./BrakeLedger.sol";
import {IBrakeTarget} from "./IBrakeTarget.sol";
import {ICircuitBreaker} from "./ICircuitBreaker.sol";

/// @title Circuit breaker
/// @dev Re-entrancy: all effects of a function precede its one call to the target, so a target that calls
/// back finds the action done. Gas: no call is capped, because a failure of any reverts the whole and leaves
/// no trace; whoever carries the action chooses its gas.
contract CircuitBreaker is ICircuitBreaker, EIP712 {
    using BrakeLedger for BrakeLedger.Brake;

    bytes32 private constant ACTION_TYPEHASH = keccak256(
        "Action(uint256 chainId,address breaker,address target,uint8 level,bytes data,uint32 durationSeconds,"
        "bytes32 incidentId,bytes32 specHash,uint64 epoch,uint64 anchorNumber,bytes32 anchorHash,"
        "uint64 deadlineSeconds)"
    );
    uint8 private constant LEVELS = 3;
    uint256 private constant REASON_BYTES_MAX = 1_024;

    /// @dev One slot, and all that an action needs to know: the limits that levels share are kept with each
    /// of them, so that taking an action reads one slot of them.
    struct Terms {
        bytes4 selector;
        bytes4 check;
        uint32 maxDurationSeconds;
        uint32 cooldownSeconds;
        uint32 budgetSeconds;
        uint32 liftDelaySeconds;
    }

    struct Registration {
        bytes32 specHash;
        BrakeLedger.Brake brake;
        mapping(uint8 level => Terms) terms;
    }

    IGuardianRegistry private immutable _registry;
    mapping(address target => Registration) private _registrations;
    mapping(bytes32 incidentId => bool) private _executed;

    /// @param registry_ Whose certificates count.
    constructor(IGuardianRegistry registry_) EIP712("Breakwater CircuitBreaker", "1") {
        _registry = registry_;
    }

    /// @notice The guardian registry whose certificates count.
    function registry() external view returns (IGuardianRegistry) {
        return _registry;
    }

    /// @inheritdoc ICircuitBreaker
    function register(address target, bytes32 specHash, Limits calldata limits) external {
        _requireTargetOwner(target);
        Registration storage registration = _registrations[target];
        if (registration.specHash != 0) revert TargetAlreadyRegistered(target);
        if (specHash == 0) revert SpecificationMissing();
        _requireUsable(limits);

        registration.specHash = specHash;
        for (uint8 level = 1; level <= LEVELS; ++level) {
            BoundedAction calldata action = limits.actions[level - 1];
            registration.terms[level] = Terms({
                selector: action.selector,
                check: action.check,
                maxDurationSeconds: action.maxDurationSeconds,
                cooldownSeconds: limits.cooldownSeconds,
                budgetSeconds: limits.budgetSeconds,
                liftDelaySeconds: limits.liftDelaySeconds
            });
        }
        // Initialised now, so that the first action does not pay for a new slot.
        registration.brake.delayedUntil = uint40(block.timestamp);
        emit Registered(target, specHash, msg.sender);

        try this.rehearse(target) {}
        catch (bytes memory outcome) {
            if (bytes4(outcome) != Rehearsed.selector) LowLevelCall.bubbleRevert(outcome);
        }
    }

    /// @inheritdoc ICircuitBreaker
    /// @dev What the target reverts with is wrapped, so that no target can pass for rehearsed.
    function rehearse(address target) external {
        Registration storage registration = _registrations[target];
        if (registration.specHash == 0) revert TargetNotRegistered(target);
        for (uint8 level = 1; level <= LEVELS; ++level) {
            Terms memory terms = registration.terms[level];
            if (terms.selector == 0) continue;
            _callTarget(target, abi.encodeWithSelector(terms.selector, uint256(terms.maxDurationSeconds)));
            _requireInForce(target, terms.check);
        }
        revert Rehearsed(target);
    }

    /// @inheritdoc ICircuitBreaker
    function execute(Action calldata action, Certificate calldata certificate) external {
        Registration storage registration = _registrations[action.target];
        _requireCurrent(action, registration.specHash);
        Terms memory terms = registration.terms[action.level];
        _requireBounded(action, terms);
        _requireCertified(action, certificate);

        uint256 untilSeconds = block.timestamp + action.durationSeconds;
        BrakeLedger.Brake memory brake = registration.brake;
        _requireDue(brake, action.level, untilSeconds, terms);
        brake.hold(action.level, untilSeconds, terms.budgetSeconds);
        registration.brake = brake;
        _executed[action.incidentId] = true;
        emit Executed(action.incidentId, action.target, action.level, untilSeconds, msg.sender);

        _callTarget(action.target, action.data);
        _requireInForce(action.target, terms.check);
    }

    /// @inheritdoc ICircuitBreaker
    function scheduleLift(address target) external {
        _requireTargetOwner(target);
        Registration storage registration = _registrations[target];
        if (registration.brake.levelInForce() == 0) revert TargetNotBraked(target);
        uint256 liftableAtSeconds = block.timestamp + registration.terms[LEVELS].liftDelaySeconds;
        registration.brake.liftableAt = uint40(liftableAtSeconds);
        emit LiftScheduled(target, liftableAtSeconds);
    }

    /// @inheritdoc ICircuitBreaker
    function lift(address target) external {
        _requireTargetOwner(target);
        Registration storage registration = _registrations[target];
        BrakeLedger.Brake memory brake = registration.brake;
        if (brake.levelInForce() == 0) revert TargetNotBraked(target);
        if (brake.liftableAt == 0) revert LiftNotScheduled(target);
        if (block.timestamp < brake.liftableAt) revert LiftTooEarly(brake.liftableAt);

        brake.release();
        registration.brake = brake;
        emit Lifted(target);
        _callTarget(target, abi.encodeCall(IBrakeTarget.lift, ()));
    }

    /// @inheritdoc ICircuitBreaker
    function hashAction(Action calldata action) public view returns (bytes32) {
        // In two halves, because the compiler's stack cannot hold all fields at once.
        bytes memory head = abi.encode(
            ACTION_TYPEHASH,
            action.chainId,
            action.breaker,
            action.target,
            action.level,
            keccak256(action.data),
            action.durationSeconds
        );
        bytes memory tail = abi.encode(
            action.incidentId,
            action.specHash,
            action.epoch,
            action.anchorNumber,
            action.anchorHash,
            action.deadlineSeconds
        );
        return _hashTypedDataV4(keccak256(bytes.concat(head, tail)));
    }

    /// @inheritdoc ICircuitBreaker
    function registrationOf(address target) external view returns (bytes32 specHash, Limits memory limits) {
        Registration storage registration = _registrations[target];
        for (uint8 level = 1; level <= LEVELS; ++level) {
            Terms memory terms = registration.terms[level];
            limits.actions[level - 1] = BoundedAction(terms.selector, terms.check, terms.maxDurationSeconds);
            limits.cooldownSeconds = terms.cooldownSeconds;
            limits.budgetSeconds = terms.budgetSeconds;
            limits.liftDelaySeconds = terms.liftDelaySeconds;
        }
        specHash = registration.specHash;
    }

    /// @inheritdoc ICircuitBreaker
    function statusOf(address target)
        external
        view
        returns (uint8 level, uint256 untilSeconds, uint256 liftableAtSeconds)
    {
        BrakeLedger.Brake memory brake = _registrations[target].brake;
        level = brake.levelInForce();
        if (level != 0) (untilSeconds, liftableAtSeconds) = (brake.untilOf(level), brake.liftableAt);
    }

    /// @inheritdoc ICircuitBreaker
    function isExecuted(bytes32 incidentId) external view returns (bool) {
        return _executed[incidentId];
    }

    /// @inheritdoc ICircuitBreaker
    function budgetLeftSeconds(address target) external view returns (uint256) {
        Registration storage registration = _registrations[target];
        return registration.brake.leftSeconds(registration.terms[LEVELS].budgetSeconds);
    }

    function _requireTargetOwner(address target) private view {
        address owner = Ownable(target).owner();
        if (msg.sender != owner) revert CallerNotTargetOwner(msg.sender, owner);
    }

    function _requireUsable(Limits calldata limits) private pure {
        uint256 liftDelay = limits.liftDelaySeconds;
        if (liftDelay == 0 || liftDelay < limits.cooldownSeconds) {
            revert LiftDelayTooShort(liftDelay, limits.cooldownSeconds);
        }
        uint256 budget = limits.budgetSeconds;
        if (budget > BrakeLedger.BUDGET_PERIOD_SECONDS) {
            revert BudgetOutOfRange(budget, BrakeLedger.BUDGET_PERIOD_SECONDS);
        }
        bool anyAllowed = false;
        for (uint8 level = 1; level <= LEVELS; ++level) {
            BoundedAction calldata action = limits.actions[level - 1];
            if (action.selector == 0) continue;
            anyAllowed = true;
            if (action.check == 0) revert CheckMissing(level);
            uint256 maxSeconds = action.maxDurationSeconds;
            if (maxSeconds == 0 || maxSeconds > budget / 2) {
                revert MaxDurationOutOfRange(level, maxSeconds, budget / 2);
            }
        }
        if (!anyAllowed) revert NoLevelAllowed();
    }

    /// @dev The action is meant for this breaker and this registration, on this branch of this chain, now,
    /// and once.
    function _requireCurrent(Action calldata action, bytes32 specHash) private view {
        if (specHash == 0) revert TargetNotRegistered(action.target);
        if (action.chainId != block.chainid) revert ChainMismatch(action.chainId, block.chainid);
        if (action.breaker != address(this)) revert BreakerMismatch(action.breaker, address(this));
        if (action.specHash != specHash) revert SpecificationMismatch(action.specHash, specHash);
        if (block.timestamp > action.deadlineSeconds) {
            revert DeadlinePassed(action.deadlineSeconds, block.timestamp);
        }
        if (_executed[action.incidentId]) revert IncidentAlreadyHandled(action.incidentId);
        bytes32 anchorHash = Blockhash.blockHash(action.anchorNumber);
        if (anchorHash == 0 || anchorHash != action.anchorHash) {
            revert AnchorMismatch(action.anchorNumber, action.anchorHash, anchorHash);
        }
    }

    /// @dev The action is one that the owner registered.
    function _requireBounded(Action calldata action, Terms memory terms) private pure {
        if (terms.selector == 0) revert LevelNotAllowed(action.target, action.level);
        if (action.durationSeconds == 0 || action.durationSeconds > terms.maxDurationSeconds) {
            revert DurationOutOfRange(action.durationSeconds, terms.maxDurationSeconds);
        }
        bytes memory expected = abi.encodeWithSelector(terms.selector, uint256(action.durationSeconds));
        if (keccak256(action.data) != keccak256(expected)) revert DataMismatch(action.data, expected);
    }

    function _requireCertified(Action calldata action, Certificate calldata certificate) private view {
        bytes32 digest = hashAction(action);
        bool valid =
            _registry.verifyCertificate(digest, action.epoch, certificate.bitmap, certificate.signatures);
        if (valid) return;
        uint64 epoch = _registry.epoch();
        if (action.epoch != epoch) revert EpochMismatch(action.epoch, epoch);
        revert CertificateInvalid(digest);
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

    function _callTarget(address target, bytes memory data) private {
        if (LowLevelCall.callNoReturn(target, data)) return;
        uint256 size = LowLevelCall.returnDataSize();
        bytes memory reason = new bytes(size < REASON_BYTES_MAX ? size : REASON_BYTES_MAX);
        assembly ("memory-safe") {
            returndatacopy(add(reason, 0x20), 0, mload(reason))
        }
        revert TargetReverted(target, reason);
    }

    function _requireInForce(address target, bytes4 check) private view {
        (bool success, bytes32 result,) =
            LowLevelCall.staticcallReturn64Bytes(target, abi.encodePacked(check));
        if (!success || LowLevelCall.returnDataSize() < 0x20 || result != bytes32(uint256(1))) {
            revert CheckFailed(target, check);
        }
    }
}
