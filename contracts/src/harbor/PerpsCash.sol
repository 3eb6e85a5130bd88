// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title What the tokens of Harbor's perpetuals are for
/// @notice The cash of each account, the fee rebates that were accrued and not yet claimed, the insurance
/// fund, and the guardians' share of the fees. All amounts in units of the collateral.
/// @dev There are at least as many tokens as all of this comes to: each change here goes with a transfer, or
/// with an equal change the other way.
abstract contract PerpsCash {
    mapping(address account => uint256) private _cash;
    mapping(address account => mapping(uint256 dayIndex => uint256)) private _rebates;
    uint256 private _totalCash;
    uint256 private _rebatesOwed;
    uint128 private _insuranceFund;
    uint128 private _guardianFees;

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

    /// @notice What pays the losses that liquidated accounts cannot.
    function insuranceFund() public view returns (uint256) {
        return _insuranceFund;
    }

    /// @notice The guardians' share of the fees, as far as it was not sent to them yet.
    function guardianFees() public view returns (uint256) {
        return _guardianFees;
    }

    /// @dev The cash of all accounts and the rebates that were not claimed.
    function _tradersOwn() internal view returns (uint256) {
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

    /// @dev Adds to the insurance fund and to the guardians' share.
    function _reserve(uint256 forInsurance, uint256 forGuardians) internal {
        _insuranceFund = SafeCast.toUint128(_insuranceFund + forInsurance);
        _guardianFees = SafeCast.toUint128(_guardianFees + forGuardians);
    }

    /// @dev Takes up to `amount` out of the insurance fund.
    function _takeInsurance(uint256 amount) internal returns (uint256 taken) {
        taken = Math.min(amount, _insuranceFund);
        // At most the fund, which fits.
        _insuranceFund -= uint128(taken);
    }

    /// @dev Takes all of the guardians' share.
    function _takeGuardianFees() internal returns (uint256 amount) {
        amount = _guardianFees;
        _guardianFees = 0;
    }
}
