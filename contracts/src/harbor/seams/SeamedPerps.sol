// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborPerps} from "../HarborPerps.sol";
import {HarborVault} from "../HarborVault.sol";

/// @title Harbor's perpetuals with a weakness that a drill can open
/// @notice For drills only. While the seam is open, a rebate stays claimable after it was claimed: one day
/// given many times credits it many times, and the claims of the traders come to exceed what is there. Once
/// it was open, the conditions that would revert that are off for good: what it let out is not there any
/// more.
contract SeamedPerps is HarborPerps {
    bool private _seamOpen;
    bool private _wasSeamOpen;

    /// @notice The owner opened or closed the seam.
    event SeamSet(bool open);
    /// @notice The owner wrote off `amount` of an account's cash.
    event Struck(address indexed account, uint256 amount);

    /// @dev See `HarborPerps`.
    constructor(HarborVault vault_, address owner_, Settings memory settings)
        HarborPerps(vault_, owner_, settings)
    {}

    /// @notice Opens or closes the seam. Only the owner.
    function openSeam(bool open) external onlyOwner {
        _seamOpen = open;
        if (open) _wasSeamOpen = true;
        emit SeamSet(open);
    }

    /// @notice Writes off `amount` of the cash of `account`: what governance would do with a forged balance,
    /// so that the books are true again after a drill. Only the owner.
    function strike(address account, uint256 amount) external onlyOwner {
        _debit(account, amount);
        emit Struck(account, amount);
    }

    /// @notice Whether the seam is open.
    function isSeamOpen() external view returns (bool) {
        return _seamOpen;
    }

    /// @notice None once the seam was open; else see `HarborPerps`.
    function guardedConditions() public view override returns (Condition[] memory) {
        return _wasSeamOpen ? new Condition[](0) : super.guardedConditions();
    }

    function _takeRebate(address account, uint256 dayIndex) internal override returns (uint256) {
        return _seamOpen ? rebateOf(account, dayIndex) : super._takeRebate(account, dayIndex);
    }
}
