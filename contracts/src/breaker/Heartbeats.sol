// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {GuardianProof} from "./GuardianProof.sol";
import {IHeartbeats} from "./IHeartbeats.sol";

/// @title The part of the breaker that knows whether guardians are there
/// @dev A heartbeat counts once, because the next must be of a later time; on one chain and one breaker,
/// because both are in the signed domain; and for the time of its block, whenever it is carried.
abstract contract Heartbeats is IHeartbeats, GuardianProof {
    bytes32 private constant HEARTBEAT_TYPEHASH =
        keccak256("Heartbeat(uint64 epoch,uint64 anchorNumber,bytes32 anchorHash,uint64 anchorSeconds)");

    uint64 private _lastSeconds;

    /// @inheritdoc IHeartbeats
    function beat(Heartbeat calldata heartbeat, Certificate calldata certificate) external {
        _requireCertified(hashHeartbeat(heartbeat), heartbeat.epoch, certificate);
        _note(heartbeat);
    }

    /// @inheritdoc IHeartbeats
    function beatGroup(Heartbeat calldata heartbeat, GroupSignature calldata signature) external {
        _requireGroupSigned(hashHeartbeat(heartbeat), heartbeat.epoch, signature);
        _note(heartbeat);
    }

    /// @inheritdoc IHeartbeats
    function hashHeartbeat(Heartbeat calldata heartbeat) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(HEARTBEAT_TYPEHASH, heartbeat)));
    }

    /// @inheritdoc IHeartbeats
    function lastHeartbeatSeconds() public view returns (uint64) {
        return _lastSeconds;
    }

    /// @dev The chain must know the block: what was signed on a dropped branch, or before there was such a
    /// block, is void.
    function _requireAnchored(uint64 anchorNumber, bytes32 anchorHash) internal view {
        bytes32 expected = Blockhash.blockHash(anchorNumber);
        if (expected == 0 || expected != anchorHash) {
            revert AnchorMismatch(anchorNumber, anchorHash, expected);
        }
    }

    function _note(Heartbeat calldata heartbeat) private {
        uint64 anchorSeconds = heartbeat.anchorSeconds;
        if (anchorSeconds <= _lastSeconds) revert HeartbeatStale(anchorSeconds, _lastSeconds);
        if (anchorSeconds > block.timestamp) revert HeartbeatAhead(anchorSeconds, block.timestamp);
        _requireAnchored(heartbeat.anchorNumber, heartbeat.anchorHash);
        _lastSeconds = anchorSeconds;
        emit HeartbeatReceived(heartbeat.epoch, heartbeat.anchorNumber, anchorSeconds, msg.sender);
    }
}
