// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBrakeTarget} from "../breaker/IBrakeTarget.sol";

/// @title A contract that its circuit breaker can brake
/// @notice Consumers put `unlessWithdrawalsDelayed`, `unlessReduceOnly` or `unlessPaused` on their functions.
/// Which belongs where is the consumer's business, by the table in `IBrakeTarget`; what must stay open in an
/// emergency, such as adding margin, bears none.
abstract contract Brakeable is IBrakeTarget, Ownable {
    using SafeCast for uint256;

    /// @dev One slot. Block timestamps in seconds, each at or before the one above it.
    struct Until {
        uint40 delayed;
        uint40 reduceOnly;
        uint40 paused;
    }

    address private _breaker;
    Until private _until;

    /// @notice The owner named the circuit breaker.
    event BreakerSet(address indexed breaker);
    /// @notice `level` (1 delay withdrawals, 2 reduce-only, 3 pause) holds until `untilSeconds`, a block
    /// timestamp.
    event Braked(uint8 indexed level, uint256 untilSeconds);
    /// @notice The brake ended early.
    event BrakeLifted();

    /// @notice The circuit breaker is named once.
    error BreakerAlreadySet(address breaker);
    /// @notice The zero address cannot brake.
    error BreakerZero();
    /// @notice Only the circuit breaker may do this.
    error CallerNotBreaker(address caller, address breaker);
    /// @notice What was asked for is stopped at `level` and above, until `untilSeconds`.
    error BrakeHolds(uint8 level, uint256 untilSeconds);

    modifier onlyBreaker() {
        if (msg.sender != _breaker) revert CallerNotBreaker(msg.sender, _breaker);
        _;
    }

    /// @dev For what takes value out.
    modifier unlessWithdrawalsDelayed() {
        if (areWithdrawalsDelayed()) revert BrakeHolds(1, _until.delayed);
        _;
    }

    /// @dev For what adds risk.
    modifier unlessReduceOnly() {
        if (isReduceOnly()) revert BrakeHolds(2, _until.reduceOnly);
        _;
    }

    /// @dev For what relies on a price or on the books: closing and liquidating, where they do.
    modifier unlessPaused() {
        if (isPaused()) revert BrakeHolds(3, _until.paused);
        _;
    }

    constructor() {
        // Any time in the past will do. It spares the first brake the price of a new slot.
        _endNow();
    }

    /// @notice Names the circuit breaker. Only the owner, once.
    function setBreaker(address breaker_) external onlyOwner {
        if (_breaker != address(0)) revert BreakerAlreadySet(_breaker);
        if (breaker_ == address(0)) revert BreakerZero();
        _breaker = breaker_;
        emit BreakerSet(breaker_);
    }

    /// @notice The circuit breaker; the zero address until it is named.
    function breaker() external view returns (address) {
        return _breaker;
    }

    /// @inheritdoc IBrakeTarget
    function delayWithdrawalsFor(uint256 durationSeconds) external onlyBreaker {
        _brake(1, durationSeconds);
    }

    /// @inheritdoc IBrakeTarget
    function reduceOnlyFor(uint256 durationSeconds) external onlyBreaker {
        _brake(2, durationSeconds);
    }

    /// @inheritdoc IBrakeTarget
    function pauseFor(uint256 durationSeconds) external onlyBreaker {
        _brake(3, durationSeconds);
    }

    /// @inheritdoc IBrakeTarget
    function lift() external onlyBreaker {
        _endNow();
        emit BrakeLifted();
    }

    /// @inheritdoc IBrakeTarget
    function areWithdrawalsDelayed() public view returns (bool) {
        return block.timestamp < _until.delayed;
    }

    /// @inheritdoc IBrakeTarget
    function isReduceOnly() public view returns (bool) {
        return block.timestamp < _until.reduceOnly;
    }

    /// @inheritdoc IBrakeTarget
    function isPaused() public view returns (bool) {
        return block.timestamp < _until.paused;
    }

    function _brake(uint8 level, uint256 durationSeconds) private {
        uint40 untilSeconds = (block.timestamp + durationSeconds).toUint40();
        Until memory until = _until;
        if (untilSeconds > until.delayed) until.delayed = untilSeconds;
        if (level >= 2 && untilSeconds > until.reduceOnly) until.reduceOnly = untilSeconds;
        if (level == 3 && untilSeconds > until.paused) until.paused = untilSeconds;
        _until = until;
        emit Braked(level, untilSeconds);
    }

    function _endNow() private {
        uint40 nowSeconds = block.timestamp.toUint40();
        _until = Until(nowSeconds, nowSeconds, nowSeconds);
    }
}
