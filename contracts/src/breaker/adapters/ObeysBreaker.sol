// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title Has an owner, who registers it at the breaker, and obeys the breaker alone
abstract contract ObeysBreaker is Ownable {
    address private immutable _breaker;

    /// @notice The zero address cannot brake.
    error BreakerZero();
    /// @notice Only the circuit breaker may do this.
    error CallerNotBreaker(address caller, address breaker);

    modifier onlyBreaker() {
        if (msg.sender != _breaker) revert CallerNotBreaker(msg.sender, _breaker);
        _;
    }

    /// @param breaker_ The one circuit breaker that it obeys.
    /// @param owner_ Owner of what is braked.
    constructor(address breaker_, address owner_) Ownable(owner_) {
        if (breaker_ == address(0)) revert BreakerZero();
        _breaker = breaker_;
    }

    /// @notice The circuit breaker.
    function breaker() external view returns (address) {
        return _breaker;
    }
}
