// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What the functions of OpenZeppelin's SafeCast that are used mean, see `Math`
library SafeCast {
    function toUint64(uint256 value) internal pure returns (uint64) {
        require(value <= type(uint64).max);
        return uint64(value);
    }
}
