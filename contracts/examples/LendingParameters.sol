// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title What a parameter steward may change in the lending market
/// @notice Only what is safe for open positions: both numbers are asked of who borrows or takes collateral
/// out, of nobody who just holds. The threshold for liquidation is a constant, because to change it would
/// liquidate.
abstract contract LendingParameters is Ownable {
    /// @notice Debt above this share of the collateral's worth is liquidated, in hundredths of a percent.
    uint256 public constant LIQUIDATION_BPS = 8_000;

    uint256 internal constant BPS = 10_000;

    address private _steward;
    uint256 private _borrowLimitBps = 7_000;
    uint256 private _debtCap;

    /// @notice The owner named the steward.
    event StewardSet(address indexed steward);
    /// @notice The steward changed the borrowing limit.
    event BorrowLimitSet(uint256 borrowLimitBps);
    /// @notice The steward changed the cap on debt.
    event DebtCapSet(uint256 debtCap);

    /// @notice Only the steward may do this.
    error CallerNotSteward(address caller, address steward);

    modifier onlySteward() {
        if (msg.sender != _steward) revert CallerNotSteward(msg.sender, _steward);
        _;
    }

    constructor(uint256 debtCap_) {
        _debtCap = debtCap_;
    }

    /// @notice Names who may change parameters; the zero address: nobody. Only the owner.
    function setSteward(address steward_) external onlyOwner {
        _steward = steward_;
        emit StewardSet(steward_);
    }

    /// @notice Sets the most that can be borrowed against collateral. Only the steward.
    function setBorrowLimitBps(uint256 value) external onlySteward {
        _borrowLimitBps = value;
        emit BorrowLimitSet(value);
    }

    /// @notice Sets the most that all may owe together. Only the steward.
    function setDebtCap(uint256 value) external onlySteward {
        _debtCap = value;
        emit DebtCapSet(value);
    }

    /// @notice Whether the parameters go together. The setters do not ask: the steward sets one after the
    /// other, asks this, and takes all of it back unless it is true.
    function areParametersConsistent() external view returns (bool) {
        return _borrowLimitBps < LIQUIDATION_BPS;
    }

    /// @notice Who may change parameters; the zero address until one is named.
    function steward() external view returns (address) {
        return _steward;
    }

    /// @notice Most debt as a share of the collateral's worth, in hundredths of a percent.
    function borrowLimitBps() public view returns (uint256) {
        return _borrowLimitBps;
    }

    /// @notice Most that all may owe together, in units of the dollar.
    function debtCap() public view returns (uint256) {
        return _debtCap;
    }
}
