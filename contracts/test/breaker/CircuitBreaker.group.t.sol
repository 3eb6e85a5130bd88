// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";
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
}
