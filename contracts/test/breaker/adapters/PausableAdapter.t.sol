// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ICircuitBreaker} from "../../../src/breaker/ICircuitBreaker.sol";
import {BrakeAdapter} from "../../../src/breaker/adapters/BrakeAdapter.sol";
import {ObeysBreaker} from "../../../src/breaker/adapters/ObeysBreaker.sol";
import {IPausable, PausableAdapter} from "../../../src/breaker/adapters/PausableAdapter.sol";
import {ToggleAdapter} from "../../../src/breaker/adapters/ToggleAdapter.sol";
import {PausableTarget} from "./AdaptedTargets.sol";
import {AdapterFixture} from "./AdapterFixture.sol";

/// @notice A pause without an end gets one, and stays its owner's where it was the owner's.
contract PausableAdapterTest is AdapterFixture {
    PausableTarget private paused;
    PausableAdapter private adapter;

    function setUp() external {
        _deployBreaker();
        paused = new PausableTarget(OWNER);
        adapter = _newAdapter(OWNER);
        bytes32 role = paused.PAUSER_ROLE();
        vm.prank(OWNER);
        paused.grantRole(role, address(adapter));
        _register(adapter, 3);
    }

    function _newAdapter(address owner_) private returns (PausableAdapter) {
        return new PausableAdapter(address(breaker), owner_, IPausable(address(paused)));
    }

    function test_pausesAndIsReleasedByAnyone() external {
        vm.assertEq(address(adapter.target()), address(paused));
        _assertReleases(adapter, 3);
        vm.assertFalse(paused.paused());
        paused.trade();
        _brake(adapter, 3, 1 hours);
        vm.assertTrue(adapter.isPaused());
        vm.expectRevert(Pausable.EnforcedPause.selector);
        paused.trade();
    }

    /// @dev It is over when its time is over: whoever is kept waiting ends it in the same transaction.
    function test_isOverWhenItsTimeIs() external {
        _brake(adapter, 3, 1 hours);
        vm.warp(block.timestamp + 1 hours);
        vm.assertFalse(adapter.isPaused());
        vm.assertTrue(paused.paused());
        adapter.release();
        paused.trade();
    }

    function test_obeysTheBreakerAlone() external {
        _assertObeysTheBreakerAlone(adapter, 3);
        _assertRegistrationIsForTheOwner(_newAdapter(OWNER));
        _assertStrangersAdapterIsRefused(_newAdapter(address(this)), 3);
        _assertTakeOverIsForTheOwner(adapter);
        vm.expectRevert(ObeysBreaker.BreakerZero.selector);
        new PausableAdapter(address(0), OWNER, IPausable(address(paused)));
    }

    /// @dev A second incident prolongs the first; the end of the first ends nothing.
    function test_isNotReleasedWhileAnotherIncidentHolds() external {
        _brake(adapter, 3, 1 hours);
        uint256 first = block.timestamp + 1 hours;
        vm.warp(first - 1 minutes);
        vm.expectEmit(address(adapter));
        emit BrakeAdapter.Braked(block.timestamp + 2 hours);
        _brake(adapter, 3, 2 hours);
        uint256 second = block.timestamp + 2 hours;
        vm.warp(first);
        vm.expectRevert(abi.encodeWithSelector(ToggleAdapter.BrakeHolds.selector, second));
        adapter.release();
        vm.assertTrue(adapter.isPaused());
        vm.warp(second);
        adapter.release();
    }

    /// @dev Where nobody released in time, the next incident finds the pause still on.
    function test_takesUpAPauseThatNobodyReleased() external {
        _brake(adapter, 3, 1 hours);
        vm.warp(block.timestamp + 1 days);
        _brake(adapter, 3, 1 hours);
        vm.assertTrue(adapter.isPaused());
        vm.warp(block.timestamp + 1 hours);
        adapter.release();
        vm.assertFalse(paused.paused());
    }

    function test_isLiftedByTheBreaker() external {
        _brake(adapter, 3, 6 hours);
        _lift(adapter);
        vm.assertFalse(paused.paused());
        vm.assertFalse(adapter.isPaused());
        vm.assertEq(adapter.untilSeconds(), block.timestamp);
    }

    // What is the owner's

    function test_leavesThePauseThatTheOwnerTookBefore() external {
        vm.prank(OWNER);
        paused.pause();
        _brake(adapter, 3, 1 hours);
        vm.assertTrue(adapter.isPaused());
        vm.assertFalse(adapter.isOurs());
        vm.warp(block.timestamp + 1 hours);
        vm.expectRevert(ToggleAdapter.NothingToRelease.selector);
        adapter.release();
        // Nor does a lift end it.
        _brake(adapter, 3, 6 hours);
        _lift(adapter);
        vm.assertTrue(paused.paused());
    }

    function test_ownerCanKeepThePause() external {
        _brake(adapter, 3, 1 hours);
        vm.expectEmit(address(adapter));
        emit ToggleAdapter.TakenOver();
        vm.prank(OWNER);
        adapter.takeOver();
        // Until then it is the breaker's, too.
        vm.assertTrue(adapter.isPaused());
        vm.warp(block.timestamp + 1 hours);
        vm.expectRevert(ToggleAdapter.NothingToRelease.selector);
        adapter.release();
        vm.assertTrue(paused.paused());
    }

    /// @dev An administrator with the right to can unpause. It shows, and the next action pauses again.
    function test_tellsWhenAnAdministratorUnpaused() external {
        _brake(adapter, 3, 1 hours);
        vm.prank(OWNER);
        paused.unpause();
        vm.assertFalse(adapter.isPaused());
        vm.warp(block.timestamp + COOLDOWN_SECONDS);
        _brake(adapter, 3, 1 hours);
        vm.assertTrue(adapter.isPaused());
        vm.prank(OWNER);
        paused.unpause();
        vm.warp(block.timestamp + 1 hours);
        adapter.release();
        vm.assertFalse(paused.paused());
    }

    /// @dev Without its right, the action fails as a whole rather than seeming to hold.
    function test_failsWithoutItsRight() external {
        bytes32 role = paused.PAUSER_ROLE();
        vm.prank(OWNER);
        paused.revokeRole(role, address(adapter));
        ICircuitBreaker.Action memory action = _action(address(adapter), 3, 1 hours);
        (uint256 anchorNumber,) = breaker.lastActionOf(address(adapter));
        vm.expectPartialRevert(ICircuitBreaker.TargetReverted.selector);
        this.executeExternally(action);
        (uint256 after_,) = breaker.lastActionOf(address(adapter));
        vm.assertEq(after_, anchorNumber);
    }

    function executeExternally(ICircuitBreaker.Action calldata action) external {
        _execute(action);
    }

    /// @dev Whatever happens: while its time is not over, it holds; after it, anyone can end it.
    function testFuzz_holdsForItsTimeAndNoLonger(uint256 seed) external {
        for (uint256 i = 0; i < 12; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            if (random % 2 == 0) {
                ICircuitBreaker.Action memory action =
                    _action(address(adapter), 3, uint32(1 + (random >> 8) % MAX_PAUSE_SECONDS));
                try this.executeExternally(action) {} catch {}
            } else {
                try adapter.release() {} catch {}
            }
            vm.warp(block.timestamp + (random >> 64) % 4 hours);
            bool due = block.timestamp < adapter.untilSeconds();
            vm.assertEq(adapter.isPaused(), due);
            if (due) vm.assertTrue(paused.paused());
        }
        vm.warp(adapter.untilSeconds());
        if (adapter.isOurs()) adapter.release();
        vm.assertFalse(paused.paused());
    }
}
