// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IGuardianProof} from "./IGuardianProof.sol";

/// @title The sign that guardians are there
/// @notice From time to time a quorum of guardians signs the block that it sees, and anyone carries it here.
/// What silence leads to is each target's owner's choice: see `ICircuitBreaker.enterDeadMode`.
interface IHeartbeats is IGuardianProof {
    /// @notice What guardians sign to show that they see the chain.
    /// @param epoch Epoch of the guardian set that signed.
    /// @param anchorNumber The newest block that they judged.
    /// @param anchorHash Hash of that block: nobody could have signed this before it.
    /// @param anchorSeconds Timestamp of that block, as the guardians say: nobody can carry a sign late and
    /// have it count as new.
    struct Heartbeat {
        uint64 epoch;
        uint64 anchorNumber;
        bytes32 anchorHash;
        uint64 anchorSeconds;
    }

    /// @notice Guardians saw the block `anchorNumber`, of the time `anchorSeconds`.
    event HeartbeatReceived(uint64 indexed epoch, uint64 anchorNumber, uint64 anchorSeconds, address carrier);

    /// @notice A newer one was carried in before. Block timestamps in seconds.
    error HeartbeatStale(uint64 anchorSeconds, uint64 lastSeconds);
    /// @notice Guardians cannot vouch for a time to come. Block timestamps in seconds.
    error HeartbeatAhead(uint64 anchorSeconds, uint256 nowSeconds);
    /// @notice `expected` is zero when the chain no longer knows, or does not yet know, the block.
    error AnchorMismatch(uint64 anchorNumber, bytes32 anchorHash, bytes32 expected);

    /// @notice Notes that guardians are there. Anyone may call; all authority is in the certificate.
    function beat(Heartbeat calldata heartbeat, Certificate calldata certificate) external;

    /// @notice As `beat`, by the group key.
    function beatGroup(Heartbeat calldata heartbeat, GroupSignature calldata signature) external;

    /// @notice The EIP-712 digest that guardians sign for `heartbeat`.
    function hashHeartbeat(Heartbeat calldata heartbeat) external view returns (bytes32);

    /// @notice Timestamp of the newest block that a heartbeat vouched for; 0 before the first.
    function lastHeartbeatSeconds() external view returns (uint64);
}
