// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ExactTransfer} from "../token/ExactTransfer.sol";

/// @title Whose the pool's tokens are
/// @notice Two sums, in units of the asset: what is booked for underwriters, unearned premiums included, and
/// what is owed to others, which are bonds at stake and credits. The pool holds at least both together.
/// @dev Nothing but what came in through these functions counts: a donation changes no price.
abstract contract PoolLedger is ReentrancyGuardTransient {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    uint256 private _booked;
    uint256 private _owed;
    mapping(address account => uint256) private _credits;

    /// @notice `account` was paid what it had to its credit.
    event CreditPaid(address indexed account, uint256 amount);

    /// @notice Pays `account` what it has to its credit: claims paid and bonds returned. Anyone may ask.
    /// @dev Pulled, not pushed: one who cannot be paid must not keep others from being paid.
    function payCredit(address account) external nonReentrant {
        uint256 amount = _credits[account];
        _credits[account] = 0;
        _owed -= amount;
        emit CreditPaid(account, amount);
        _token().safeTransfer(account, amount);
    }

    /// @notice What the pool holds for underwriters by its books, unearned premiums included.
    function bookedAssets() external view returns (uint256) {
        return _booked;
    }

    /// @notice What the pool holds for others: bonds at stake, and credits.
    function owedAssets() external view returns (uint256) {
        return _owed;
    }

    /// @notice What `account` can have paid by `payCredit`.
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @dev What is booked, as far as it is really there.
    function _backedAssets() internal view returns (uint256) {
        return Math.min(_booked, Math.saturatingSub(_token().balanceOf(address(this)), _owed));
    }

    /// @dev Takes tokens for underwriters, or as a premium.
    function _bookIn(address from, uint256 amount) internal {
        _token().pull(from, amount);
        _booked += amount;
    }

    /// @dev Pays underwriters.
    function _bookOut(address to, uint256 amount) internal {
        _booked -= amount;
        _token().safeTransfer(to, amount);
    }

    /// @dev Takes a bond, which is owed to whoever will be right.
    function _takeBond(address from, uint256 amount) internal {
        _token().pull(from, amount);
        _owed += amount;
    }

    /// @dev Gives `account` a bond.
    function _creditBond(address account, uint256 amount) internal {
        _credits[account] += amount;
    }

    /// @dev Gives `account` what was the underwriters'.
    function _creditFromBooked(address account, uint256 amount) internal {
        _booked -= amount;
        _owed += amount;
        _credits[account] += amount;
    }

    /// @dev The asset.
    function _token() internal view virtual returns (IERC20);
}
