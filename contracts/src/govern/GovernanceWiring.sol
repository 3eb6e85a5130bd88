// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {BreakwaterGovernor} from "./BreakwaterGovernor.sol";
import {Council} from "./Council.sol";
import {CouncilVeto} from "./CouncilVeto.sol";
import {EmergencyAccessManager} from "./EmergencyAccessManager.sol";
import {GuardianVeto} from "./GuardianVeto.sol";
import {Roles} from "./Roles.sol";
import {TimelockVeto} from "./TimelockVeto.sol";
import {UnderwriterVeto} from "./UnderwriterVeto.sol";

/// @title Whether governance is wired as it should be
/// @notice Asked after a deployment, and by anyone at any time since.
/// @dev Roles cannot be listed on-chain: that nobody else holds one is to be read from the timelock's
/// `RoleGranted` events. This contract asks about those that it is told of.
contract GovernanceWiring {
    uint256 private constant MAX_PROBLEMS = 64;

    /// @notice What was deployed.
    /// @param outsiders Who must hold no role: the deployer, and whoever had one meanwhile.
    /// @param owned `Ownable` contracts whose owner must be the timelock.
    /// @param minDelaySeconds The timelock's delay must be at least this.
    struct System {
        TimelockController timelock;
        BreakwaterGovernor governor;
        EmergencyAccessManager manager;
        Council council;
        CouncilVeto councilVeto;
        GuardianVeto guardianVeto;
        UnderwriterVeto underwriterVeto;
        address votes;
        address registry;
        address pool;
        address[] outsiders;
        address[] owned;
        uint256 minDelaySeconds;
    }

    /// @dev What is wrong, as far as it was found.
    struct Problems {
        string[] list;
        uint256 count;
    }

    /// @notice What is wrong with `system`, a sentence each; empty when nothing is.
    function problemsOf(System calldata system) external view returns (string[] memory list) {
        Problems memory problems = Problems(new string[](MAX_PROBLEMS), 0);
        _checkTimelock(system, problems);
        _checkOutsiders(system, problems);
        _checkGovernor(system, problems);
        _checkManager(system, problems);
        _checkCouncil(system, problems);
        _checkVetoes(system, problems);
        _checkOwned(system, problems);

        list = new string[](problems.count);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = problems.list[i];
        }
    }

    function _checkTimelock(System calldata system, Problems memory problems) private view {
        TimelockController timelock = system.timelock;
        bytes32 admin = timelock.DEFAULT_ADMIN_ROLE();
        bytes32 proposer = timelock.PROPOSER_ROLE();
        bytes32 executor = timelock.EXECUTOR_ROLE();
        bytes32 canceller = timelock.CANCELLER_ROLE();
        _require(problems, timelock.getMinDelay() >= system.minDelaySeconds, "timelock: delay too short");
        _require(problems, timelock.hasRole(admin, address(timelock)), "timelock: not its own admin");
        _require(
            problems,
            timelock.hasRole(proposer, address(system.governor)),
            "timelock: governor cannot schedule"
        );
        _require(
            problems,
            timelock.hasRole(executor, address(system.governor)),
            "timelock: governor cannot execute"
        );
        _require(problems, !timelock.hasRole(executor, address(0)), "timelock: anyone can execute");
        _require(
            problems, timelock.hasRole(canceller, address(system.councilVeto)), "timelock: no council veto"
        );
        _require(
            problems, timelock.hasRole(canceller, address(system.guardianVeto)), "timelock: no guardian veto"
        );
        _require(
            problems,
            timelock.hasRole(canceller, address(system.underwriterVeto)),
            "timelock: no underwriter veto"
        );
        // Each can do what is its own, and no more.
        address[5] memory bounded = [
            address(system.council),
            address(system.councilVeto),
            address(system.guardianVeto),
            address(system.underwriterVeto),
            address(system.manager)
        ];
        for (uint256 i = 0; i < bounded.length; ++i) {
            bool isBounded = !timelock.hasRole(admin, bounded[i]) && !timelock.hasRole(proposer, bounded[i])
                && !timelock.hasRole(executor, bounded[i]);
            _require(problems, isBounded, "timelock: a veto can do more than cancel");
        }
        _require(
            problems, !timelock.hasRole(admin, address(system.governor)), "timelock: governor is an admin"
        );
        bool uninsistable = timelock.hasRole(canceller, address(system.council))
            || timelock.hasRole(canceller, address(system.governor));
        _require(problems, !uninsistable, "timelock: a canceller that cannot be overruled");
    }

    function _checkOutsiders(System calldata system, Problems memory problems) private view {
        TimelockController timelock = system.timelock;
        bytes32[4] memory roles = [
            timelock.DEFAULT_ADMIN_ROLE(),
            timelock.PROPOSER_ROLE(),
            timelock.EXECUTOR_ROLE(),
            timelock.CANCELLER_ROLE()
        ];
        for (uint256 i = 0; i < system.outsiders.length; ++i) {
            bool clean = true;
            for (uint256 j = 0; j < roles.length; ++j) {
                clean = clean && !timelock.hasRole(roles[j], system.outsiders[i]);
            }
            for (uint64 role = 0; role <= Roles.BREAKER; ++role) {
                (bool isMember,) = system.manager.hasRole(role, system.outsiders[i]);
                clean = clean && !isMember;
            }
            _require(problems, clean, "outsider: holds a role");
        }
    }

    function _checkGovernor(System calldata system, Problems memory problems) private view {
        BreakwaterGovernor governor = system.governor;
        _require(problems, governor.timelock() == address(system.timelock), "governor: another timelock");
        _require(problems, address(governor.token()) == system.votes, "governor: other votes");
        _require(
            problems, governor.maturitySeconds() > governor.votingDelay(), "governor: votes mature too early"
        );
    }

    function _checkManager(System calldata system, Problems memory problems) private view {
        EmergencyAccessManager manager = system.manager;
        (bool isAdmin, uint32 adminDelay) = manager.hasRole(manager.ADMIN_ROLE(), address(system.timelock));
        _require(problems, isAdmin && adminDelay == 0, "manager: timelock is not its admin");
        (bool isEmergency, uint32 delay) = manager.hasRole(Roles.EMERGENCY, address(system.council));
        _require(problems, isEmergency && delay == 0, "manager: council has no emergency role");
        bytes4 closeFor = EmergencyAccessManager.closeFor.selector;
        _require(
            problems,
            manager.getTargetFunctionRole(address(manager), closeFor) == Roles.EMERGENCY,
            "manager: closing is not the emergency role's"
        );
        bytes4 reopen = EmergencyAccessManager.reopen.selector;
        _require(
            problems,
            manager.getTargetFunctionRole(address(manager), reopen) == manager.ADMIN_ROLE(),
            "manager: reopening is not the admin's"
        );
        (bool councilIsAdmin,) = manager.hasRole(manager.ADMIN_ROLE(), address(system.council));
        _require(problems, !councilIsAdmin, "manager: council is an admin");
        for (uint64 role = Roles.EMERGENCY; role <= Roles.BREAKER; ++role) {
            _require(
                problems,
                manager.getRoleAdmin(role) == manager.ADMIN_ROLE(),
                "manager: a role has another admin"
            );
        }
    }

    function _checkCouncil(System calldata system, Problems memory problems) private view {
        Council council = system.council;
        _require(problems, council.governance() == address(system.timelock), "council: named by another");
        _require(problems, council.termEndSeconds() > block.timestamp, "council: term over");
    }

    function _checkVetoes(System calldata system, Problems memory problems) private view {
        TimelockVeto[3] memory vetoes =
            [TimelockVeto(system.councilVeto), system.guardianVeto, system.underwriterVeto];
        for (uint256 i = 0; i < vetoes.length; ++i) {
            bool wired = address(vetoes[i].timelock()) == address(system.timelock)
                && address(vetoes[i].governor()) == address(system.governor);
            _require(problems, wired, "veto: another timelock or governor");
        }
        _require(problems, system.councilVeto.council() == address(system.council), "veto: another council");
        _require(
            problems, address(system.guardianVeto.registry()) == system.registry, "veto: another registry"
        );
        _require(problems, address(system.underwriterVeto.shares()) == system.pool, "veto: another pool");
    }

    function _checkOwned(System calldata system, Problems memory problems) private view {
        for (uint256 i = 0; i < system.owned.length; ++i) {
            bool owned = Ownable(system.owned[i]).owner() == address(system.timelock);
            _require(problems, owned, "owned: not by the timelock");
        }
    }

    function _require(Problems memory problems, bool condition, string memory problem) private pure {
        if (condition || problems.count == MAX_PROBLEMS) return;
        problems.list[problems.count++] = problem;
    }
}
