// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {AggregatorV3Interface} from "../oracle/AggregatorV3Interface.sol";

/// @title What a steward may change, and how far
/// @notice Set by the owner, which must be a timelock. Parameters that are only safe together form a group:
/// they change together or not at all. Each parameter is in one group.
abstract contract ParameterStewardGroups is Ownable {
    using Address for address;

    uint256 private constant MAX_PARAMETERS = 8;
    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_SECONDS = 365 days;

    /// @notice One number that a protocol lets the steward set.
    /// @param setter Function of the target that takes the value, a uint256. The steward must be allowed to
    /// call it.
    /// @param getter View function of the target, without arguments, that returns the value.
    /// @param tightensUp Whether a higher value protects more.
    /// @param maxStepBps Most that the value moves in any period, up and down added up, as a share of the
    /// largest value in it, in hundredths of a percent, at most 10,000; half of it at once. 0: no such cap.
    /// @param periodSeconds The period, 1 second to 365 days.
    /// @param maxStep The same in the parameter's unit; the lower one of the two holds, and one is needed. 0:
    /// none.
    /// @param min Lowest value.
    /// @param max Highest value.
    struct Parameter {
        bytes4 setter;
        bytes4 getter;
        bool tightensUp;
        uint16 maxStepBps;
        uint32 periodSeconds;
        uint128 maxStep;
        uint128 min;
        uint128 max;
    }

    /// @notice Parameters that change together.
    /// @param target Contract that they are of.
    /// @param check View function of the target, without arguments, that returns whether its parameters go
    /// together. The setters must not check that themselves: they are called one after the other.
    /// @param minDelaySeconds Least time from one change to the next.
    /// @param loosenDelaySeconds How long a change that weakens the protection waits, and then how long it
    /// can be enacted; 1 second to 365 days.
    /// @param revertWindowSeconds How long the council can undo a change; at most the least time between
    /// changes.
    /// @param maxInputAgeSeconds Oldest inputs that a change may rest on; at least a second.
    /// @param feed Feed that must not be older either; the zero address: none.
    /// @param parameters One to eight.
    struct Group {
        address target;
        bytes4 check;
        uint32 minDelaySeconds;
        uint32 loosenDelaySeconds;
        AggregatorV3Interface feed;
        uint32 revertWindowSeconds;
        uint32 maxInputAgeSeconds;
        Parameter[] parameters;
    }

    mapping(bytes32 id => Group) private _groups;
    /// @dev The group that a setter or getter of a target is in; see `_keyOf`.
    mapping(bytes32 key => bytes32 id) private _groupOfKey;

    /// @notice The owner set a group.
    event GroupSet(bytes32 indexed id, Group group);
    /// @notice The owner took a group from the steward.
    event GroupRemoved(bytes32 indexed id);

    /// @notice Zero names no group.
    error GroupIdMissing();
    /// @notice There is no such group.
    error GroupUnknown(bytes32 id);
    /// @notice A group has one to eight parameters.
    error ParameterCountOutOfRange(uint256 count, uint256 maxCount);
    /// @notice The function is in a group already.
    error ParameterTaken(address target, bytes4 selector, bytes32 id);
    /// @notice A parameter needs a setter and a getter, and a group a check.
    error SelectorMissing();
    /// @notice The lowest value must not be above the highest one.
    error BoundsInverted(uint256 index, uint256 min, uint256 max);
    /// @notice A parameter needs a cap on its moves, and its share is at most 10,000 hundredths of a percent.
    error StepOutOfRange(uint256 index, uint256 maxStepBps, uint256 maxStep);
    /// @notice A duration is out of its range.
    error SecondsOutOfRange(uint256 value, uint256 minSeconds, uint256 maxSeconds);
    /// @notice The value is out of its parameter's bounds.
    error ValueOutOfRange(uint256 index, uint256 value, uint256 min, uint256 max);
    /// @notice The parameters do not go together.
    error GroupInconsistent(bytes32 id);

    /// @notice Sets a group, new or in place of what it was. Only the owner. Values as they are must be in
    /// bounds and go together. What a parameter has moved of late still counts; a change that waits, and the
    /// right to undo the last one, end.
    function setGroup(bytes32 id, Group calldata group) external onlyOwner {
        if (id == 0) revert GroupIdMissing();
        _release(id);
        _requireUsable(group);
        for (uint256 i = 0; i < group.parameters.length; ++i) {
            _take(id, group.target, group.parameters[i].setter);
            _take(id, group.target, group.parameters[i].getter);
        }
        _groups[id] = group;
        Group storage stored = _groups[id];
        _requireInBounds(stored, _valuesOf(stored));
        _requireConsistent(id, stored);
        emit GroupSet(id, group);
    }

    /// @notice Takes a group from the steward. Only the owner.
    function removeGroup(bytes32 id) external onlyOwner {
        _existing(id);
        _release(id);
        emit GroupRemoved(id);
    }

    /// @notice A group as it was set.
    function groupOf(bytes32 id) external view returns (Group memory) {
        return _existing(id);
    }

    /// @notice The values of a group as they are, in the order of its parameters.
    function valuesOf(bytes32 id) external view returns (uint256[] memory) {
        return _valuesOf(_existing(id));
    }

    /// @dev Forgets what rests on the terms of a group that are about to change.
    function _onTermsChanged(bytes32 id) internal virtual;

    function _existing(bytes32 id) internal view returns (Group storage group) {
        group = _groups[id];
        if (group.target == address(0)) revert GroupUnknown(id);
    }

    function _valuesOf(Group storage group) internal view returns (uint256[] memory values) {
        values = new uint256[](group.parameters.length);
        for (uint256 i = 0; i < values.length; ++i) {
            values[i] = _valueOf(group.target, group.parameters[i].getter);
        }
    }

    function _valueOf(address target, bytes4 getter) internal view returns (uint256) {
        return abi.decode(target.functionStaticCall(abi.encodePacked(getter)), (uint256));
    }

    function _requireInBounds(Group storage group, uint256[] memory values) internal view {
        for (uint256 i = 0; i < values.length; ++i) {
            (uint256 min, uint256 max) = (group.parameters[i].min, group.parameters[i].max);
            if (values[i] < min || values[i] > max) revert ValueOutOfRange(i, values[i], min, max);
        }
    }

    function _requireConsistent(bytes32 id, Group storage group) internal view {
        bytes memory answer = group.target.functionStaticCall(abi.encodePacked(group.check));
        if (!abi.decode(answer, (bool))) revert GroupInconsistent(id);
    }

    /// @dev Names a function of a target.
    function _keyOf(address target, bytes4 selector) internal pure returns (bytes32) {
        return bytes32(abi.encodePacked(target, selector));
    }

    /// @dev Both the setter and the getter, so that no parameter is reached in two ways.
    function _take(bytes32 id, address target, bytes4 selector) private {
        if (selector == 0) revert SelectorMissing();
        bytes32 key = _keyOf(target, selector);
        if (_groupOfKey[key] != 0) revert ParameterTaken(target, selector, _groupOfKey[key]);
        _groupOfKey[key] = id;
    }

    function _release(bytes32 id) private {
        Group storage group = _groups[id];
        for (uint256 i = 0; i < group.parameters.length; ++i) {
            delete _groupOfKey[_keyOf(group.target, group.parameters[i].setter)];
            delete _groupOfKey[_keyOf(group.target, group.parameters[i].getter)];
        }
        delete _groups[id];
        _onTermsChanged(id);
    }

    function _requireUsable(Group calldata group) private pure {
        uint256 count = group.parameters.length;
        if (count == 0 || count > MAX_PARAMETERS) revert ParameterCountOutOfRange(count, MAX_PARAMETERS);
        if (group.check == 0) revert SelectorMissing();
        _requireSeconds(group.minDelaySeconds, 0, MAX_SECONDS);
        _requireSeconds(group.loosenDelaySeconds, 1, MAX_SECONDS);
        _requireSeconds(group.revertWindowSeconds, 0, group.minDelaySeconds);
        _requireSeconds(group.maxInputAgeSeconds, 1, MAX_SECONDS);
        for (uint256 i = 0; i < count; ++i) {
            Parameter calldata parameter = group.parameters[i];
            if (parameter.min > parameter.max) revert BoundsInverted(i, parameter.min, parameter.max);
            bool capless = parameter.maxStepBps == 0 && parameter.maxStep == 0;
            if (capless || parameter.maxStepBps > BPS) {
                revert StepOutOfRange(i, parameter.maxStepBps, parameter.maxStep);
            }
            _requireSeconds(parameter.periodSeconds, 1, MAX_SECONDS);
        }
    }

    function _requireSeconds(uint256 value, uint256 minSeconds, uint256 maxSeconds) private pure {
        if (value < minSeconds || value > maxSeconds) {
            revert SecondsOutOfRange(value, minSeconds, maxSeconds);
        }
    }
}
