// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Roles in the access manager
/// @notice Its admin (role 0) is the timelock, and nobody else.
library Roles {
    /// @notice May close contracts for a while: the council.
    uint64 internal constant EMERGENCY = 1;
    /// @notice May change parameters: the parameter steward, which has bounds and delays of its own.
    uint64 internal constant STEWARD = 2;
    /// @notice May brake: the circuit breaker or its adapters, which act by the guardians' certificates.
    uint64 internal constant BREAKER = 3;
}
