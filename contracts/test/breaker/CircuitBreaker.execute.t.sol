// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";
import {IHeartbeats} from "../../src/breaker/IHeartbeats.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";

/// @notice Whether an action counts.
contract CircuitBreakerExecuteTest is BreakerFixture {
    BrakeableTarget private target;

    function setUp() external {
        _deployBreaker();
        target = _deployTarget();
    }

    // Execution

    function test_execute_pausesByAnyCarrier() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        uint256 until = block.timestamp + 1 hours;
        vm.expectEmit(address(breaker));
        emit ICircuitBreaker.Executed(action.incidentId, address(target), 3, until, CARRIER);
        vm.expectEmit(address(target));
        emit Brakeable.Braked(3, until);
        _execute(action);
        _assertStatus(target, 3, until);
        (uint256 anchorNumber, uint256 executedAt) = breaker.lastActionOf(address(target));
        vm.assertEq(anchorNumber, action.anchorNumber);
        vm.assertEq(executedAt, block.timestamp);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2 - 1 hours);
    }

    function test_execute_eachLevelDoesWhatItSays() external {
        for (uint8 level = 1; level <= 3; ++level) {
            target = _deployTarget();
            _execute(_action(address(target), level, 1 hours));
            _assertStatus(target, level, block.timestamp + 1 hours);
        }
    }

    function test_execute_endsByItself() external {
        _execute(_action(address(target), 3, 1 hours));
        vm.warp(block.timestamp + 1 hours - 1);
        _assertStatus(target, 3, block.timestamp + 1);
        vm.warp(block.timestamp + 1);
        _assertStatus(target, 0, 0);
    }

    function test_execute_needsARegistration() external {
        ICircuitBreaker.Action memory action = _action(address(0xdead), 3, 1 hours);
        _refuse(
            action, abi.encodeWithSelector(IBrakeRegistrations.TargetNotRegistered.selector, address(0xdead))
        );
    }

    function test_execute_refusesAnotherChain() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        action.chainId = 1;
        _refuse(action, abi.encodeWithSelector(ICircuitBreaker.ChainMismatch.selector, 1, block.chainid));
    }

    function test_execute_refusesAnotherBreaker() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        action.breaker = address(1);
        _refuse(
            action,
            abi.encodeWithSelector(ICircuitBreaker.BreakerMismatch.selector, address(1), address(breaker))
        );
    }

    function test_execute_refusesAnotherSpecification() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        action.specHash = keccak256("another");
        _refuse(
            action,
            abi.encodeWithSelector(ICircuitBreaker.SpecificationMismatch.selector, action.specHash, SPEC_HASH)
        );
    }

    function test_execute_refusesAnotherEpoch() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        action.epoch = 2;
        _refuse(action, abi.encodeWithSelector(IGuardianProof.EpochMismatch.selector, 2, 1));
    }

    function test_execute_refusesADroppedBranch() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        bytes32 canonical = action.anchorHash;
        action.anchorHash = keccak256("the other branch");
        _refuse(
            action,
            abi.encodeWithSelector(
                IHeartbeats.AnchorMismatch.selector, action.anchorNumber, action.anchorHash, canonical
            )
        );
    }

    function test_execute_refusesABlockThatTheChainDoesNotKnow() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        bytes4 selector = IHeartbeats.AnchorMismatch.selector;
        action.anchorHash = 0;
        action.anchorNumber = uint64(block.number);
        _refuse(action, abi.encodeWithSelector(selector, action.anchorNumber, bytes32(0), bytes32(0)));
        action.anchorNumber = type(uint64).max;
        _refuse(action, abi.encodeWithSelector(selector, action.anchorNumber, bytes32(0), bytes32(0)));
    }

    /// @dev BLOCKHASH reaches back 256 blocks. Beyond, the chain's own history (EIP-2935) is asked.
    function test_execute_findsAnOlderAnchorInTheHistory() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        vm.roll(block.number + 300);
        _refuse(
            action,
            abi.encodeWithSelector(
                IHeartbeats.AnchorMismatch.selector, action.anchorNumber, action.anchorHash, bytes32(0)
            )
        );
        // A contract that answers this one hash.
        vm.etch(
            0x0000F90827F1C53a10cb7A02335B175320002935,
            bytes.concat(hex"7f", action.anchorHash, hex"5f5260205ff3")
        );
        _execute(action);
    }

    function test_execute_refusesAfterTheDeadline() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        vm.warp(action.deadlineSeconds + 1);
        _refuse(
            action,
            abi.encodeWithSelector(
                IBrakeRegistrations.DeadlinePassed.selector, action.deadlineSeconds, block.timestamp
            )
        );
        vm.warp(action.deadlineSeconds);
        _execute(action);
    }

    function test_execute_takesAnActionOnce() external {
        ICircuitBreaker.Action memory action = _action(address(target), 1, 1 hours);
        bytes memory reason =
            abi.encodeWithSelector(ICircuitBreaker.IncidentAlreadyHandled.selector, action.incidentId);
        _execute(action);
        _refuse(action, reason);
        // Nor at another level.
        ICircuitBreaker.Action memory again = _action(address(target), 3, 2 hours);
        (again.incidentId, again.anchorNumber, again.anchorHash) =
        (action.incidentId, action.anchorNumber, action.anchorHash);
        _refuse(again, reason);
        // Nor when others were taken since, and the brake is over.
        action.deadlineSeconds += 1 days;
        vm.warp(block.timestamp + 2 hours);
        _execute(_action(address(target), 1, 1 hours));
        vm.warp(block.timestamp + 2 hours);
        _refuse(action, reason);
    }

    /// @dev What was seen earlier was judged by a state that is no more.
    function test_execute_refusesAnActionThatAnotherOvertook() external {
        ICircuitBreaker.Action memory early = _action(address(target), 1, 18 hours);
        _execute(_action(address(target), 3, 1 hours));
        _refuse(
            early, abi.encodeWithSelector(ICircuitBreaker.IncidentAlreadyHandled.selector, early.incidentId)
        );
        // On another target it counts.
        BrakeableTarget other = _deployTarget();
        early = _action(address(other), 1, 18 hours);
        vm.warp(block.timestamp + COOLDOWN_SECONDS);
        _execute(_action(address(target), 3, 2 hours));
        early.deadlineSeconds = uint64(block.timestamp);
        _execute(early);
    }

    function test_execute_refusesALevelThatIsNotAllowed() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.actions[1].selector = 0;
        BrakeableTarget other = _deployTarget(limits);
        uint8[4] memory levels = [0, 2, 4, 255];
        for (uint256 i = 0; i < levels.length; ++i) {
            _refuse(
                _action(address(other), levels[i], 1 hours),
                abi.encodeWithSelector(ICircuitBreaker.LevelNotAllowed.selector, address(other), levels[i])
            );
        }
    }

    function test_execute_refusesADurationOutOfBounds() external {
        bytes4 selector = ICircuitBreaker.DurationOutOfRange.selector;
        _refuse(_action(address(target), 3, 0), abi.encodeWithSelector(selector, 0, MAX_PAUSE_SECONDS));
        _refuse(
            _action(address(target), 3, MAX_PAUSE_SECONDS + 1),
            abi.encodeWithSelector(selector, MAX_PAUSE_SECONDS + 1, MAX_PAUSE_SECONDS)
        );
        _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
    }

    function _refuseData(bytes memory data) private {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        bytes memory expected = action.data;
        action.data = data;
        _refuse(action, abi.encodeWithSelector(ICircuitBreaker.DataMismatch.selector, data, expected));
    }

    function test_execute_refusesAnyOtherCall() external {
        _refuseData("");
        _refuseData(abi.encodeWithSignature("transferOwnership(address)", address(this)));
        _refuseData(abi.encodeWithSelector(_selector(3), uint256(2 hours)));
        _refuseData(abi.encodeWithSelector(_selector(2), uint256(1 hours)));
        _refuseData(abi.encodeWithSelector(_selector(3), uint256(1 hours), uint256(0)));
    }

    function test_execute_needsAQuorum() external {
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        IGuardianProof.Certificate memory certificate = _certificate(action, 0x03);
        bytes32 digest = breaker.hashAction(action);
        vm.expectRevert(abi.encodeWithSelector(IGuardianProof.CertificateInvalid.selector, digest));
        breaker.execute(action, certificate);
    }

    function testFuzz_execute_needsACertificateOfThisVeryAction(uint256 field) external {
        ICircuitBreaker.Action memory action = _action(address(target), 1, 1 hours);
        IGuardianProof.Certificate memory certificate = _certificate(action, QUORUM);
        field = bound(field, 0, 4);
        if (field == 0) target = _deployTarget();
        action.target = address(target);
        if (field == 1) (action.level, action.data) = (3, abi.encodeWithSelector(_selector(3), 1 hours));
        if (field == 2) {
            (action.durationSeconds, action.data) = (2 hours, abi.encodeWithSelector(_selector(1), 2 hours));
        }
        if (field == 3) action.incidentId = keccak256("another incident");
        if (field == 4) action.deadlineSeconds += 1;
        bytes32 digest = breaker.hashAction(action);
        vm.expectRevert(abi.encodeWithSelector(IGuardianProof.CertificateInvalid.selector, digest));
        breaker.execute(action, certificate);
    }
}
