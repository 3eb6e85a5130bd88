// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {CouncilVeto} from "../../src/govern/CouncilVeto.sol";
import {GuardianVeto} from "../../src/govern/GuardianVeto.sol";
import {TimelockVeto} from "../../src/govern/TimelockVeto.sol";
import {UnderwriterVeto} from "../../src/govern/UnderwriterVeto.sol";
import {GovernanceFixture} from "./GovernanceFixture.sol";

contract VetoesTest is GovernanceFixture {
    Proposal private p;
    bytes32 private operationId;

    function setUp() external {
        _deployGovernance();
        Proposal memory p_ = _setProposal(666, "harmless");
        p = p_;
        operationId = _passAndQueue(p_);
    }

    function test_sayWhereTheyBelong() external view {
        vm.assertEq(address(councilVeto.timelock()), address(timelock));
        vm.assertEq(address(councilVeto.governor()), address(governor));
        vm.assertEq(councilVeto.council(), address(council));
        vm.assertEq(address(guardianVeto.registry()), address(registry));
        vm.assertEq(address(underwriterVeto.shares()), address(pool));
        vm.assertEq(underwriterVeto.maturitySeconds(), MATURITY);
    }

    function test_theCouncilCancels() external {
        _vetoByCouncil(operationId);
        _assertVetoed();
    }

    function test_onlyTheCouncilUsesItsVeto() external {
        vm.prank(_member(0));
        vm.expectRevert(
            abi.encodeWithSelector(CouncilVeto.CallerNotCouncil.selector, _member(0), address(council))
        );
        councilVeto.veto(operationId);
    }

    function test_aVetoIsAnnounced() external {
        vm.expectEmit(address(councilVeto));
        emit TimelockVeto.Vetoed(operationId);
        vm.prank(address(council));
        councilVeto.veto(operationId);
    }

    function test_theGuardiansCancel() external {
        _vetoByGuardians(operationId);
        _assertVetoed();
    }

    function test_fewerThanAQuorumOfGuardiansDoNot() external {
        uint64 deadline = uint64(block.timestamp);
        bytes32 digest = guardianVeto.hashVeto(operationId, 1, deadline);
        bytes memory signatures = signaturesOf(0x03, digest);
        vm.expectRevert(abi.encodeWithSelector(GuardianVeto.CertificateInvalid.selector, digest));
        guardianVeto.veto(operationId, 1, deadline, 0x03, signatures);
    }

    function test_aGuardiansVetoIsForOneOperationEpochAndTime() external {
        uint64 deadline = uint64(block.timestamp + 1 hours);
        bytes memory signatures = signaturesOf(QUORUM, guardianVeto.hashVeto(operationId, 1, deadline));

        bytes32 other = keccak256("another operation");
        _refuseCertificate(other, 1, deadline, signatures);
        _refuseCertificate(operationId, 2, deadline, signatures);
        _refuseCertificate(operationId, 1, deadline + 1, signatures);

        vm.warp(deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(GuardianVeto.DeadlinePassed.selector, deadline, block.timestamp)
        );
        guardianVeto.veto(operationId, 1, deadline, QUORUM, signatures);
    }

    function test_aGuardiansVetoIsForOneContractTimelockAndChain() external {
        uint64 deadline = uint64(block.timestamp + 1 hours);
        bytes memory signatures = signaturesOf(QUORUM, guardianVeto.hashVeto(operationId, 1, deadline));
        GuardianVeto twin = new GuardianVeto(timelock, governor, registry);
        bytes32 digest = twin.hashVeto(operationId, 1, deadline);
        vm.expectRevert(abi.encodeWithSelector(GuardianVeto.CertificateInvalid.selector, digest));
        twin.veto(operationId, 1, deadline, QUORUM, signatures);

        vm.chainId(10);
        _refuseCertificate(operationId, 1, deadline, signatures);
    }

    function test_theDigestIsEip712() external view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Breakwater GuardianVeto"),
                keccak256("1"),
                block.chainid,
                address(guardianVeto)
            )
        );
        bytes32 veto = keccak256(
            abi.encode(
                keccak256("Veto(address timelock,bytes32 operationId,uint64 epoch,uint64 deadlineSeconds)"),
                address(timelock),
                operationId,
                uint64(3),
                uint64(5)
            )
        );
        vm.assertEq(
            guardianVeto.hashVeto(operationId, 3, 5), keccak256(abi.encodePacked(hex"1901", domain, veto))
        );
    }

    function test_theUnderwritersCancel() external {
        // 600,000 of a million object, where 30 % are enough.
        uint256 shares = pool.balanceOf(UNA);
        vm.expectEmit(address(underwriterVeto));
        emit UnderwriterVeto.Objected(operationId, UNA, shares, shares);
        vm.prank(UNA);
        underwriterVeto.object(operationId);
        _assertVetoed();
        vm.assertTrue(underwriterVeto.hasObjected(operationId, UNA));
    }

    function test_objectionsAddUp() external {
        _underwrite(address(0x51), 1_500_000e6);
        _mature();
        operationId = _requeue();
        // 400,000 of 2,500,000, and then 600,000 more.
        vm.prank(UDO);
        underwriterVeto.object(operationId);
        (uint256 objecting, uint256 needed, uint256 snapshot) = underwriterVeto.objectionsTo(operationId);
        vm.assertEq(objecting, 400_000e12);
        vm.assertEq(needed, 750_000e12);
        vm.assertEq(snapshot, block.timestamp - 1);
        vm.assertTrue(timelock.isOperationPending(operationId));

        vm.prank(UDO);
        vm.expectRevert(abi.encodeWithSelector(UnderwriterVeto.AlreadyObjected.selector, operationId, UDO));
        underwriterVeto.object(operationId);
        vm.prank(UNA);
        underwriterVeto.object(operationId);
        vm.assertFalse(timelock.isOperationPending(operationId));
    }

    function test_freshSharesDoNotObject() external {
        _underwrite(MALLORY, 10_000_000e6);
        vm.warp(block.timestamp + 1 days);
        vm.prank(MALLORY);
        vm.expectRevert(
            abi.encodeWithSelector(UnderwriterVeto.VotesMissing.selector, MALLORY, block.timestamp - 1)
        );
        underwriterVeto.object(operationId);
        // Nor do they stand in the way of those who may.
        vm.prank(UNA);
        underwriterVeto.object(operationId);
        _assertVetoed();
    }

    function test_sharesThatMoveObjectOnce() external {
        _underwrite(address(0x51), 3_000_000e6);
        _mature();
        operationId = _requeue();
        vm.prank(UNA);
        underwriterVeto.object(operationId);
        uint256 shares = pool.balanceOf(UNA);
        vm.prank(UNA);
        pool.transfer(MALLORY, shares);
        vm.warp(block.timestamp + 1);
        vm.prank(MALLORY);
        vm.expectPartialRevert(UnderwriterVeto.VotesMissing.selector);
        underwriterVeto.object(operationId);
    }

    function test_whoAskedToLeaveStillObjects() external {
        _request(UNA, pool.balanceOf(UNA));
        vm.prank(UNA);
        underwriterVeto.object(operationId);
        _assertVetoed();
    }

    function test_aNearlyEmptyPoolDoesNotVeto() external {
        UnderwriterVeto veto = new UnderwriterVeto(timelock, governor, pool, MATURITY, 3_000, 700_000e12);
        vm.prank(UNA);
        veto.object(operationId);
        (, uint256 needed,) = veto.objectionsTo(operationId);
        vm.assertEq(needed, 700_000e12);
        vm.assertTrue(timelock.isOperationPending(operationId));
    }

    function test_onlyWhatIsPendingIsObjectedTo() external {
        bytes32 nothing = keccak256("nothing");
        vm.expectRevert(abi.encodeWithSelector(UnderwriterVeto.OperationNotPending.selector, nothing));
        underwriterVeto.object(nothing);
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        _execute(p);
        vm.prank(UNA);
        vm.expectRevert(abi.encodeWithSelector(UnderwriterVeto.OperationNotPending.selector, operationId));
        underwriterVeto.object(operationId);
    }

    function test_refusesAThresholdOutOfRange() external {
        _refuseThreshold(MATURITY, 0, 1);
        _refuseThreshold(MATURITY, 10_001, 1);
        _refuseThreshold(MATURITY, 3_000, 0);
        _refuseThreshold(0, 3_000, 1);
    }

    function test_vetoesReachToTheLastMoment() external {
        vm.warp(block.timestamp + TIMELOCK_DELAY + 100 days);
        vm.assertTrue(timelock.isOperationReady(operationId));
        _vetoByGuardians(operationId);
        _assertVetoed();
    }

    function test_whatIsDoneCannotBeVetoed() external {
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        _execute(p);
        uint64 deadline = uint64(block.timestamp);
        bytes memory signatures = signaturesOf(QUORUM, guardianVeto.hashVeto(operationId, 1, deadline));
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        guardianVeto.veto(operationId, 1, deadline, QUORUM, signatures);
    }

    /// @dev All three, in one place, because it is one rule.
    function test_whatGovernanceInsistsOnCannotBeVetoed() external {
        _vetoByGuardians(operationId);
        Proposal memory again = _insist(ALICE, p, "again");
        _warpToVote(again);
        _vote(ALICE, again, FOR);
        _warpPastVote(again);
        vm.warp(block.timestamp + INSIST_DELAY);
        _queue(again);
        bytes32 insisted = _operationOf(again);
        bytes memory refusal = abi.encodeWithSelector(TimelockVeto.OperationInsisted.selector, insisted);

        uint64 deadline = uint64(block.timestamp);
        bytes memory signatures = signaturesOf(QUORUM, guardianVeto.hashVeto(insisted, 1, deadline));
        vm.expectRevert(refusal);
        guardianVeto.veto(insisted, 1, deadline, QUORUM, signatures);
        vm.prank(UNA);
        vm.expectRevert(refusal);
        underwriterVeto.object(insisted);
        vm.prank(address(council));
        vm.expectRevert(refusal);
        councilVeto.veto(insisted);

        vm.warp(block.timestamp + TIMELOCK_DELAY);
        _execute(again);
        vm.assertEq(treasury.value(), 666);
    }

    /// @dev The same calls under another description, because each proposal is queued once.
    function _requeue() private returns (bytes32) {
        return _passAndQueue(_setProposal(666, "harmless too"));
    }

    function _assertVetoed() private {
        vm.assertFalse(timelock.isOperationPending(operationId));
        Proposal memory p_ = p;
        _assertState(p_, IGovernor.ProposalState.Canceled);
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        vm.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        governor.execute(p_.targets, p_.values, p_.calldatas, _hashOf(p_));
        vm.assertEq(treasury.value(), 0);
    }

    function _refuseCertificate(bytes32 operation, uint64 epoch, uint64 deadline, bytes memory signatures)
        private
    {
        bytes32 digest = guardianVeto.hashVeto(operation, epoch, deadline);
        vm.expectRevert(abi.encodeWithSelector(GuardianVeto.CertificateInvalid.selector, digest));
        guardianVeto.veto(operation, epoch, deadline, QUORUM, signatures);
    }

    function _refuseThreshold(uint256 maturity, uint256 bps, uint256 floor) private {
        vm.expectRevert(
            abi.encodeWithSelector(UnderwriterVeto.ThresholdOutOfRange.selector, bps, floor, maturity)
        );
        new UnderwriterVeto(timelock, governor, pool, maturity, bps, floor);
    }
}
