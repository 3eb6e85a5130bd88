// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title The least that a target has to be: an example
/// @notice It has an owner, obeys the breaker, and brakes at one level. A level that is not registered needs
/// no functions.
contract SelfPausing is Ownable {
    address private immutable _breaker;
    uint256 private _pausedUntil;

    /// @notice Only the circuit breaker may do this.
    error CallerNotBreaker(address caller);
    /// @notice Stopped until a block timestamp.
    error Paused(uint256 untilSeconds);

    modifier onlyBreaker() {
        if (msg.sender != _breaker) revert CallerNotBreaker(msg.sender);
        _;
    }

    modifier unlessPaused() {
        if (isPaused()) revert Paused(_pausedUntil);
        _;
    }

    /// @param owner_ Who registers it at the breaker: a timelock.
    constructor(address breaker_, address owner_) Ownable(owner_) {
        _breaker = breaker_;
    }

    /// @notice Level 3: stops for `durationSeconds` from now, unless already for longer.
    function pauseFor(uint256 durationSeconds) external onlyBreaker {
        uint256 until = block.timestamp + durationSeconds;
        if (until > _pausedUntil) _pausedUntil = until;
    }

    /// @notice Ends the brake now.
    function lift() external onlyBreaker {
        _pausedUntil = block.timestamp;
    }

    /// @notice What the brake is to stop.
    function trade() external unlessPaused {}

    /// @notice Whether it is stopped now.
    function isPaused() public view returns (bool) {
        return block.timestamp < _pausedUntil;
    }
}
