// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";
import {IHeartbeats} from "../../src/breaker/IHeartbeats.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";

/// @notice Actions that the group signed with one key.
contract CircuitBreakerGroupTest is BreakerFixture {
    BrakeableTarget private target;

    function setUp() external {
        _deployBreaker();
        target = _deployTarget();
    }

    function _refuseGroup(ICircuitBreaker.Action memory action, bytes memory reason) private {
        IGuardianProof.GroupSignature memory signature = _groupSigned(breaker.hashAction(action));
        vm.expectRevert(reason);
        breaker.executeGroup(action, signature);
    }

    function test_executeGroup_doesWhatExecuteDoes() external {
        installGroupKey(registry);
        for (uint8 level = 1; level <= 3; ++level) {
            target = _deployTarget();
            ICircuitBreaker.Action memory action = _action(address(target), level, 1 hours);
            vm.expectEmit(address(breaker));
            emit ICircuitBreaker.Executed(
                action.incidentId, address(target), level, block.timestamp + 1 hours, CARRIER
            );
            _executeGroup(action);
            _assertStatus(target, level, block.timestamp + 1 hours);
        }
    }

    function test_executeGroup_needsAGroupKey() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        bytes32 digest = breaker.hashAction(action);
        _refuseGroup(action, abi.encodeWithSelector(IGuardianProof.GroupSignatureInvalid.selector, digest));
        action.epoch = 2;
        _refuseGroup(action, abi.encodeWithSelector(IGuardianProof.EpochMismatch.selector, 2, 1));
    }

    /// @dev One action, whichever way it is proven.
    function test_executeGroup_andExecuteTakeAnActionOnce() external {
        installGroupKey(registry);
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        bytes memory reason =
            abi.encodeWithSelector(ICircuitBreaker.IncidentAlreadyHandled.selector, action.incidentId);
        _executeGroup(action);
        _refuse(action, reason);
        _refuseGroup(action, reason);
        action = _action(address(target), 3, 2 hours);
        vm.warp(block.timestamp + COOLDOWN_SECONDS);
        action.deadlineSeconds = uint64(block.timestamp);
        _execute(action);
        _refuseGroup(
            action, abi.encodeWithSelector(ICircuitBreaker.IncidentAlreadyHandled.selector, action.incidentId)
        );
    }

    function testFuzz_executeGroup_needsASignatureOfThisVeryAction(uint256 field) external {
        installGroupKey(registry);
        ICircuitBreaker.Action memory action = _action(address(target), 1, 1 hours);
        IGuardianProof.GroupSignature memory signature = _groupSigned(breaker.hashAction(action));
        field = bound(field, 0, 6);
        if (field == 0) target = _deployTarget();
        action.target = address(target);
        if (field == 1) (action.level, action.data) = (3, abi.encodeWithSelector(_selector(3), 1 hours));
        if (field == 2) {
            (action.durationSeconds, action.data) = (2 hours, abi.encodeWithSelector(_selector(1), 2 hours));
        }
        if (field == 3) action.incidentId = keccak256("another incident");
        if (field == 4) action.deadlineSeconds += 1;
        if (field == 5) signature.z += 1;
        if (field == 6) signature.rx += 1;
        bytes32 digest = breaker.hashAction(action);
        vm.expectRevert(abi.encodeWithSelector(IGuardianProof.GroupSignatureInvalid.selector, digest));
        breaker.executeGroup(action, signature);
    }

    // What is signed, by EIP-712 itself

    function _digest(bytes32 structHash) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Breakwater CircuitBreaker"),
                keccak256("1"),
                block.chainid,
                address(breaker)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function testFuzz_hashHeartbeat(IHeartbeats.Heartbeat calldata heartbeat) external view {
        bytes32 typeHash =
            keccak256("Heartbeat(uint64 epoch,uint64 anchorNumber,bytes32 anchorHash,uint64 anchorSeconds)");
        bytes32 structHash = keccak256(
            abi.encode(
                typeHash,
                heartbeat.epoch,
                heartbeat.anchorNumber,
                heartbeat.anchorHash,
                heartbeat.anchorSeconds
            )
        );
        vm.assertEq(breaker.hashHeartbeat(heartbeat), _digest(structHash));
    }

    function testFuzz_hashVeto(IBrakeRegistrations.Veto calldata veto) external view {
        bytes32 typeHash =
            keccak256("Veto(address target,bytes32 changeHash,uint64 epoch,uint64 deadlineSeconds)");
        bytes32 structHash =
            keccak256(abi.encode(typeHash, veto.target, veto.changeHash, veto.epoch, veto.deadlineSeconds));
        vm.assertEq(breaker.hashVeto(veto), _digest(structHash));
    }

    function testFuzz_hashAction(ICircuitBreaker.Action calldata action) external view {
        bytes32 typeHash = keccak256(
            "Action(uint256 chainId,address breaker,address target,uint8 level,bytes data,"
            "uint32 durationSeconds,bytes32 incidentId,bytes32 specHash,uint64 epoch,uint64 anchorNumber,"
            "bytes32 anchorHash,uint64 deadlineSeconds)"
        );
        bytes memory head = abi.encode(
            typeHash,
            action.chainId,
            action.breaker,
            action.target,
            action.level,
            keccak256(action.data),
            action.durationSeconds
        );
        bytes memory tail = abi.encode(
            action.incidentId,
            action.specHash,
            action.epoch,
            action.anchorNumber,
            action.anchorHash,
            action.deadlineSeconds
        );
        vm.assertEq(breaker.hashAction(action), _digest(keccak256(bytes.concat(head, tail))));
    }
}
