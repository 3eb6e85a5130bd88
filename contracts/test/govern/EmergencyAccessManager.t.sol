// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {EmergencyAccessManager} from "../../src/govern/EmergencyAccessManager.sol";
import {Roles} from "../../src/govern/Roles.sol";
import {Test} from "../Test.sol";

/// @notice Something whose operator acts through the manager.
contract Desk is AccessManaged {
    uint256 public acts;

    constructor(address manager) AccessManaged(manager) {}

    function act() external restricted {
        ++acts;
    }
}

contract EmergencyAccessManagerTest is Test {
    address private constant ADMIN = address(0xAD);
    address private constant COUNCIL = address(0xC0);
    address private constant OPERATOR = address(0x09);
    uint64 private constant OPERATOR_ROLE = 9;

    EmergencyAccessManager private manager;
    Desk private desk;

    function setUp() external {
        vm.warp(1_760_000_000);
        manager = new EmergencyAccessManager(ADMIN);
        desk = new Desk(address(manager));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = Desk.act.selector;
        vm.startPrank(ADMIN);
        manager.setTargetFunctionRole(address(desk), selectors, OPERATOR_ROLE);
        manager.grantRole(OPERATOR_ROLE, OPERATOR, 0);
        selectors[0] = EmergencyAccessManager.closeFor.selector;
        manager.setTargetFunctionRole(address(manager), selectors, Roles.EMERGENCY);
        manager.grantRole(Roles.EMERGENCY, COUNCIL, 0);
        vm.stopPrank();
    }

    function test_closesAndOpensAgainByItself() external {
        uint256 until = block.timestamp + 2 days;
        vm.expectEmit(address(manager));
        emit EmergencyAccessManager.ClosedFor(address(desk), until);
        _close(2 days);
        vm.assertEq(manager.closedUntilSeconds(address(desk)), until);
        (bool immediate,) = manager.canCall(OPERATOR, address(desk), Desk.act.selector);
        vm.assertFalse(immediate);
        // Which is for what the admin closed.
        vm.assertFalse(manager.isTargetClosed(address(desk)));
        _refuseAct(OPERATOR);

        vm.warp(until - 1);
        _refuseAct(OPERATOR);
        vm.warp(until);
        vm.prank(OPERATOR);
        desk.act();
        vm.assertEq(desk.acts(), 1);
    }

    function test_aClosureIsBounded() external {
        uint256[2] memory durations = [uint256(0), 7 days + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    EmergencyAccessManager.ClosureOutOfRange.selector, durations[i], 7 days
                )
            );
            _close(durations[i]);
        }
        _close(7 days);
    }

    function test_cannotBeProlonged() external {
        _close(7 days);
        uint256 again = block.timestamp + 14 days;
        bytes memory refusal =
            abi.encodeWithSelector(EmergencyAccessManager.ClosureCoolingDown.selector, address(desk), again);
        vm.expectRevert(refusal);
        _close(7 days);
        vm.warp(again - 1);
        vm.expectRevert(refusal);
        _close(1);
        vm.warp(again);
        _close(1);
    }

    /// @dev Seven days closed, then seven open: half of the time, for as long as the role lasts.
    function testFuzz_isNeverClosedForMoreThanHalfOfFourWeeks(uint256[12] calldata waits) external {
        uint256 start = block.timestamp;
        uint256 closed = 0;
        for (uint256 i = 0; i < waits.length; ++i) {
            vm.warp(block.timestamp + bound(waits[i], 1, 8 days));
            if (block.timestamp >= start + 28 days) break;
            vm.prank(COUNCIL);
            try manager.closeFor(address(desk), 7 days) {
                uint256 end = block.timestamp + 7 days;
                closed += (end < start + 28 days ? end : start + 28 days) - block.timestamp;
            } catch {}
        }
        vm.assertLe(closed, 14 days);
    }

    function test_theAdminReopens() external {
        _close(7 days);
        vm.warp(block.timestamp + 1 days);
        vm.expectEmit(address(manager));
        emit EmergencyAccessManager.Reopened(address(desk));
        vm.prank(ADMIN);
        manager.reopen(address(desk));
        vm.prank(OPERATOR);
        desk.act();
        // And it stays open for a week.
        vm.expectRevert(
            abi.encodeWithSelector(
                EmergencyAccessManager.ClosureCoolingDown.selector, address(desk), block.timestamp + 7 days
            )
        );
        _close(1);
        vm.prank(ADMIN);
        vm.expectRevert(
            abi.encodeWithSelector(EmergencyAccessManager.TargetNotClosed.selector, address(desk))
        );
        manager.reopen(address(desk));
    }

    function test_theManagerItselfCannotBeClosed() external {
        vm.prank(COUNCIL);
        vm.expectRevert(abi.encodeWithSelector(EmergencyAccessManager.ManagerNotClosable.selector));
        manager.closeFor(address(manager), 1 days);
    }

    function test_strangersNeitherCloseNorReopen() external {
        vm.prank(OPERATOR);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerUnauthorizedAccount.selector, OPERATOR, Roles.EMERGENCY
            )
        );
        manager.closeFor(address(desk), 1 days);
        _close(1 days);
        vm.prank(COUNCIL);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerUnauthorizedAccount.selector, COUNCIL, uint64(0)
            )
        );
        manager.reopen(address(desk));
    }

    function test_theEmergencyRoleCanDoNothingElse() external {
        vm.startPrank(COUNCIL);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessManager.AccessManagerUnauthorizedAccount.selector, COUNCIL, uint64(0)
        );
        vm.expectRevert(refusal);
        manager.grantRole(OPERATOR_ROLE, COUNCIL, 0);
        vm.expectRevert(refusal);
        manager.setTargetClosed(address(desk), true);
        vm.expectRevert(refusal);
        manager.updateAuthority(address(desk), COUNCIL);
        vm.stopPrank();
        _refuseAct(COUNCIL);
    }

    function test_whatTheAdminClosedStaysClosed() external {
        vm.prank(ADMIN);
        manager.setTargetClosed(address(desk), true);
        _close(1 days);
        vm.warp(block.timestamp + 1 days);
        vm.assertTrue(manager.isTargetClosed(address(desk)));
        _refuseAct(OPERATOR);
    }

    function _close(uint256 durationSeconds) private {
        vm.prank(COUNCIL);
        manager.closeFor(address(desk), durationSeconds);
    }

    function _refuseAct(address caller) private {
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller));
        desk.act();
    }
}
