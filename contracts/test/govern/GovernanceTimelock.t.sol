// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {
    ITransparentUpgradeableProxy,
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {GovernanceFixture} from "./GovernanceFixture.sol";

/// @notice One more of forge's cheat codes.
interface IVmLoad {
    function load(address target, bytes32 slot) external view returns (bytes32);
}

/// @notice Upgraded by its owner, or by the admin of its proxy.
contract Implementation is Ownable, UUPSUpgradeable {
    uint256 public immutable version;

    constructor(uint256 version_, address owner_) Ownable(owner_) {
        version = version_;
    }

    function initialize(address owner_) external {
        require(owner() == address(0), "initialized");
        _transferOwnership(owner_);
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}
}

/// @notice There is no way past the governor and its timelock, upgrades included.
contract GovernanceTimelockTest is GovernanceFixture {
    function setUp() external {
        _deployGovernance();
    }

    function test_nobodySchedulesExecutesOrCancelsPastTheGovernor() external {
        Proposal memory p = _setProposal(666, "past");
        bytes32 operationId = _passAndQueue(p);
        address[8] memory callers = [
            ALICE,
            MALLORY,
            DEPLOYER,
            address(council),
            address(councilVeto),
            address(guardianVeto),
            address(underwriterVeto),
            address(manager)
        ];
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.startPrank(callers[i]);
            vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
            timelock.scheduleBatch(p.targets, p.values, p.calldatas, 0, 0, TIMELOCK_DELAY);
            vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
            timelock.executeBatch(
                p.targets, p.values, p.calldatas, 0, bytes20(address(governor)) ^ _hashOf(p)
            );
            vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
            timelock.grantRole(0, callers[i]);
            vm.expectPartialRevert(Ownable.OwnableUnauthorizedAccount.selector);
            treasury.set(666);
            vm.stopPrank();
        }
        address[4] memory cancellers = [ALICE, DEPLOYER, address(council), address(governor)];
        for (uint256 i = 0; i < cancellers.length; ++i) {
            vm.prank(cancellers[i]);
            vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
            timelock.cancel(operationId);
        }
    }

    function test_aVotedProposalCannotSkipTheQueue() external {
        Proposal memory p = _setProposal(7, "hurry");
        _propose(ALICE, p);
        _warpToVote(p);
        _vote(ALICE, p, FOR);
        _warpPastVote(p);
        vm.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        governor.execute(p.targets, p.values, p.calldatas, _hashOf(p));
    }

    function test_aShorterDelayComesThroughTheOldOne() external {
        Proposal memory p =
            _proposal(address(timelock), abi.encodeCall(TimelockController.updateDelay, (3 days)), "faster");
        _passAndQueue(p);
        vm.assertEq(timelock.getTimestamp(_operationOf(p)), block.timestamp + TIMELOCK_DELAY);
        Proposal memory q = _setProposal(7, "under the old delay");
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        _execute(p);
        vm.assertEq(timelock.getMinDelay(), 3 days);
        _passAndQueue(q);
        vm.assertEq(timelock.getTimestamp(_operationOf(q)), block.timestamp + 3 days);

        vm.expectPartialRevert(TimelockController.TimelockUnauthorizedCaller.selector);
        timelock.updateDelay(1);
    }

    function test_noDecisionTakesTheDelayBelowTwoDays() external {
        _enact(_proposal(address(timelock), abi.encodeCall(TimelockController.updateDelay, (0)), "at once"));
        vm.assertEq(timelock.getMinDelay(), 2 days);
        Proposal memory p = _setProposal(7, "soon");
        _passAndQueue(p);
        vm.assertEq(timelock.getTimestamp(_operationOf(p)), block.timestamp + 2 days);
    }

    function test_aTransparentProxyIsUpgradedByGovernanceOnly() external {
        address first = address(new Implementation(1, address(this)));
        address second = address(new Implementation(2, address(this)));
        TransparentUpgradeableProxy proxy = new TransparentUpgradeableProxy(
            first, address(timelock), abi.encodeCall(Implementation.initialize, (address(timelock)))
        );
        ProxyAdmin admin = ProxyAdmin(_adminOf(address(proxy)));
        vm.assertEq(admin.owner(), address(timelock));
        bytes memory upgrade = abi.encodeCall(
            ProxyAdmin.upgradeAndCall, (ITransparentUpgradeableProxy(address(proxy)), second, "")
        );
        address[3] memory callers = [DEPLOYER, address(council), address(governor)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, callers[i]));
            admin.upgradeAndCall(ITransparentUpgradeableProxy(address(proxy)), second, "");
        }
        _enact(_proposal(address(admin), upgrade, "second"));
        vm.assertEq(Implementation(address(proxy)).version(), 2);
    }

    function test_aUupsProxyIsUpgradedByGovernanceOnly() external {
        address first = address(new Implementation(1, address(this)));
        address second = address(new Implementation(2, address(this)));
        Implementation proxy = Implementation(
            address(new ERC1967Proxy(first, abi.encodeCall(Implementation.initialize, (address(timelock)))))
        );
        address[3] memory callers = [DEPLOYER, address(council), address(governor)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, callers[i]));
            proxy.upgradeToAndCall(second, "");
        }
        bytes memory upgrade = abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (second, ""));
        _enact(_proposal(address(proxy), upgrade, "second"));
        vm.assertEq(proxy.version(), 2);
    }

    /// @dev The admin of a proxy is in its ERC-1967 slot; forge reads it.
    function _adminOf(address proxy) private view returns (address) {
        return address(uint160(uint256(IVmLoad(address(vm)).load(proxy, ERC1967Utils.ADMIN_SLOT))));
    }
}
