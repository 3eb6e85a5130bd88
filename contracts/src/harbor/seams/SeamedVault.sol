// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {HarborVault} from "../HarborVault.sol";

/// @title Harbor's vault with a weakness that a drill can open
/// @notice For drills only. While the seam is open, nobody asks whether the owner of shares allowed the
/// withdrawal: anyone withdraws any provider's shares to any address, through the limit, the requests and the
/// brake that hold for all.
contract SeamedVault is HarborVault {
    bool private _seamOpen;

    /// @notice The owner opened or closed the seam.
    event SeamSet(bool open);

    /// @dev See `HarborVault`.
    constructor(IERC20 asset_, address owner_, Limit memory limit, uint256 withdrawalDelaySeconds_)
        HarborVault(asset_, owner_, limit, withdrawalDelaySeconds_)
    {}

    /// @notice Opens or closes the seam. Only the owner.
    function openSeam(bool open) external onlyOwner {
        _seamOpen = open;
        emit SeamSet(open);
    }

    /// @notice Whether the seam is open.
    function isSeamOpen() external view returns (bool) {
        return _seamOpen;
    }

    function _withdraw(address caller, address receiver, address owner, uint256 assets, uint256 shares)
        internal
        override
    {
        // Owners need no allowance for themselves.
        super._withdraw(_seamOpen ? owner : caller, receiver, owner, assets, shares);
    }
}
