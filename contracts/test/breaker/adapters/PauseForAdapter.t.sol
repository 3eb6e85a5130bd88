// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IPausableUntil, PauseForAdapter} from "../../../src/breaker/adapters/PauseForAdapter.sol";
import {PausableUntilTarget} from "./AdaptedTargets.sol";
import {AdapterFixture} from "./AdapterFixture.sol";

/// @notice A pause with an end that refuses to be prolonged.
contract PauseForAdapterTest is AdapterFixture {
    PausableUntilTarget private paused;
    PauseForAdapter private adapter;

    function setUp() external {
        _deployBreaker();
        paused = new PausableUntilTarget(OWNER);
        adapter = _newAdapter(OWNER);
        bytes32 role = paused.DEFAULT_ADMIN_ROLE();
        vm.prank(OWNER);
        paused.grantRole(role, address(adapter));
        _register(adapter, 3);
    }

    function _newAdapter(address owner_) private returns (PauseForAdapter) {
        return new PauseForAdapter(address(breaker), owner_, IPausableUntil(address(paused)));
    }

    function test_pausesAndEndsByItself() external {
        vm.assertEq(address(adapter.target()), address(paused));
        _brake(adapter, 3, 1 hours);
        vm.assertTrue(adapter.isPaused());
        vm.assertEq(paused.getResumeSinceTimestamp(), block.timestamp + 1 hours);
        vm.warp(block.timestamp + 1 hours);
        vm.assertFalse(adapter.isPaused());
        vm.assertFalse(paused.isPaused());
    }

    function test_isProlongedAndNeverShortened() external {
        _brake(adapter, 3, 1 hours);
        vm.warp(block.timestamp + 30 minutes);
        _brake(adapter, 3, 2 hours);
        vm.assertEq(paused.getResumeSinceTimestamp(), block.timestamp + 2 hours);
        vm.assertTrue(adapter.isPaused());
    }

    function test_leavesALongerPauseOfTheOwner() external {
        vm.prank(OWNER);
        paused.pauseFor(10 days);
        uint256 until = block.timestamp + 10 days;
        _brake(adapter, 3, 6 hours);
        vm.assertEq(paused.getResumeSinceTimestamp(), until);
        vm.assertTrue(adapter.isPaused());
        _lift(adapter);
        vm.assertEq(paused.getResumeSinceTimestamp(), until);
        vm.assertTrue(paused.isPaused());
    }

    /// @dev A longer pause of the owner goes on: it is not the breaker's any more from its last second on.
    function test_anothersPauseDoesNotCountFromItsOwnEndOn() external {
        vm.prank(OWNER);
        paused.pauseFor(10 days);
        _brake(adapter, 3, 1 hours);
        vm.warp(block.timestamp + 1 hours - 1);
        vm.assertTrue(adapter.isPaused());
        vm.warp(block.timestamp + 1);
        vm.assertTrue(paused.isPaused());
        vm.assertFalse(adapter.isPaused());
    }

    /// @dev One that may neither pause nor resume shows that it does not try to.
    function test_leavesAPauseThatEndsAtTheSameTime() external {
        vm.startPrank(OWNER);
        paused.pauseFor(1 hours);
        paused.revokeRole(paused.DEFAULT_ADMIN_ROLE(), address(adapter));
        vm.stopPrank();
        _brake(adapter, 3, 1 hours);
        vm.assertTrue(adapter.isPaused());
    }

    function test_isLiftedByTheBreaker() external {
        _brake(adapter, 3, 6 hours);
        _lift(adapter);
        vm.assertFalse(paused.isPaused());
        vm.assertFalse(adapter.isPaused());
    }

    function test_obeysTheBreakerAlone() external {
        _assertObeysTheBreakerAlone(adapter, 3);
        _assertRegistrationIsForTheOwner(_newAdapter(OWNER));
        _assertStrangersAdapterIsRefused(_newAdapter(address(this)), 3);
    }
}
