// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What Harbor's perpetuals owe their traders
/// @notice The cash of each account, and the fee rebates that were accrued and not yet claimed. All amounts
/// in units of the collateral.
/// @dev The perpetuals hold at least as many tokens as `totalClaims` says: each change here goes with a
/// transfer.
abstract contract PerpsCash {
    mapping(address account => uint256) private _cash;
    mapping(address account => mapping(uint256 dayIndex => uint256)) private _rebates;
    uint256 private _totalCash;
    uint256 private _rebatesOwed;

    /// @notice The account does not have that much cash.
    error CashInsufficient(address account, uint256 requested, uint256 cash);
    /// @notice Nothing accrued on this day, or it was claimed.
    error RebateMissing(address account, uint256 dayIndex);

    /// @notice Cash of `account`: deposits and realised profits, less withdrawals, realised losses and fees.
    function cashOf(address account) public view returns (uint256) {
        return _cash[account];
    }

    /// @notice Rebate that `account` can claim for a day.
    /// @param dayIndex Days since 1970 (UTC).
    function rebateOf(address account, uint256 dayIndex) public view returns (uint256) {
        return _rebates[account][dayIndex];
    }

    /// @notice All that is owed: the cash of all accounts and the rebates that were not claimed.
    function totalClaims() public view returns (uint256) {
        return _totalCash + _rebatesOwed;
    }

    function _credit(address account, uint256 amount) internal {
        _cash[account] += amount;
        _totalCash += amount;
    }

    function _debit(address account, uint256 amount) internal {
        uint256 cash = _cash[account];
        if (amount > cash) revert CashInsufficient(account, amount, cash);
        _cash[account] = cash - amount;
        _totalCash -= amount;
    }

    /// @dev Books a rebate of today's fees.
    function _accrueRebate(address account, uint256 amount) internal {
        _rebates[account][block.timestamp / 1 days] += amount;
        _rebatesOwed += amount;
    }

    /// @dev Takes the rebate of a day off the books. What is paid in fees on the same day later accrues anew.
    function _takeRebate(address account, uint256 dayIndex) internal virtual returns (uint256 amount) {
        amount = _rebates[account][dayIndex];
        if (amount == 0) revert RebateMissing(account, dayIndex);
        delete _rebates[account][dayIndex];
        _rebatesOwed -= amount;
    }
}
