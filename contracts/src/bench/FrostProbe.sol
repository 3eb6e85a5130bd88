// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FrostVerifier} from "../guardians/FrostVerifier.sol";

/// @title What verifying a group's signature costs, without anything around it
/// @notice For measuring only.
contract FrostProbe {
    /// @notice As `FrostVerifier.verify`.
    /// @return valid Whether the signature is good.
    /// @return gasUsed What finding that out used.
    function measure(bytes32 digest, uint256 keyX, uint8 keyPrefix, uint256 rx, uint256 ry, uint256 z)
        external
        view
        returns (bool valid, uint256 gasUsed)
    {
        uint256 before = gasleft();
        valid = FrostVerifier.verify(digest, keyX, keyPrefix, rx, ry, z);
        gasUsed = before - gasleft();
    }
}
