// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Who takes what protocols pay their guardians
interface IGuardianRewards {
    /// @notice The token that rewards are paid in.
    function token() external view returns (IERC20);

    /// @notice Takes `amount` of the token that rewards are paid in, which the caller has allowed.
    function fundRewards(uint256 amount) external;
}
