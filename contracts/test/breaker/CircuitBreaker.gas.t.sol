// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";
import {IPausable, PausableAdapter} from "../../src/breaker/adapters/PausableAdapter.sol";
import {BreakerFixture} from "./BreakerFixture.sol";
import {PausableTarget} from "./adapters/AdaptedTargets.sol";

/// @notice What pausing costs: whole transactions, calldata included, from a cold state, the first action on
/// a target.
/// forge-config: default.isolate = true
contract CircuitBreakerGasTest is BreakerFixture {
    uint32 private constant TAIL_SECONDS = 2 hours;

    event log_named_uint(string name, uint256 value);

    function setUp() external {
        _deployBreaker();
        installGroupKey(registry);
    }

    function _pausable() private returns (address) {
        PausableTarget paused = new PausableTarget(OWNER);
        PausableAdapter adapter = new PausableAdapter(address(breaker), OWNER, IPausable(address(paused)));
        IBrakeRegistrations.Limits memory limits = _pauseLimits();
        bytes32 role = paused.PAUSER_ROLE();
        vm.startPrank(OWNER);
        paused.grantRole(role, address(adapter));
        breaker.register(address(adapter), SPEC_HASH, limits);
        vm.stopPrank();
        return address(adapter);
    }

    function _harbor(uint32 tailSeconds) private returns (address) {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.tailSeconds = tailSeconds;
        return address(_deployTarget(limits));
    }

    function _byCertificate(string memory name, address target, uint256 most) private {
        _execute(_action(target, 3, 1 hours));
        _report(name, most);
    }

    function _byGroup(string memory name, address target, uint256 most) private {
        _executeGroup(_action(target, 3, 1 hours));
        _report(name, most);
    }

    function _report(string memory name, uint256 most) private {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        emit log_named_uint(name, used);
        vm.assertLe(used, most);
    }

    function test_pause_ofHarborByCertificate() external {
        _byCertificate("Harbor, 3 of 4", _harbor(0), 95_000);
    }

    function test_pause_ofHarborByGroup() external {
        _byGroup("Harbor, group", _harbor(0), 95_000);
    }

    function test_pause_ofHarborWithTailByCertificate() external {
        _byCertificate("Harbor with tail, 3 of 4", _harbor(TAIL_SECONDS), 95_000);
    }

    function test_pause_ofHarborWithTailByGroup() external {
        _byGroup("Harbor with tail, group", _harbor(TAIL_SECONDS), 95_000);
    }

    function test_pause_ofPausableByCertificate() external {
        _byCertificate("Pausable, 3 of 4", _pausable(), 120_000);
    }

    function test_pause_ofPausableByGroup() external {
        _byGroup("Pausable, group", _pausable(), 110_000);
    }

    /// @dev Carriers who come second pay little.
    function test_execute_failsCheaplyForTheSecondCarrier() external {
        ICircuitBreaker.Action memory action = _action(_harbor(0), 3, 1 hours);
        IGuardianProof.Certificate memory certificate = _certificate(action, QUORUM);
        breaker.execute(action, certificate);
        try breaker.execute(action, certificate) {
            vm.assertTrue(false);
        } catch {}
        _report("second carrier", 45_000);
    }

    function test_beat() external {
        _beat();
        _report("first heartbeat, 3 of 4", 90_000);
        vm.warp(block.timestamp + 12);
        _beat();
        _report("heartbeat, 3 of 4", 70_000);
    }
}
