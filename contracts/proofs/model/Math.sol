// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What the functions of OpenZeppelin's Math that are used mean
/// @notice The model checker reads this in place of the library, whose assembly and branchless selections it
/// cannot follow. `Model.t.sol` compares the two.
library Math {
    function max(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }

    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function saturatingSub(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a - b : 0;
    }

    function ceilDiv(uint256 a, uint256 b) internal pure returns (uint256) {
        return a == 0 ? 0 : (a - 1) / b + 1;
    }
}
