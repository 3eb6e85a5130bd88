// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IGuardianRegistry} from "../guardians/IGuardianRegistry.sol";
import {FlowWindow} from "../inline/FlowWindow.sol";
import {IParameterSteward} from "./IParameterSteward.sol";
import {ParameterStewardGroups} from "./ParameterStewardGroups.sol";
import {ParameterStewardStep} from "./ParameterStewardStep.sol";

/// @title Parameter steward
/// @dev With all guardians' keys stolen, a thief moves parameters inside their bounds, at the pace of the
/// caps. With the council's, it vetoes what loosens and undoes each change once. The right to undo ends
/// before the next change can come, so no change can be made good by another one; undoing is no move, and
/// counts in no period.
contract ParameterSteward is IParameterSteward, ParameterStewardGroups, EIP712 {
    using Address for address;
    using SafeCast for uint256;

    bytes32 private constant CHANGE_TYPEHASH = keccak256(
        "Change(bytes32 group,uint256[] values,bytes32 previousHash,uint64 nonce,uint64 epoch,"
        "uint64 inputAtSeconds,uint64 deadlineSeconds)"
    );

    /// @dev `pending` waits from `enactableAt` on, unless that is 0, to replace values of the hash
    /// `pendingOn`. `previous` can be restored before `revertibleUntil` while the values are still those of
    /// the hash `applied`.
    struct State {
        uint64 nonce;
        uint40 changedAt;
        uint40 enactableAt;
        uint40 revertibleUntil;
        bytes32 pendingOn;
        bytes32 applied;
        uint256[] pending;
        uint256[] previous;
    }

    IGuardianRegistry private immutable _registry;
    address private _council;
    mapping(bytes32 id => State) private _states;
    /// @dev By the setter's key, so that it outlives the group. In ticks, see `ParameterStewardStep`.
    mapping(bytes32 key => uint256) private _fullAt;

    /// @param registry_ Whose certificates count.
    /// @param owner_ Who sets groups and the council: a timelock.
    constructor(IGuardianRegistry registry_, address owner_)
        Ownable(owner_)
        EIP712("Breakwater ParameterSteward", "1")
    {
        if (address(registry_).code.length == 0) revert RegistryMissing(address(registry_));
        _registry = registry_;
    }

    /// @inheritdoc IParameterSteward
    function setCouncil(address council_) external onlyOwner {
        _council = council_;
        emit CouncilSet(council_);
    }

    /// @inheritdoc IParameterSteward
    function submit(Change calldata change, uint256 bitmap, bytes calldata signatures) external {
        Group storage group = _existing(change.group);
        State storage state = _states[change.group];
        _requireCurrent(change, group, state);
        bytes32 digest = hashChange(change);
        if (!_registry.verifyCertificate(digest, change.epoch, bitmap, signatures)) {
            revert CertificateInvalid(digest);
        }
        uint256[] memory previous = _valuesOf(group);
        _requireSame(change.previousHash, previous);
        _requireAllowed(group, state, previous, change.values);
        state.nonce += 1;
        _drop(change.group, state);
        if (_loosens(group, previous, change.values)) {
            _enqueue(change, group, state);
        } else {
            _apply(change.group, group, previous, change.values);
        }
    }

    /// @inheritdoc IParameterSteward
    /// @dev Bounds, steps and delay were checked when the change was queued. Since then nothing of the group
    /// can have changed through the steward, or the change would have been dropped; and time alone only
    /// allows more.
    function enact(bytes32 id) external {
        Group storage group = _existing(id);
        State storage state = _states[id];
        uint256 from = state.enactableAt;
        if (from == 0) revert ChangeNotQueued(id);
        uint256 until = from + group.loosenDelaySeconds;
        if (block.timestamp < from || block.timestamp >= until) revert ChangeNotDue(from, until);
        _requireFeedFresh(group);
        uint256[] memory previous = _valuesOf(group);
        uint256[] memory values = state.pending;
        _requireSame(state.pendingOn, previous);
        _forget(state);
        _apply(id, group, previous, values);
    }

    /// @inheritdoc IParameterSteward
    function veto(bytes32 id) external {
        if (msg.sender != owner()) _requireCouncil();
        State storage state = _states[id];
        if (state.enactableAt == 0) revert ChangeNotQueued(id);
        _drop(id, state);
    }

    /// @inheritdoc IParameterSteward
    function revertChange(bytes32 id) external {
        _requireCouncil();
        Group storage group = _existing(id);
        State storage state = _states[id];
        if (state.applied == 0 || block.timestamp >= state.revertibleUntil) {
            revert RevertNotPossible(id, state.revertibleUntil);
        }
        uint256[] memory current = _valuesOf(group);
        _requireSame(state.applied, current);
        uint256[] memory values = state.previous;
        _requireInBounds(group, values);
        state.nonce += 1;
        state.applied = 0;
        _drop(id, state);
        emit ChangeReverted(id, values);
        _write(id, group, current, values);
    }

    /// @inheritdoc IParameterSteward
    function registry() external view returns (IGuardianRegistry) {
        return _registry;
    }

    /// @inheritdoc IParameterSteward
    function council() external view returns (address) {
        return _council;
    }

    /// @inheritdoc IParameterSteward
    function nonceOf(bytes32 id) external view returns (uint64) {
        return _states[id].nonce;
    }

    /// @inheritdoc IParameterSteward
    function pendingOf(bytes32 id)
        external
        view
        returns (uint256[] memory values, uint256 enactableAtSeconds)
    {
        State storage state = _states[id];
        return (state.pending, state.enactableAt);
    }

    /// @inheritdoc IParameterSteward
    function revertibleOf(bytes32 id) external view returns (uint256[] memory values, uint256 untilSeconds) {
        State storage state = _states[id];
        if (state.applied != 0) return (state.previous, state.revertibleUntil);
    }

    /// @inheritdoc IParameterSteward
    function stepLeft(bytes32 id, uint256 index) external view returns (uint256) {
        Group storage group = _existing(id);
        Parameter memory parameter = group.parameters[index];
        return _stepLeft(group.target, parameter, _valueOf(group.target, parameter.getter));
    }

    /// @inheritdoc IParameterSteward
    function hashChange(Change calldata change) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    CHANGE_TYPEHASH,
                    change.group,
                    _hashOf(change.values),
                    change.previousHash,
                    change.nonce,
                    change.epoch,
                    change.inputAtSeconds,
                    change.deadlineSeconds
                )
            )
        );
    }

    function _onTermsChanged(bytes32 id) internal override {
        State storage state = _states[id];
        state.applied = 0;
        // What was signed for the old terms is void.
        state.nonce += 1;
        _drop(id, state);
    }

    /// @dev The change is the group's next, in time, and rests on fresh inputs.
    function _requireCurrent(Change calldata change, Group storage group, State storage state) private view {
        if (block.timestamp > change.deadlineSeconds) {
            revert DeadlinePassed(change.deadlineSeconds, block.timestamp);
        }
        if (change.nonce != state.nonce) revert NonceMismatch(change.nonce, state.nonce);
        _requireFresh(change.inputAtSeconds, group.maxInputAgeSeconds);
        _requireFeedFresh(group);
    }

    function _requireFeedFresh(Group storage group) private view {
        if (address(group.feed) == address(0)) return;
        (,,, uint256 updatedAt,) = group.feed.latestRoundData();
        _requireFresh(updatedAt, group.maxInputAgeSeconds);
    }

    function _requireFresh(uint256 atSeconds, uint256 maxAgeSeconds) private view {
        if (atSeconds > block.timestamp || block.timestamp - atSeconds > maxAgeSeconds) {
            revert InputStale(atSeconds, block.timestamp, maxAgeSeconds);
        }
    }

    /// @dev The change comes late enough, stays in bounds, and moves nothing too far.
    function _requireAllowed(
        Group storage group,
        State storage state,
        uint256[] memory previous,
        uint256[] memory values
    ) private view {
        uint256 changeableAt = uint256(state.changedAt) + group.minDelaySeconds;
        if (block.timestamp < changeableAt) revert ChangeTooEarly(changeableAt);
        if (values.length != previous.length) revert ValueCountMismatch(values.length, previous.length);
        _requireInBounds(group, values);
        for (uint256 i = 0; i < values.length; ++i) {
            Parameter memory parameter = group.parameters[i];
            uint256 left = _stepLeft(group.target, parameter, previous[i]);
            if (ParameterStewardStep.distance(previous[i], values[i]) > left) {
                revert StepTooLarge(i, previous[i], values[i], left);
            }
        }
    }

    function _loosens(Group storage group, uint256[] memory previous, uint256[] memory values)
        private
        view
        returns (bool)
    {
        for (uint256 i = 0; i < values.length; ++i) {
            bool tightensUp = group.parameters[i].tightensUp;
            if (ParameterStewardStep.loosens(previous[i], values[i], tightensUp)) return true;
        }
        return false;
    }

    function _enqueue(Change calldata change, Group storage group, State storage state) private {
        uint256 enactableAt = block.timestamp + group.loosenDelaySeconds;
        state.enactableAt = enactableAt.toUint40();
        state.pendingOn = change.previousHash;
        state.pending = change.values;
        emit ChangeQueued(
            change.group, change.nonce, change.values, enactableAt, enactableAt + group.loosenDelaySeconds
        );
    }

    function _apply(bytes32 id, Group storage group, uint256[] memory previous, uint256[] memory values)
        private
    {
        State storage state = _states[id];
        for (uint256 i = 0; i < values.length; ++i) {
            _book(group.target, group.parameters[i], previous[i], values[i]);
        }
        state.changedAt = block.timestamp.toUint40();
        state.revertibleUntil = (block.timestamp + group.revertWindowSeconds).toUint40();
        state.applied = _hashOf(values);
        state.previous = previous;
        emit ChangeApplied(id, previous, values);
        _write(id, group, previous, values);
    }

    /// @dev Last of all, because it calls the target. Whatever fails undoes all of it.
    function _write(bytes32 id, Group storage group, uint256[] memory previous, uint256[] memory values)
        private
    {
        address target = group.target;
        for (uint256 i = 0; i < values.length; ++i) {
            if (values[i] == previous[i]) continue;
            target.functionCall(abi.encodeWithSelector(group.parameters[i].setter, values[i]));
        }
        uint256[] memory actual = _valuesOf(group);
        for (uint256 i = 0; i < values.length; ++i) {
            if (actual[i] != values[i]) revert ValueNotTaken(i, values[i], actual[i]);
        }
        _requireConsistent(id, group);
    }

    /// @dev The caller has checked that it is within the limit.
    function _book(address target, Parameter memory parameter, uint256 value, uint256 next) private {
        bytes32 key = _keyOf(target, parameter.setter);
        _fullAt[key] = ParameterStewardStep.advance(
            _fullAt[key],
            _nowTicks(),
            parameter.periodSeconds * FlowWindow.TICKS_PER_SECOND,
            value,
            next,
            parameter.maxStepBps,
            parameter.maxStep
        );
    }

    function _stepLeft(address target, Parameter memory parameter, uint256 value)
        private
        view
        returns (uint256)
    {
        uint256 ticks = parameter.periodSeconds * FlowWindow.TICKS_PER_SECOND;
        uint256 capacity = FlowWindow.capacity(value, parameter.maxStepBps, parameter.maxStep);
        uint256 fullAt = _fullAt[_keyOf(target, parameter.setter)];
        uint256 nowTicks = _nowTicks();
        return FlowWindow.left(fullAt, nowTicks, ticks, capacity, nowTicks + ticks);
    }

    function _drop(bytes32 id, State storage state) private {
        if (state.enactableAt == 0) return;
        _forget(state);
        emit ChangeDropped(id);
    }

    function _forget(State storage state) private {
        state.enactableAt = 0;
        state.pendingOn = 0;
        delete state.pending;
    }

    function _requireCouncil() private view {
        if (msg.sender != _council) revert CallerNotCouncil(msg.sender, _council);
    }

    function _requireSame(bytes32 expected, uint256[] memory values) private pure {
        bytes32 actual = _hashOf(values);
        if (actual != expected) revert PreviousMismatch(expected, actual);
    }

    function _hashOf(uint256[] memory values) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(values));
    }

    function _nowTicks() private view returns (uint256) {
        return block.timestamp * FlowWindow.TICKS_PER_SECOND;
    }
}
