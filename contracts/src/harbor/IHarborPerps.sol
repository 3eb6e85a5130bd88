// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What the vault asks of the perpetuals
interface IHarborPerps {
    /// @notice What the vault would owe all traders together if every position were closed now, funding
    /// included: units of the collateral, rounded against the vault. Negative when the traders owe the vault.
    function unrealisedProfit() external view returns (int256);
}
