// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {BreakwaterGovernor} from "../../src/govern/BreakwaterGovernor.sol";
import {Council} from "../../src/govern/Council.sol";
import {CouncilVeto} from "../../src/govern/CouncilVeto.sol";
import {EmergencyAccessManager} from "../../src/govern/EmergencyAccessManager.sol";
import {GovernanceTimelock} from "../../src/govern/GovernanceTimelock.sol";
import {GovernanceWiring} from "../../src/govern/GovernanceWiring.sol";
import {GuardianVeto} from "../../src/govern/GuardianVeto.sol";
import {Roles} from "../../src/govern/Roles.sol";
import {UnderwriterVeto} from "../../src/govern/UnderwriterVeto.sol";
import {VoteLock} from "../../src/govern/VoteLock.sol";
import {InsuranceFixture} from "../insure/InsuranceFixture.sol";

/// @notice The governance token.
contract VoteToken is ERC20("Vote", "VOTE") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Something that governance owns.
contract Treasury is Ownable {
    uint256 public value;

    constructor(address owner_) Ownable(owner_) {}

    function set(uint256 value_) external onlyOwner {
        value = value_;
    }
}

/// @notice The whole of governance, wired as a deployment wires it: three holders with mature votes, four
/// guardians, a council of five, and underwriters with mature shares.
abstract contract GovernanceFixture is InsuranceFixture {
    struct Proposal {
        address[] targets;
        uint256[] values;
        bytes[] calldatas;
        string description;
    }

    address internal constant DEPLOYER = address(0xDE9101);
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    address internal constant CAROL = address(0xCA401);
    address internal constant MALLORY = address(0x3A1104);
    uint8 internal constant AGAINST = 0;
    uint8 internal constant FOR = 1;
    uint8 internal constant ABSTAIN = 2;

    uint256 internal constant MATURITY = 14 days;
    uint256 internal constant VOTING_DELAY = 2 days;
    uint256 internal constant VOTING_PERIOD = 7 days;
    uint256 internal constant LATE_QUORUM = 2 days;
    uint256 internal constant INSIST_DELAY = 30 days;
    uint256 internal constant TIMELOCK_DELAY = 7 days;
    uint256 internal constant THRESHOLD = 10_000e18;
    uint256 internal constant QUORUM_FLOOR = 100_000e18;
    uint256 internal constant QUORUM_PERCENT = 10;
    uint256 internal constant COUNCIL_SIZE = 5;
    uint256 internal constant COUNCIL_THRESHOLD = 3;

    VoteToken internal token;
    VoteLock internal votes;
    GovernanceTimelock internal timelock;
    BreakwaterGovernor internal governor;
    EmergencyAccessManager internal manager;
    Council internal council;
    CouncilVeto internal councilVeto;
    GuardianVeto internal guardianVeto;
    UnderwriterVeto internal underwriterVeto;
    Treasury internal treasury;

    function _deployGovernance() internal {
        vm.warp(1_760_000_000);
        vm.roll(1_000);
        vm.startPrank(DEPLOYER);
        token = new VoteToken();
        votes = new VoteLock(token);
        timelock = new GovernanceTimelock(TIMELOCK_DELAY, DEPLOYER);
        governor = new BreakwaterGovernor(votes, timelock, _settings());
        manager = new EmergencyAccessManager(DEPLOYER);
        council = new Council(address(timelock), _members(), COUNCIL_THRESHOLD, block.timestamp + 180 days);
        treasury = new Treasury(address(timelock));
        vm.stopPrank();
        _deployPool(address(timelock));
        _deployVetoes();
        _wire();
        _lock(ALICE, 2_000_000e18, 104 weeks);
        _lock(BOB, 1_000_000e18, 104 weeks);
        _lock(CAROL, 1_000_000e18, 104 weeks);
        _underwrite(UNA, 600_000e6);
        _underwrite(UDO, 400_000e6);
        _mature();
    }

    function _deployVetoes() private {
        vm.startPrank(DEPLOYER);
        councilVeto = new CouncilVeto(timelock, governor, address(council));
        guardianVeto = new GuardianVeto(timelock, governor, registry);
        underwriterVeto = new UnderwriterVeto(timelock, governor, pool, MATURITY, 3_000, 10_000e12);
        vm.stopPrank();
    }

    /// @dev Who deploys wires, and then renounces what it wired with.
    function _wire() private {
        vm.startPrank(DEPLOYER);
        timelock.grantRole(timelock.PROPOSER_ROLE(), address(governor));
        timelock.grantRole(timelock.EXECUTOR_ROLE(), address(governor));
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(councilVeto));
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(guardianVeto));
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(underwriterVeto));
        timelock.renounceRole(timelock.DEFAULT_ADMIN_ROLE(), DEPLOYER);

        bytes4[] memory closing = new bytes4[](1);
        closing[0] = EmergencyAccessManager.closeFor.selector;
        manager.setTargetFunctionRole(address(manager), closing, Roles.EMERGENCY);
        manager.grantRole(Roles.EMERGENCY, address(council), 0);
        manager.grantRole(manager.ADMIN_ROLE(), address(timelock), 0);
        manager.renounceRole(manager.ADMIN_ROLE(), DEPLOYER);
        vm.stopPrank();
    }

    function _settings() internal pure returns (BreakwaterGovernor.Settings memory) {
        return BreakwaterGovernor.Settings({
            votingDelaySeconds: uint48(VOTING_DELAY),
            votingPeriodSeconds: uint32(VOTING_PERIOD),
            lateQuorumSeconds: uint48(LATE_QUORUM),
            maturitySeconds: MATURITY,
            insistDelaySeconds: INSIST_DELAY,
            proposalThreshold: THRESHOLD,
            quorumPercent: QUORUM_PERCENT,
            quorumFloor: QUORUM_FLOOR
        });
    }

    /// @notice What the deployment says it deployed.
    function _system() internal view returns (GovernanceWiring.System memory system) {
        system.timelock = timelock;
        system.governor = governor;
        system.manager = manager;
        system.council = council;
        system.councilVeto = councilVeto;
        system.guardianVeto = guardianVeto;
        system.underwriterVeto = underwriterVeto;
        system.votes = address(votes);
        system.registry = address(registry);
        system.pool = address(pool);
        system.outsiders = new address[](1);
        system.outsiders[0] = DEPLOYER;
        system.owned = new address[](3);
        system.owned[0] = address(registry);
        system.owned[1] = address(pool);
        system.owned[2] = address(treasury);
        system.minDelaySeconds = TIMELOCK_DELAY;
    }

    function _member(uint256 index) internal pure returns (address) {
        return address(uint160(0xC000 + index));
    }

    function _members() internal pure returns (address[] memory list) {
        list = new address[](COUNCIL_SIZE);
        for (uint256 i = 0; i < COUNCIL_SIZE; ++i) {
            list[i] = _member(i);
        }
    }

    function _lock(address account, uint256 amount, uint256 noticeSeconds) internal returns (uint256) {
        token.mint(account, amount);
        vm.startPrank(account);
        token.approve(address(votes), amount);
        uint256 lockId = votes.lock(amount, noticeSeconds);
        vm.stopPrank();
        return lockId;
    }

    /// @notice Time passes until all votes and shares count.
    function _mature() internal {
        vm.warp(block.timestamp + MATURITY + 1);
    }

    /// @notice A proposal of one call.
    function _proposal(address target, bytes memory data, string memory description)
        internal
        pure
        returns (Proposal memory p)
    {
        p.targets = new address[](1);
        p.targets[0] = target;
        p.values = new uint256[](1);
        p.calldatas = new bytes[](1);
        p.calldatas[0] = data;
        p.description = description;
    }

    function _setProposal(uint256 value, string memory description) internal view returns (Proposal memory) {
        return _proposal(address(treasury), abi.encodeCall(Treasury.set, (value)), description);
    }

    function _idOf(Proposal memory p) internal view returns (uint256) {
        return governor.getProposalId(p.targets, p.values, p.calldatas, _hashOf(p));
    }

    function _operationOf(Proposal memory p) internal view returns (bytes32) {
        return governor.operationIdOf(p.targets, p.values, p.calldatas, _hashOf(p));
    }

    function _hashOf(Proposal memory p) internal pure returns (bytes32) {
        return keccak256(bytes(p.description));
    }

    function _propose(address proposer, Proposal memory p) internal returns (uint256) {
        vm.prank(proposer);
        return governor.propose(p.targets, p.values, p.calldatas, p.description);
    }

    function _insist(address proposer, Proposal memory p, string memory description)
        internal
        returns (Proposal memory again)
    {
        again = Proposal(p.targets, p.values, p.calldatas, description);
        vm.prank(proposer);
        governor.insist(p.targets, p.values, p.calldatas, description, _hashOf(p));
    }

    function _vote(address voter, Proposal memory p, uint8 support) internal returns (uint256) {
        uint256 id = _idOf(p);
        vm.prank(voter);
        return governor.castVote(id, support);
    }

    function _warpToVote(Proposal memory p) internal {
        vm.warp(governor.proposalSnapshot(_idOf(p)) + 1);
    }

    function _warpPastVote(Proposal memory p) internal {
        vm.warp(governor.proposalDeadline(_idOf(p)) + 1);
    }

    function _queue(Proposal memory p) internal {
        governor.queue(p.targets, p.values, p.calldatas, _hashOf(p));
    }

    function _execute(Proposal memory p) internal {
        governor.execute(p.targets, p.values, p.calldatas, _hashOf(p));
    }

    /// @notice Alice proposes and her votes decide; the proposal is queued.
    function _passAndQueue(Proposal memory p) internal returns (bytes32 operationId) {
        _propose(ALICE, p);
        _warpToVote(p);
        _vote(ALICE, p, FOR);
        _warpPastVote(p);
        _queue(p);
        return _operationOf(p);
    }

    /// @notice From the proposal to its execution.
    function _enact(Proposal memory p) internal {
        _passAndQueue(p);
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        _execute(p);
    }

    function _assertState(Proposal memory p, IGovernor.ProposalState expected) internal view {
        vm.assertEq(uint256(governor.state(_idOf(p))), uint256(expected));
    }

    function _call(address target, bytes memory data) internal view returns (Council.Call memory) {
        return Council.Call(target, data, uint64(block.timestamp + 1 days), 0);
    }

    /// @notice The first `count` members approve a call.
    function _approve(Council.Call memory call, uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) {
            vm.prank(_member(i));
            council.approve(call);
        }
    }

    /// @notice Enough of the council vetoes.
    function _vetoByCouncil(bytes32 operationId) internal {
        Council.Call memory call =
            _call(address(councilVeto), abi.encodeCall(CouncilVeto.veto, (operationId)));
        _approve(call, COUNCIL_THRESHOLD);
    }

    /// @notice A quorum of guardians vetoes, and a stranger carries it.
    function _vetoByGuardians(bytes32 operationId) internal {
        uint64 deadline = uint64(block.timestamp + 1 hours);
        bytes32 digest = guardianVeto.hashVeto(operationId, 1, deadline);
        bytes memory signatures = signaturesOf(QUORUM, digest);
        vm.prank(address(0xCA44));
        guardianVeto.veto(operationId, 1, deadline, QUORUM, signatures);
    }
}
