// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EmergencyAccessManager} from "../../src/govern/EmergencyAccessManager.sol";
import {GovernanceTimelock} from "../../src/govern/GovernanceTimelock.sol";
import {GovernanceWiring} from "../../src/govern/GovernanceWiring.sol";
import {Council} from "../../src/govern/Council.sol";
import {CouncilVeto} from "../../src/govern/CouncilVeto.sol";
import {Roles} from "../../src/govern/Roles.sol";
import {GovernanceFixture, Treasury} from "./GovernanceFixture.sol";

/// @notice Each flaw that a deployment could have is found, and a good deployment has none.
contract GovernanceWiringTest is GovernanceFixture {
    GovernanceWiring private wiring;

    function setUp() external {
        _deployGovernance();
        wiring = new GovernanceWiring();
    }

    function test_findsNothingWrong() external view {
        vm.assertEq(wiring.problemsOf(_system()).length, 0);
    }

    function test_findsAnOutsidersRole() external {
        bytes32[4] memory roles = [
            timelock.DEFAULT_ADMIN_ROLE(),
            timelock.PROPOSER_ROLE(),
            timelock.EXECUTOR_ROLE(),
            timelock.CANCELLER_ROLE()
        ];
        for (uint256 i = 0; i < roles.length; ++i) {
            vm.prank(address(timelock));
            timelock.grantRole(roles[i], DEPLOYER);
            _finds(_system(), "outsider: holds a role");
            vm.prank(DEPLOYER);
            timelock.renounceRole(roles[i], DEPLOYER);
        }
        for (uint64 role = 0; role <= Roles.BREAKER; ++role) {
            vm.prank(address(timelock));
            manager.grantRole(role, DEPLOYER, 0);
            _finds(_system(), "outsider: holds a role");
            vm.prank(DEPLOYER);
            manager.renounceRole(role, DEPLOYER);
        }
    }

    function test_findsAMissingVeto() external {
        _withoutRole(timelock.CANCELLER_ROLE(), address(councilVeto), "timelock: no council veto");
        _withoutRole(timelock.CANCELLER_ROLE(), address(guardianVeto), "timelock: no guardian veto");
        _withoutRole(timelock.CANCELLER_ROLE(), address(underwriterVeto), "timelock: no underwriter veto");
    }

    function test_findsAGovernorWithoutItsRoles() external {
        _withoutRole(timelock.PROPOSER_ROLE(), address(governor), "timelock: governor cannot schedule");
        _withoutRole(timelock.EXECUTOR_ROLE(), address(governor), "timelock: governor cannot execute");
        _withoutRole(timelock.DEFAULT_ADMIN_ROLE(), address(timelock), "timelock: not its own admin");
    }

    function test_findsAVetoThatCanDoMore() external {
        address[5] memory bounded = [
            address(council),
            address(councilVeto),
            address(guardianVeto),
            address(underwriterVeto),
            address(manager)
        ];
        for (uint256 i = 0; i < bounded.length; ++i) {
            string memory problem = "timelock: a veto can do more than cancel";
            _withRole(timelock.PROPOSER_ROLE(), bounded[i], problem);
            _withRole(timelock.EXECUTOR_ROLE(), bounded[i], problem);
            _withRole(timelock.DEFAULT_ADMIN_ROLE(), bounded[i], problem);
        }
    }

    function test_findsRolesThatAreTooWide() external {
        _withRole(timelock.EXECUTOR_ROLE(), address(0), "timelock: anyone can execute");
        _withRole(timelock.DEFAULT_ADMIN_ROLE(), address(governor), "timelock: governor is an admin");
        string memory problem = "timelock: a canceller that cannot be overruled";
        _withRole(timelock.CANCELLER_ROLE(), address(council), problem);
        _withRole(timelock.CANCELLER_ROLE(), address(governor), problem);
    }

    function test_findsADelayThatIsTooShort() external view {
        GovernanceWiring.System memory system = _system();
        system.minDelaySeconds = TIMELOCK_DELAY + 1;
        _finds(system, "timelock: delay too short");
    }

    function test_findsAManagerThatIsNotTheTimelocks() external {
        vm.prank(address(timelock));
        manager.grantRole(0, address(council), 0);
        _finds(_system(), "manager: council is an admin");
        vm.prank(address(timelock));
        manager.revokeRole(0, address(council));

        vm.prank(address(timelock));
        manager.setRoleAdmin(Roles.STEWARD, 9);
        _finds(_system(), "manager: a role has another admin");
        vm.prank(address(timelock));
        manager.setRoleAdmin(Roles.STEWARD, 0);

        vm.prank(address(timelock));
        manager.revokeRole(Roles.EMERGENCY, address(council));
        _finds(_system(), "manager: council has no emergency role");
        vm.prank(address(timelock));
        manager.grantRole(Roles.EMERGENCY, address(council), 0);

        _withFunctionRole(
            EmergencyAccessManager.closeFor.selector, 9, "manager: closing is not the emergency role's"
        );
        _withFunctionRole(EmergencyAccessManager.closeFor.selector, Roles.EMERGENCY, "");
        _withFunctionRole(EmergencyAccessManager.reopen.selector, 9, "manager: reopening is not the admin's");
        _withFunctionRole(EmergencyAccessManager.reopen.selector, 0, "");

        vm.prank(address(timelock));
        manager.renounceRole(0, address(timelock));
        _finds(_system(), "manager: timelock is not its admin");
    }

    function test_findsACouncilOfSomebodyElse() external {
        GovernanceWiring.System memory system = _system();
        system.council = new Council(DEPLOYER, _members(), 3, block.timestamp + 1 days);
        string[] memory problems = wiring.problemsOf(system);
        vm.assertEq(problems.length, 3);
        vm.assertEq(problems[0], "manager: council has no emergency role");
        vm.assertEq(problems[1], "council: named by another");
        vm.assertEq(problems[2], "veto: another council");

        vm.warp(council.termEndSeconds());
        _finds(_system(), "council: term over");
    }

    function test_findsPartsThatDoNotBelongTogether() external {
        GovernanceWiring.System memory system = _system();
        system.votes = address(token);
        _finds(system, "governor: other votes");
        system = _system();
        system.registry = address(token);
        _finds(system, "veto: another registry");
        system = _system();
        system.pool = address(token);
        _finds(system, "veto: another pool");

        GovernanceTimelock other = new GovernanceTimelock(TIMELOCK_DELAY, address(this));
        system = _system();
        system.councilVeto = new CouncilVeto(other, governor, address(council));
        bytes32 canceller = timelock.CANCELLER_ROLE();
        vm.prank(address(timelock));
        timelock.grantRole(canceller, address(system.councilVeto));
        _finds(system, "veto: another timelock or governor");
    }

    function test_findsAGovernorOfAnotherTimelock() external {
        vm.warp(block.timestamp + 1);
        GovernanceTimelock other = new GovernanceTimelock(TIMELOCK_DELAY, address(this));
        _enact(_proposal(address(governor), abi.encodeCall(governor.updateTimelock, (other)), "another"));
        _finds(_system(), "governor: another timelock");
    }

    function test_findsAnOwnerThatIsNotTheTimelock() external {
        GovernanceWiring.System memory system = _system();
        system.owned[1] = address(new Treasury(DEPLOYER));
        _finds(system, "owned: not by the timelock");
    }

    function _withRole(bytes32 role, address account, string memory problem) private {
        vm.prank(address(timelock));
        timelock.grantRole(role, account);
        _finds(_system(), problem);
        vm.prank(address(timelock));
        timelock.revokeRole(role, account);
    }

    function _withoutRole(bytes32 role, address account, string memory problem) private {
        vm.prank(address(timelock));
        timelock.revokeRole(role, account);
        _finds(_system(), problem);
        if (role == 0) return;
        vm.prank(address(timelock));
        timelock.grantRole(role, account);
    }

    function _withFunctionRole(bytes4 selector, uint64 role, string memory problem) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        vm.prank(address(timelock));
        manager.setTargetFunctionRole(address(manager), selectors, role);
        if (bytes(problem).length != 0) _finds(_system(), problem);
    }

    /// @dev That, and nothing else.
    function _finds(GovernanceWiring.System memory system, string memory problem) private view {
        string[] memory problems = wiring.problemsOf(system);
        vm.assertEq(problems.length, 1);
        vm.assertEq(problems[0], problem);
    }
}
