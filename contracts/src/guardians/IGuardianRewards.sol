// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Who takes what protocols pay their guardians
interface IGuardianRewards {
    /// @notice Takes `amount` of the token that rewards are paid in, which the caller has allowed.
    function fundRewards(uint256 amount) external;
}
