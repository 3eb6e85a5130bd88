// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Many reads in one eth_call, without anything deployed
/// @notice Call it with no recipient and `creation code ‖ abi.encode(reads)` as data: the constructor does
/// the reads and answers `abi.encode(Result[])`, one result per read in the same order.
/// @dev Nodes bound what a creation may return to 24,576 bytes (EIP-170) and what it may be given to 49,152
/// bytes (EIP-3860): 100 reads of one word stay well below both. The answer begins with the offset 0x20, so
/// it never has the first byte 0xEF that EIP-3541 forbids.
contract ValueReader {
    /// @param target Contract to call, or account whose native balance is wanted.
    /// @param data Calldata; not looked at for a balance.
    /// @param balance Whether to read the native balance of `target`, in wei, instead of calling it.
    struct Read {
        address target;
        bytes data;
        bool balance;
    }

    /// @param ok Whether the call returned. A call to an account without code does, with no data.
    /// @param data What it returned or reverted with: at most 1,024 bytes, the rest is cut off.
    struct Result {
        bool ok;
        bytes data;
    }

    /// @notice The call itself was given too little gas to tell a failing read from a starved one.
    error GasTooLow(uint256 read, uint256 gasLeft, uint256 gasNeeded);

    uint256 private constant READ_GAS = 2_000_000;
    /// @dev A call passes on at most 63/64 of what is left (EIP-150); the rest is for storing the result.
    uint256 private constant GAS_NEEDED = READ_GAS * 64 / 63 + 50_000;
    uint256 private constant RETURN_BYTES_MAX = 1_024;

    constructor(Read[] memory reads) {
        Result[] memory results = new Result[](reads.length);
        for (uint256 i = 0; i < reads.length; ++i) {
            if (gasleft() < GAS_NEEDED) revert GasTooLow(i, gasleft(), GAS_NEEDED);
            results[i] = reads[i].balance
                ? Result(true, abi.encode(reads[i].target.balance))
                : _call(reads[i].target, reads[i].data);
        }
        bytes memory answer = abi.encode(results);
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }

    /// @dev Solidity's own call would copy whatever comes back, however long; this copies what fits.
    function _call(address target, bytes memory data) private view returns (Result memory result) {
        bool ok;
        uint256 size;
        assembly ("memory-safe") {
            ok := staticcall(READ_GAS, target, add(data, 0x20), mload(data), 0, 0)
            size := returndatasize()
        }
        if (size > RETURN_BYTES_MAX) size = RETURN_BYTES_MAX;
        bytes memory returned = new bytes(size);
        assembly ("memory-safe") {
            returndatacopy(add(returned, 0x20), 0, size)
        }
        return Result(ok, returned);
    }
}
