// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Council} from "../../src/govern/Council.sol";
import {Test} from "../Test.sol";

/// @notice What the council calls.
contract Bell {
    uint256 public rung;

    error BellBroken();

    function ring() external {
        ++rung;
    }

    function breakIt() external pure {
        revert BellBroken();
    }
}

/// @notice A member that is a contract, and approves again while its approval is carried out.
contract EagerMember {
    Council.Call private _again;
    bytes public failure;

    function approve(Council council, Council.Call calldata call) external {
        _again = call;
        council.approve(call);
    }

    function poke(Council council) external {
        try council.approve(_again) {}
        catch (bytes memory reason) {
            failure = reason;
        }
    }
}

contract CouncilTest is Test {
    address private constant GOVERNANCE = address(0x60);
    uint256 private constant TERM = 180 days;

    Council private council;
    Bell private bell;

    function setUp() external {
        vm.warp(1_760_000_000);
        council = new Council(GOVERNANCE, _members(5), 3, block.timestamp + TERM);
        bell = new Bell();
    }

    function test_startsItsFirstTerm() external view {
        vm.assertEq(council.governance(), GOVERNANCE);
        vm.assertEq(council.members(), _members(5));
        vm.assertEq(council.threshold(), 3);
        vm.assertEq(council.term(), 1);
        vm.assertEq(council.termEndSeconds(), block.timestamp + TERM);
    }

    function test_callsWhenEnoughApproved() external {
        Council.Call memory call = _ring();
        bytes32 id = council.hashCall(call);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectEmit(address(council));
            emit Council.CallApproved(id, _member(i), i + 1);
            _approve(i, call);
            vm.assertEq(bell.rung(), 0);
            vm.assertEq(council.approvalsOf(id), i + 1);
        }
        vm.expectEmit(address(council));
        emit Council.CallMade(id, address(bell), call.data);
        _approve(4, call);
        vm.assertEq(bell.rung(), 1);
        vm.assertTrue(council.isMade(id));
    }

    function test_callsOnce() external {
        Council.Call memory call = _ring();
        _approve(0, call);
        _approve(1, call);
        _approve(2, call);
        _refuse(3, call, abi.encodeWithSelector(Council.CallAlreadyMade.selector, council.hashCall(call)));
        // The same call, meant once more.
        call.salt = bytes32(uint256(1));
        _approve(0, call);
        _approve(1, call);
        _approve(2, call);
        vm.assertEq(bell.rung(), 2);
    }

    function test_aMemberApprovesOnce() external {
        Council.Call memory call = _ring();
        _approve(0, call);
        bytes32 id = council.hashCall(call);
        _refuse(0, call, abi.encodeWithSelector(Council.AlreadyApproved.selector, id, _member(0)));
        vm.assertEq(council.approvalsOf(id), 1);
    }

    function test_aStrangerApprovesNothing() external {
        Council.Call memory call = _ring();
        _refuse(7, call, abi.encodeWithSelector(Council.CallerNotMember.selector, _member(7)));
        vm.prank(GOVERNANCE);
        vm.expectRevert(abi.encodeWithSelector(Council.CallerNotMember.selector, GOVERNANCE));
        council.approve(call);
    }

    function test_otherDataIsAnotherCall() external {
        Council.Call memory call = _ring();
        _approve(0, call);
        _approve(1, call);
        call.data = abi.encodeCall(Bell.breakIt, ());
        _approve(2, call);
        vm.assertEq(council.approvalsOf(council.hashCall(call)), 1);
        vm.assertEq(bell.rung(), 0);
    }

    function test_aCallThatFailsLeavesItsLastApprovalOut() external {
        Council.Call memory call = _ring();
        call.data = abi.encodeCall(Bell.breakIt, ());
        _approve(0, call);
        _approve(1, call);
        _refuse(2, call, abi.encodeWithSelector(Bell.BellBroken.selector));
        vm.assertEq(council.approvalsOf(council.hashCall(call)), 2);
        vm.assertFalse(council.isMade(council.hashCall(call)));
    }

    function test_aCallHasItsEnd() external {
        Council.Call memory call = _ring();
        _approve(0, call);
        _approve(1, call);
        vm.warp(call.deadlineSeconds);
        _approve(2, call);
        vm.assertEq(bell.rung(), 1);

        call = _ring();
        _approve(0, call);
        _approve(1, call);
        vm.warp(call.deadlineSeconds + 1);
        _refuse(2, call, _deadlineError(call));
        call.deadlineSeconds = uint64(block.timestamp + 14 days + 1);
        _refuse(2, call, _deadlineError(call));
        call.deadlineSeconds = uint64(block.timestamp + 14 days);
        _approve(2, call);
    }

    function test_theTermEndsAllPowers() external {
        Council.Call memory call = _ring();
        vm.warp(council.termEndSeconds() - 1);
        call.deadlineSeconds = uint64(block.timestamp + 1 days);
        _approve(0, call);
        _approve(1, call);
        vm.warp(block.timestamp + 1);
        _refuse(2, call, abi.encodeWithSelector(Council.TermOver.selector, block.timestamp));
    }

    function test_anotherTermForgetsApprovals() external {
        Council.Call memory call = _ring();
        _approve(0, call);
        _approve(1, call);
        vm.expectEmit(address(council));
        emit Council.TermStarted(2, _members(3), 2, block.timestamp + 1 days);
        vm.prank(GOVERNANCE);
        council.startTerm(_members(3), 2, block.timestamp + 1 days);
        _approve(2, call);
        vm.assertEq(bell.rung(), 0);
        _refuse(4, call, abi.encodeWithSelector(Council.CallerNotMember.selector, _member(4)));
        _approve(0, call);
        vm.assertEq(bell.rung(), 1);
        // What was made in an earlier term can be made again only by approving it again, as it was here.
        vm.assertEq(council.term(), 2);
    }

    function test_onlyGovernanceNamesACouncil() external {
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(Council.CallerNotGovernance.selector, _member(0), GOVERNANCE));
        council.startTerm(_members(5), 2, block.timestamp + TERM);
        // Not even the council itself.
        Council.Call memory call = _ring();
        call.target = address(council);
        call.data = abi.encodeCall(Council.startTerm, (_members(2), 2, block.timestamp + TERM));
        _approve(0, call);
        _approve(1, call);
        _refuse(
            2,
            call,
            abi.encodeWithSelector(Council.CallerNotGovernance.selector, address(council), GOVERNANCE)
        );
    }

    function test_refusesACouncilThatOneMemberDecides() external {
        _refuseTerm(_members(5), 1, abi.encodeWithSelector(Council.ThresholdTooLow.selector, 1, 2));
        _refuseTerm(_members(5), 0, abi.encodeWithSelector(Council.ThresholdTooLow.selector, 0, 2));
    }

    function test_refusesMembersThatDoNotFit() external {
        _refuseTerm(_members(2), 3, abi.encodeWithSelector(Council.MemberCountOutOfRange.selector, 2, 3, 32));
        _refuseTerm(
            _members(33), 3, abi.encodeWithSelector(Council.MemberCountOutOfRange.selector, 33, 3, 32)
        );
        address[] memory list = _members(3);
        list[1] = address(0);
        _refuseTerm(list, 2, abi.encodeWithSelector(Council.MemberZero.selector, 1));
        list[1] = list[0];
        _refuseTerm(list, 2, abi.encodeWithSelector(Council.MemberDuplicated.selector, list[0]));
    }

    function test_refusesATermWithoutAnEnd() external {
        uint256 now_ = block.timestamp;
        uint256[2] memory ends = [now_, now_ + 365 days + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(Council.TermEndOutOfRange.selector, ends[i], now_, now_ + 365 days)
            );
            vm.prank(GOVERNANCE);
            council.startTerm(_members(3), 2, ends[i]);
        }
    }

    function test_aMemberThatReentersFindsTheCallMade() external {
        EagerMember eager = new EagerMember();
        address[] memory list = _members(3);
        list[2] = address(eager);
        vm.prank(GOVERNANCE);
        council.startTerm(list, 2, block.timestamp + TERM);
        Council.Call memory call = _ring();
        (call.target, call.data) = (address(eager), abi.encodeCall(EagerMember.poke, (council)));
        _approve(0, call);
        eager.approve(council, call);
        vm.assertEq(
            eager.failure(), abi.encodeWithSelector(Council.CallAlreadyMade.selector, council.hashCall(call))
        );
    }

    function testFuzz_onlyEnoughDifferentMembersCall(uint256 threshold, uint256[8] calldata approvers)
        external
    {
        threshold = bound(threshold, 2, 5);
        vm.prank(GOVERNANCE);
        council.startTerm(_members(5), threshold, block.timestamp + TERM);
        Council.Call memory call = _ring();
        uint256 seen = 0;
        uint256 count = 0;
        for (uint256 i = 0; i < approvers.length && count < threshold; ++i) {
            uint256 who = approvers[i] % 7;
            vm.prank(_member(who));
            bool fresh = who < 5 && (seen >> who) & 1 == 0;
            try council.approve(call) {
                vm.assertTrue(fresh);
            } catch {
                vm.assertFalse(fresh);
            }
            if (fresh) (seen, count) = (seen | (1 << who), count + 1);
            vm.assertEq(bell.rung(), count >= threshold ? 1 : 0);
        }
    }

    function _member(uint256 index) private pure returns (address) {
        return address(uint160(0xC000 + index));
    }

    function _members(uint256 count) private pure returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = _member(i);
        }
    }

    function _ring() private view returns (Council.Call memory) {
        return Council.Call(
            address(bell), abi.encodeCall(Bell.ring, ()), uint64(block.timestamp + 2 days), bytes32(0)
        );
    }

    function _approve(uint256 member, Council.Call memory call) private {
        vm.prank(_member(member));
        council.approve(call);
    }

    function _refuse(uint256 member, Council.Call memory call, bytes memory reason) private {
        vm.expectRevert(reason);
        _approve(member, call);
    }

    function _refuseTerm(address[] memory list, uint256 threshold, bytes memory reason) private {
        vm.expectRevert(reason);
        new Council(GOVERNANCE, list, threshold, block.timestamp + TERM);
    }

    function _deadlineError(Council.Call memory call) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            Council.CallDeadlineOutOfRange.selector,
            call.deadlineSeconds,
            block.timestamp,
            block.timestamp + 14 days
        );
    }
}
