// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Tokens held for others
/// @notice Tokens come in and go out here only. What accounts earn is credited and waits until it is
/// withdrawn, so that nothing that decides about guardians ever calls a token.
/// @dev Solvency: `liabilities` moves by exactly what comes in and goes out, so it never exceeds the balance
/// of a token that takes no fee on transfers and changes no balances by itself. No other token may be used;
/// a fee on the way in is refused. What is sent here without a call belongs to nobody.
abstract contract TokenLedger is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    IERC20 private immutable _token;
    uint256 private _liabilities;
    mapping(address account => uint256) private _owed;

    /// @notice What `account` was owed has been paid, in units of the token.
    event Withdrawn(address indexed account, uint256 amount);

    /// @notice The token brought another amount than was sent.
    error TransferMismatch(uint256 expected, uint256 received);
    /// @notice Nothing is owed to this account.
    error NothingOwed(address account);

    constructor(IERC20 token_) {
        _token = token_;
    }

    /// @notice Pays `account` all that it is owed. Anyone may call it.
    function withdraw(address account) external nonReentrant {
        uint256 amount = _owed[account];
        if (amount == 0) revert NothingOwed(account);
        _owed[account] = 0;
        emit Withdrawn(account, amount);
        _pay(account, amount);
    }

    /// @notice The token of stake, rewards and bounties.
    function token() external view returns (IERC20) {
        return _token;
    }

    /// @notice What `account` has earned and not withdrawn: rewards and bounties.
    function owedTo(address account) external view returns (uint256) {
        return _owed[account];
    }

    /// @notice All that this contract holds for others: stake, queued stake, slashed stake, rewards not yet
    /// shared out, and what is owed. Never more than its balance.
    function liabilities() external view returns (uint256) {
        return _liabilities;
    }

    /// @dev Takes exactly `amount` from the caller. Guarded against re-entrance by the caller's function.
    function _take(uint256 amount) internal {
        uint256 before = _token.balanceOf(address(this));
        _token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = _token.balanceOf(address(this)) - before;
        if (received != amount) revert TransferMismatch(amount, received);
        _liabilities += amount;
    }

    /// @dev Pays out of what is held. The last thing that a function does.
    function _pay(address account, uint256 amount) internal {
        _liabilities -= amount;
        _token.safeTransfer(account, amount);
    }

    /// @dev What was held for someone else is owed to `account` now.
    function _credit(address account, uint256 amount) internal {
        if (amount != 0) _owed[account] += amount;
    }
}
