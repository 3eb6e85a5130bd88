// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What a protocol offers its circuit breaker
/// @notice Three levels of braking, each of which includes the milder ones: while paused, a contract is also
/// reduce-only and delays withdrawals. A brake never gets shorter but by `lift`, and ends by itself.
/// @dev A target of several parts brakes all of them or reverts. Whoever carries the action chooses its gas, and
/// the breaker acts once: a part whose failure is caught would stay open, and could be made to fail.
interface IBrakeTarget {
    /// @notice Level 1: holds withdrawals back for `durationSeconds` from now, unless they are already for
    /// longer.
    function delayWithdrawalsFor(uint256 durationSeconds) external;

    /// @notice Whether withdrawals are held back now, at this level or a higher one.
    function areWithdrawalsDelayed() external view returns (bool);

    /// @notice Level 2: admits only what reduces risk for `durationSeconds` from now, unless already for
    /// longer.
    function reduceOnlyFor(uint256 durationSeconds) external;

    /// @notice Whether only what reduces risk is admitted now, at this level or a higher one.
    function isReduceOnly() external view returns (bool);

    /// @notice Level 3: stops for `durationSeconds` from now, unless already for longer.
    function pauseFor(uint256 durationSeconds) external;

    /// @notice Whether everything that the contract can stop is stopped now.
    function isPaused() external view returns (bool);

    /// @notice Ends the brake at all levels, now.
    function lift() external;
}
