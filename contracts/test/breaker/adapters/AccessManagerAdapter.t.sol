// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {AccessManagerAdapter} from "../../../src/breaker/adapters/AccessManagerAdapter.sol";
import {EmergencyAccessManager} from "../../../src/govern/EmergencyAccessManager.sol";
import {ManagedTarget} from "./AdaptedTargets.sol";
import {AdapterFixture} from "./AdapterFixture.sol";

/// @notice Closing a contract by its access manager.
contract AccessManagerAdapterTest is AdapterFixture {
    AccessManager private manager;
    ManagedTarget private managed;
    AccessManagerAdapter private adapter;

    function setUp() external {
        _deployBreaker();
        manager = new AccessManager(OWNER);
        managed = new ManagedTarget(address(manager));
        adapter = _newAdapter(OWNER);
        vm.startPrank(OWNER);
        manager.grantRole(manager.ADMIN_ROLE(), address(adapter), 0);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = ManagedTarget.trade.selector;
        manager.setTargetFunctionRole(address(managed), selectors, manager.PUBLIC_ROLE());
        vm.stopPrank();
        _register(adapter, 3);
    }

    function _newAdapter(address owner_) private returns (AccessManagerAdapter) {
        return new AccessManagerAdapter(address(breaker), owner_, manager, address(managed));
    }

    function test_closesAndIsReleasedByAnyone() external {
        vm.assertEq(address(adapter.manager()), address(manager));
        vm.assertEq(adapter.target(), address(managed));
        _assertReleases(adapter, 3);
        managed.trade();
        _brake(adapter, 3, 6 hours);
        vm.assertTrue(adapter.isPaused());
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(this))
        );
        managed.trade();
        _lift(adapter);
        managed.trade();
    }

    function test_leavesWhatTheOwnerClosedBefore() external {
        vm.prank(OWNER);
        manager.setTargetClosed(address(managed), true);
        _brake(adapter, 3, 6 hours);
        _lift(adapter);
        vm.assertTrue(manager.isTargetClosed(address(managed)));
        vm.assertFalse(adapter.isPaused());
    }

    /// @dev A closure that ends by itself does not stand for the brake: it may end before it.
    function test_holdsBeyondAnEmergencyThatCameBefore() external {
        EmergencyAccessManager emergency = new EmergencyAccessManager(OWNER);
        manager = emergency;
        managed = new ManagedTarget(address(manager));
        adapter = _newAdapter(OWNER);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = ManagedTarget.trade.selector;
        vm.startPrank(OWNER);
        manager.setTargetFunctionRole(address(managed), selectors, manager.PUBLIC_ROLE());
        manager.grantRole(manager.ADMIN_ROLE(), address(adapter), 0);
        vm.stopPrank();
        _register(adapter, 3);

        vm.prank(OWNER);
        emergency.closeFor(address(managed), 1 hours);
        _brake(adapter, 3, 6 hours);
        uint256 until = block.timestamp + 6 hours;
        vm.warp(until - 1);
        vm.assertTrue(adapter.isPaused());
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(this))
        );
        managed.trade();
        vm.warp(until);
        adapter.release();
        managed.trade();
    }

    function test_obeysTheBreakerAlone() external {
        _assertObeysTheBreakerAlone(adapter, 3);
        _assertRegistrationIsForTheOwner(_newAdapter(OWNER));
        _assertStrangersAdapterIsRefused(_newAdapter(address(this)), 3);
    }
}
