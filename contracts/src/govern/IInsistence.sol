// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What can no longer be vetoed
interface IInsistence {
    /// @notice Whether governance decided on this operation of its timelock a second time, with a supermajority
    /// and after a longer time, although it had been vetoed. Nobody may veto it again.
    function isInsisted(bytes32 operationId) external view returns (bool);
}
