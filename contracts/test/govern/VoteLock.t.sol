// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {VoteLock} from "../../src/govern/VoteLock.sol";
import {ExactTransfer} from "../../src/token/ExactTransfer.sol";
import {Test} from "../Test.sol";
import {FeeToken, HookToken, ITokenSender, RegulatedToken} from "../token/Tokens.sol";

/// @notice Locks once more while its tokens are being taken.
contract LockInLock is ITokenSender {
    VoteLock private immutable _votes;
    bool private _nested;

    constructor(VoteLock votes, HookToken token) {
        _votes = votes;
        token.approve(address(votes), type(uint256).max);
    }

    function lockTwice() external {
        _votes.lock(100, 104 weeks);
    }

    function beforeSend() external {
        if (_nested) return;
        _nested = true;
        _votes.lock(100, 104 weeks);
    }
}

contract VoteLockTest is Test {
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);
    uint256 private constant YEAR = 52 weeks;

    RegulatedToken private token;
    VoteLock private votes;

    function setUp() external {
        vm.warp(1_760_000_000);
        token = new RegulatedToken();
        votes = new VoteLock(token);
        token.mint(ALICE, 1_000e18);
        token.mint(BOB, 1_000e18);
        vm.prank(ALICE);
        token.approve(address(votes), type(uint256).max);
        vm.prank(BOB);
        token.approve(address(votes), type(uint256).max);
    }

    function test_startsEmpty() external view {
        vm.assertEq(address(votes.token()), address(token));
        vm.assertEq(votes.shortestNoticeSeconds(), 1 weeks);
        vm.assertEq(votes.longestNoticeSeconds(), 104 weeks);
        vm.assertEq(votes.lockCount(), 0);
        vm.assertEq(uint256(votes.clock()), block.timestamp);
        vm.assertEq(votes.CLOCK_MODE(), "mode=timestamp");
    }

    function test_powerGrowsWithTheNotice() external {
        vm.expectEmit(address(votes));
        emit VoteLock.Locked(1, ALICE, 100e18, YEAR, 50e18);
        _lock(ALICE, 100e18, YEAR);
        vm.assertEq(votes.powerOf(ALICE), 50e18);
        // Nobody has to delegate to oneself first.
        vm.assertEq(votes.delegates(ALICE), ALICE);
        vm.assertEq(votes.getVotes(ALICE), 50e18);
        vm.assertEq(token.balanceOf(address(votes)), 100e18);

        _lock(ALICE, 100e18, 104 weeks);
        vm.assertEq(votes.getVotes(ALICE), 150e18);
        VoteLock.Lock memory lock = votes.lockOf(1);
        vm.assertEq(lock.owner, ALICE);
        vm.assertEq(uint256(lock.noticeSeconds), YEAR);
        vm.assertEq(uint256(lock.withdrawableAt), 0);
        vm.assertEq(uint256(lock.amount), 100e18);
        vm.assertEq(votes.lockCount(), 2);
    }

    function test_powerDoesNotDecay() external {
        _lock(ALICE, 100e18, 1 weeks);
        uint256 power = votes.getVotes(ALICE);
        vm.warp(block.timestamp + 10 * YEAR);
        vm.assertEq(votes.getVotes(ALICE), power);
        vm.assertGt(power, 0);
    }

    function test_noticeTakesThePowerAwayAtOnceAndTheTokensComeLater() external {
        uint256 lockId = _lock(ALICE, 100e18, YEAR);
        uint256 out = block.timestamp + YEAR;
        vm.expectEmit(address(votes));
        emit VoteLock.NoticeGiven(lockId, ALICE, out);
        vm.prank(ALICE);
        votes.giveNotice(lockId);
        vm.assertEq(votes.getVotes(ALICE), 0);
        vm.assertEq(votes.powerOf(ALICE), 0);

        vm.warp(out - 1);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(VoteLock.NoticeNotOver.selector, out));
        votes.withdraw(lockId);

        vm.warp(out);
        vm.expectEmit(address(votes));
        emit VoteLock.Withdrawn(lockId, ALICE, 100e18);
        vm.prank(ALICE);
        votes.withdraw(lockId);
        vm.assertEq(token.balanceOf(ALICE), 1_000e18);
        vm.assertEq(votes.lockOf(lockId).owner, address(0));
    }

    function test_aLockIsWithdrawnOnce() external {
        uint256 lockId = _lock(ALICE, 100e18, 1 weeks);
        _lock(BOB, 100e18, 1 weeks);
        vm.prank(ALICE);
        votes.giveNotice(lockId);
        vm.warp(block.timestamp + 1 weeks);
        vm.startPrank(ALICE);
        votes.withdraw(lockId);
        vm.expectRevert(abi.encodeWithSelector(VoteLock.CallerNotLockOwner.selector, ALICE, address(0)));
        votes.withdraw(lockId);
        vm.expectRevert(abi.encodeWithSelector(VoteLock.CallerNotLockOwner.selector, ALICE, address(0)));
        votes.giveNotice(lockId);
    }

    function test_refusesANoticeOutOfRange() external {
        uint256[2] memory notices = [uint256(1 weeks - 1), 104 weeks + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(ALICE);
            vm.expectRevert(
                abi.encodeWithSelector(VoteLock.NoticeOutOfRange.selector, notices[i], 1 weeks, 104 weeks)
            );
            votes.lock(100e18, notices[i]);
        }
    }

    function test_refusesALockWithoutAVote() external {
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(VoteLock.LockTooSmall.selector, 103));
        votes.lock(103, 1 weeks);
        vm.assertEq(votes.lock(104, 1 weeks), 1);
        vm.assertEq(votes.getVotes(ALICE), 1);
    }

    function test_noticeIsGivenOnceAndByTheOwner() external {
        uint256 lockId = _lock(ALICE, 100e18, YEAR);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(VoteLock.CallerNotLockOwner.selector, BOB, ALICE));
        votes.giveNotice(lockId);
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(VoteLock.NoticeNotGiven.selector, lockId));
        votes.withdraw(lockId);
        votes.giveNotice(lockId);
        vm.expectRevert(
            abi.encodeWithSelector(VoteLock.NoticeAlreadyGiven.selector, lockId, block.timestamp + YEAR)
        );
        votes.giveNotice(lockId);
        vm.stopPrank();
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(VoteLock.CallerNotLockOwner.selector, BOB, ALICE));
        votes.withdraw(lockId);
    }

    function test_aDelegateLosesWhatNoticeTakes() external {
        uint256 first = _lock(ALICE, 100e18, YEAR);
        vm.prank(ALICE);
        votes.delegate(BOB);
        // Later locks follow the delegate that was chosen.
        _lock(ALICE, 60e18, 104 weeks);
        vm.assertEq(votes.getVotes(BOB), 110e18);
        vm.assertEq(votes.getVotes(ALICE), 0);
        vm.prank(ALICE);
        votes.giveNotice(first);
        vm.assertEq(votes.getVotes(BOB), 60e18);
    }

    function test_refusesATokenWithAFee() external {
        FeeToken fee = new FeeToken();
        VoteLock other = new VoteLock(fee);
        fee.mint(ALICE, 100);
        vm.startPrank(ALICE);
        fee.approve(address(other), 100);
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.TransferInexact.selector, 100, 99));
        other.lock(100, 104 weeks);
    }

    function test_aLockWithinALockIsRefused() external {
        HookToken hook = new HookToken();
        VoteLock other = new VoteLock(hook);
        LockInLock attacker = new LockInLock(other, hook);
        hook.mint(address(attacker), 200);
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.TransferInexact.selector, 100, 200));
        attacker.lockTwice();
    }

    function testFuzz_powerIsRoundedDownAndNeverAboveTheAmount(uint128 amount, uint256 notice) external view {
        notice = bound(notice, 1 weeks, 104 weeks);
        uint256 power = votes.powerFor(amount, notice);
        vm.assertLe(power, amount);
        vm.assertLe(power * 104 weeks, uint256(amount) * notice);
        if (notice == 104 weeks) vm.assertEq(power, amount);
    }

    function testFuzz_splittingALockGivesNoMorePower(uint128 a, uint128 b, uint256 notice) external view {
        notice = bound(notice, 1 weeks, 104 weeks);
        uint256 whole = votes.powerFor(uint256(a) + b, notice);
        vm.assertLe(votes.powerFor(a, notice) + votes.powerFor(b, notice), whole);
    }

    function _lock(address account, uint256 amount, uint256 notice) private returns (uint256) {
        vm.prank(account);
        return votes.lock(amount, notice);
    }
}
