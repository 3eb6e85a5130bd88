// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeTarget} from "../IBrakeTarget.sol";
import {ObeysBreaker} from "./ObeysBreaker.sol";

/// @title Adapters of several levels as one target
/// @notice So that a pause can be followed by reduce-only: a `PausableAdapter` and a `FlagAdapter`, say. The
/// parts obey this contract in the place of the breaker.
contract AdapterSet is IBrakeTarget, ObeysBreaker {
    uint8 private constant LEVELS = 3;

    IBrakeTarget[LEVELS] private _parts;
    bool private _areSet;

    /// @notice The owner named the adapters of levels 1, 2 and 3.
    event PartsSet(IBrakeTarget[3] parts);

    /// @notice The adapters are named once.
    error PartsAlreadySet();
    /// @notice There is no adapter for this level.
    error PartMissing(uint8 level);

    constructor(address breaker_, address owner_) ObeysBreaker(breaker_, owner_) {}

    /// @notice Names the adapters of levels 1, 2 and 3, the zero address for none. Only the owner, once. Of
    /// `IBrakeTarget` each needs the functions of its own level, and `lift`.
    function setParts(IBrakeTarget[3] calldata parts_) external onlyOwner {
        if (_areSet) revert PartsAlreadySet();
        _areSet = true;
        for (uint256 i = 0; i < LEVELS; ++i) {
            _parts[i] = parts_[i];
        }
        emit PartsSet(parts_);
    }

    /// @inheritdoc IBrakeTarget
    function delayWithdrawalsFor(uint256 durationSeconds) external onlyBreaker {
        _part(1).delayWithdrawalsFor(durationSeconds);
    }

    /// @inheritdoc IBrakeTarget
    function reduceOnlyFor(uint256 durationSeconds) external onlyBreaker {
        _part(2).reduceOnlyFor(durationSeconds);
        if (_has(1)) _part(1).delayWithdrawalsFor(durationSeconds);
    }

    /// @inheritdoc IBrakeTarget
    function pauseFor(uint256 durationSeconds) external onlyBreaker {
        _part(3).pauseFor(durationSeconds);
        if (_has(2)) _part(2).reduceOnlyFor(durationSeconds);
        if (_has(1)) _part(1).delayWithdrawalsFor(durationSeconds);
    }

    /// @inheritdoc IBrakeTarget
    function lift() external onlyBreaker {
        for (uint8 level = 1; level <= LEVELS; ++level) {
            if (_has(level)) _part(level).lift();
        }
    }

    /// @inheritdoc IBrakeTarget
    function areWithdrawalsDelayed() public view returns (bool) {
        return _part(1).areWithdrawalsDelayed();
    }

    /// @inheritdoc IBrakeTarget
    /// @dev And all that the level includes.
    function isReduceOnly() public view returns (bool) {
        return _part(2).isReduceOnly() && (!_has(1) || areWithdrawalsDelayed());
    }

    /// @inheritdoc IBrakeTarget
    /// @dev And all that the level includes.
    function isPaused() external view returns (bool) {
        if (!_part(3).isPaused()) return false;
        return _has(2) ? isReduceOnly() : !_has(1) || areWithdrawalsDelayed();
    }

    /// @notice The adapters of levels 1, 2 and 3.
    function parts() external view returns (IBrakeTarget[3] memory) {
        return _parts;
    }

    function _has(uint8 level) private view returns (bool) {
        return address(_parts[level - 1]) != address(0);
    }

    function _part(uint8 level) private view returns (IBrakeTarget) {
        if (!_has(level)) revert PartMissing(level);
        return _parts[level - 1];
    }
}
