// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {InvariantGuard} from "../inline/InvariantGuard.sol";

/// @title `PlainPayer` under two conditions, and in nothing else different
/// @notice For measuring only.
contract GuardedPayer is InvariantGuard {
    using SafeERC20 for IERC20;

    uint32 private constant READ_GAS = 30_000;

    IERC20 private immutable _asset;
    uint256 private immutable _cap;
    uint256 private _booked;

    /// @param asset What it pays in.
    /// @param booked_ What it may pay in all, in units of the asset.
    constructor(IERC20 asset, uint256 booked_) {
        (_asset, _cap, _booked) = (asset, booked_, booked_);
    }

    /// @notice Pays `amount`, in units of the asset.
    function take(address to, uint256 amount) external guarded {
        _booked -= amount;
        _asset.safeTransfer(to, amount);
    }

    /// @notice What is left to pay, in units of the asset.
    function booked() external view returns (uint256) {
        return _booked;
    }

    /// @notice It has what it owes, and owes no more than at the beginning.
    function guardedConditions() public view override returns (Condition[] memory list) {
        Read memory owed = Read(address(this), abi.encodeCall(this.booked, ()));
        Read memory held = Read(address(_asset), abi.encodeCall(IERC20.balanceOf, (address(this))));
        list = new Condition[](2);
        list[0] = Condition("solvent", held, Comparison.AtLeast, owed, READ_GAS, false);
        list[1] =
            Condition("capped", owed, Comparison.AtMost, Read(address(0), abi.encode(_cap)), READ_GAS, false);
    }
}
