// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice A contract whose code is the data it was created with.
contract DataCode {
    constructor(bytes memory data) {
        assembly ("memory-safe") {
            return(add(data, 0x20), mload(data))
        }
    }
}

/// @title A list of addresses kept as the code of a contract
/// @notice Reading n addresses from storage costs 2,100 gas each; from code it is one EXTCODECOPY for all of
/// them.
/// @dev Layout: a STOP, so that nobody can run the data, then 20 bytes per address.
library SignerTable {
    uint256 private constant HEADER_BYTES = 1;
    uint256 private constant ENTRY_BYTES = 20;

    /// @notice Stores `signers` and returns where.
    function store(address[] memory signers) internal returns (address table) {
        bytes memory data = hex"00";
        for (uint256 i = 0; i < signers.length; ++i) {
            data = bytes.concat(data, bytes20(signers[i]));
        }
        return address(new DataCode(data));
    }

    /// @notice All entries, packed. Use `signerAt` to read one.
    function load(address table) internal view returns (bytes memory entries) {
        uint256 length = table.code.length - HEADER_BYTES;
        entries = new bytes(length);
        assembly ("memory-safe") {
            extcodecopy(table, add(entries, 0x20), HEADER_BYTES, length)
        }
    }

    /// @notice Number of addresses in `entries`.
    function count(bytes memory entries) internal pure returns (uint256) {
        return entries.length / ENTRY_BYTES;
    }

    /// @notice The address at `index`, which the caller has checked against `count`.
    function signerAt(bytes memory entries, uint256 index) internal pure returns (address signer) {
        assembly ("memory-safe") {
            signer := shr(96, mload(add(add(entries, 0x20), mul(index, ENTRY_BYTES))))
        }
    }
}
