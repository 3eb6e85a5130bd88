// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IBrakeRegistrations} from "../../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../../src/breaker/ICircuitBreaker.sol";
import {BrakeAdapter} from "../../../src/breaker/adapters/BrakeAdapter.sol";
import {ObeysBreaker} from "../../../src/breaker/adapters/ObeysBreaker.sol";
import {ToggleAdapter} from "../../../src/breaker/adapters/ToggleAdapter.sol";
import {BreakerFixture} from "../BreakerFixture.sol";

/// @notice What holds of every adapter.
abstract contract AdapterFixture is BreakerFixture {
    bytes32 internal constant REPLAY_HASH = keccak256("report");

    /// @notice Registers `adapter` for its one level.
    function _register(BrakeAdapter adapter, uint8 level) internal {
        IBrakeRegistrations.Limits memory limits;
        IBrakeRegistrations.Limits memory all = _limits();
        (limits.cooldownSeconds, limits.budgetSeconds) = (all.cooldownSeconds, all.budgetSeconds);
        (limits.liftDelaySeconds, limits.armDelaySeconds) = (all.liftDelaySeconds, all.armDelaySeconds);
        limits.actions[level - 1] = all.actions[level - 1];
        vm.prank(OWNER);
        breaker.register(address(adapter), SPEC_HASH, limits);
    }

    function _brake(BrakeAdapter adapter, uint8 level, uint32 durationSeconds) internal {
        _execute(_action(address(adapter), level, durationSeconds));
    }

    /// @notice Announces a lift and waits for it.
    function _lift(BrakeAdapter adapter) internal {
        vm.prank(OWNER);
        breaker.scheduleLift(address(adapter), REPLAY_HASH);
        vm.warp(block.timestamp + LIFT_DELAY_SECONDS);
        vm.expectEmit(address(adapter));
        emit BrakeAdapter.BrakeLifted();
        vm.prank(OWNER);
        breaker.lift(address(adapter));
    }

    /// @notice Guardians, the owner and strangers can neither brake nor lift by the adapter itself.
    function _assertObeysTheBreakerAlone(BrakeAdapter adapter, uint8 level) internal {
        vm.assertEq(adapter.breaker(), address(breaker));
        address[3] memory callers = [vm.addr(key(0)), OWNER, CARRIER];
        bytes memory call = abi.encodeWithSelector(_selector(level), uint256(1 hours));
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory reason =
                abi.encodeWithSelector(ObeysBreaker.CallerNotBreaker.selector, callers[i], address(breaker));
            vm.startPrank(callers[i]);
            (bool success, bytes memory failure) = address(adapter).call(call);
            vm.assertFalse(success);
            vm.assertEq(failure, reason);
            vm.expectRevert(reason);
            adapter.lift();
            vm.stopPrank();
        }
    }

    /// @notice Only the owner of what is adapted can register, and only with an adapter that was given its
    /// right.
    function _assertRegistrationIsForTheOwner(BrakeAdapter adapter) internal {
        IBrakeRegistrations.Limits memory limits = _limits();
        vm.expectRevert(
            abi.encodeWithSelector(IBrakeRegistrations.CallerNotTargetOwner.selector, address(this), OWNER)
        );
        breaker.register(address(adapter), SPEC_HASH, limits);
    }

    /// @notice An adapter whose owner is a stranger, and which was given no right, comes to nothing.
    function _assertStrangersAdapterIsRefused(BrakeAdapter adapter, uint8 level) internal {
        IBrakeRegistrations.Limits memory limits = _limits();
        for (uint256 i = 0; i < 3; ++i) {
            if (i + 1 != level) delete limits.actions[i];
        }
        vm.expectPartialRevert(ICircuitBreaker.TargetReverted.selector);
        breaker.register(address(adapter), SPEC_HASH, limits);
    }

    /// @notice The brake of a registered adapter ends only when its time is over, by anyone.
    function _assertReleases(ToggleAdapter adapter, uint8 level) internal {
        vm.expectRevert(ToggleAdapter.NothingToRelease.selector);
        adapter.release();
        _brake(adapter, level, 1 hours);
        vm.assertTrue(adapter.isOurs());
        uint256 until = block.timestamp + 1 hours;
        vm.assertEq(adapter.untilSeconds(), until);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(ToggleAdapter.BrakeHolds.selector, until));
        adapter.release();
        vm.warp(until);
        vm.expectEmit(address(adapter));
        emit ToggleAdapter.Released(CARRIER);
        vm.prank(CARRIER);
        adapter.release();
        vm.assertFalse(adapter.isOurs());
        vm.expectRevert(ToggleAdapter.NothingToRelease.selector);
        adapter.release();
    }

    function _assertTakeOverIsForTheOwner(ToggleAdapter adapter) internal {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, CARRIER));
        vm.prank(CARRIER);
        adapter.takeOver();
    }
}
