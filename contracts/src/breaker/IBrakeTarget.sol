// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What a protocol offers its circuit breaker
/// @notice Three levels of braking, each of which includes the milder ones: while paused, a contract is also
/// reduce-only and delays withdrawals. A brake never gets shorter but by `lift`, and ends by itself.
/// A brake does harm of its own, to those whom it keeps from acting. So what makes an account safer stays
/// open as long as it can be done rightly:
/// - adding margin or collateral, and repaying: at every level;
/// - closing and reducing: at levels 1 and 2, and at level 3 where it needs no price;
/// - liquidating: at levels 1 and 2, so that the brake is no shelter for those who should be liquidated;
/// - opening, borrowing and raising leverage: at level 1 only;
/// - withdrawing value: at no level.
/// Level 3 means that a price or the books are in doubt: to close or to liquidate by them would do the harm
/// that the brake is there to prevent. Without such a doubt, level 2 is the strictest to ask for. What comes
/// after level 3 is level 2, by the breaker's tail: positions can be closed and topped up before anyone can
/// leave.
/// @dev A target of several parts brakes all of them or reverts. Whoever carries the action chooses its gas,
/// and the breaker acts once: a part whose failure is caught would stay open, and could be made to fail.
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
