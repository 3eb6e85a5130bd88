// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Pays out of its books, without a limit and without a condition
/// @notice For measuring only: `LimitedPayer` and `GuardedPayer` do the same under protection.
contract PlainPayer {
    using SafeERC20 for IERC20;

    IERC20 private immutable _asset;
    uint256 private _booked;

    /// @param asset What it pays in.
    /// @param booked_ What it may pay in all, in units of the asset.
    constructor(IERC20 asset, uint256 booked_) {
        (_asset, _booked) = (asset, booked_);
    }

    /// @notice Pays `amount`, in units of the asset.
    function take(address to, uint256 amount) external {
        _booked -= amount;
        _asset.safeTransfer(to, amount);
    }
}
