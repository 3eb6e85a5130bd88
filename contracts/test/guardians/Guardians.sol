// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "../Test.sol";

/// @notice Guardians with known keys.
abstract contract Guardians is Test {
    function key(uint256 guardian) internal pure returns (uint256) {
        return 0xB4EA + guardian;
    }

    /// @notice The addresses of `count` guardians.
    function guardianList(uint256 count) internal pure returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = vm.addr(key(i));
        }
    }

    /// @notice One guardian's signature in 64 bytes (EIP-2098).
    function signatureOf(uint256 guardian, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 vs) = vm.signCompact(key(guardian), digest);
        return bytes.concat(r, vs);
    }

    /// @notice The signatures of all guardians in `bitmap`.
    function signaturesOf(uint256 bitmap, bytes32 digest) internal pure returns (bytes memory signatures) {
        for (uint256 i = 0; bitmap >> i != 0; ++i) {
            if ((bitmap >> i) & 1 == 1) signatures = bytes.concat(signatures, signatureOf(i, digest));
        }
    }

    /// @notice Number of bits set.
    function size(uint256 bitmap) internal pure returns (uint256 count) {
        for (; bitmap != 0; bitmap &= bitmap - 1) {
            ++count;
        }
    }
}
