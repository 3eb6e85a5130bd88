// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {VoteLock} from "../../src/govern/VoteLock.sol";
import {InvariantTest, Test} from "../Test.sol";
import {RegulatedToken} from "../token/Tokens.sol";

/// @notice Holders who lock, delegate, give notice and withdraw, when they may and when they may not.
contract VoteLockHandler is Test {
    uint256 private constant HOLDERS = 4;
    /// @dev The books are added up after each call.
    uint256 private constant MAX_LOCKS = 24;

    RegulatedToken public token = new RegulatedToken();
    VoteLock public votes = new VoteLock(token);
    uint256 private _now = 1_760_000_000;

    /// @dev Forge resets the clock between calls.
    modifier atCurrentTime() {
        vm.warp(_now);
        _;
    }

    function holder(uint256 who) public pure returns (address) {
        return address(uint160(0xA0 + who % HOLDERS));
    }

    function currentTime() external view returns (uint256) {
        return _now;
    }

    function lock(uint256 who, uint256 amount, uint256 notice) external atCurrentTime {
        if (votes.lockCount() == MAX_LOCKS) return;
        amount = bound(amount, 104, 1_000_000e18);
        token.mint(holder(who), amount);
        vm.startPrank(holder(who));
        token.approve(address(votes), amount);
        votes.lock(amount, bound(notice, 1 weeks, 104 weeks));
        vm.stopPrank();
    }

    function delegate(uint256 who, uint256 to) external atCurrentTime {
        vm.prank(holder(who));
        votes.delegate(to % 5 == 4 ? address(0) : holder(to));
    }

    function giveNotice(uint256 who, uint256 lockId) external atCurrentTime {
        lockId = bound(lockId, 0, votes.lockCount());
        VoteLock.Lock memory before = votes.lockOf(lockId);
        vm.prank(holder(who));
        try votes.giveNotice(lockId) {
            vm.assertEq(before.owner, holder(who));
            vm.assertEq(uint256(before.withdrawableAt), 0);
        } catch {}
    }

    function withdraw(uint256 who, uint256 lockId) external atCurrentTime {
        lockId = bound(lockId, 0, votes.lockCount());
        VoteLock.Lock memory before = votes.lockOf(lockId);
        vm.prank(holder(who));
        try votes.withdraw(lockId) {
            vm.assertEq(before.owner, holder(who));
            vm.assertGt(uint256(before.withdrawableAt), 0);
            vm.assertLe(uint256(before.withdrawableAt), block.timestamp);
        } catch {}
    }

    function pass(uint256 seconds_) external {
        _now += bound(seconds_, 1, 20 weeks);
    }
}

contract VoteLockInvariantTest is InvariantTest {
    uint256 private constant HOLDERS = 4;

    VoteLockHandler private handler;

    function setUp() external {
        handler = new VoteLockHandler();
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = VoteLockHandler.lock.selector;
        selectors[1] = VoteLockHandler.delegate.selector;
        selectors[2] = VoteLockHandler.giveNotice.selector;
        selectors[3] = VoteLockHandler.withdraw.selector;
        selectors[4] = VoteLockHandler.withdraw.selector;
        selectors[5] = VoteLockHandler.pass.selector;
        _target(address(handler), selectors);
    }

    function invariant_theBooksAgree() external {
        vm.warp(handler.currentTime() + 1);
        VoteLock votes = handler.votes();
        _tokensHeldAreTheLocksAmounts(votes);
        _powerIsThatOfTheLocksWithoutNotice(votes);
        _delegatesHaveWhatWasEntrustedToThem(votes);
    }

    function _tokensHeldAreTheLocksAmounts(VoteLock votes) private view {
        uint256 sum = 0;
        for (uint256 i = 1; i <= votes.lockCount(); ++i) {
            sum += votes.lockOf(i).amount;
        }
        vm.assertEq(handler.token().balanceOf(address(votes)), sum);
    }

    function _powerIsThatOfTheLocksWithoutNotice(VoteLock votes) private view {
        uint256 total = 0;
        for (uint256 h = 0; h < HOLDERS; ++h) {
            uint256 power = 0;
            for (uint256 i = 1; i <= votes.lockCount(); ++i) {
                VoteLock.Lock memory lock = votes.lockOf(i);
                if (lock.owner != handler.holder(h) || lock.withdrawableAt != 0) continue;
                power += votes.powerFor(lock.amount, lock.noticeSeconds);
            }
            vm.assertEq(votes.powerOf(handler.holder(h)), power);
            total += power;
        }
        vm.assertEq(votes.getPastTotalSupply(handler.currentTime()), total);
    }

    function _delegatesHaveWhatWasEntrustedToThem(VoteLock votes) private view {
        for (uint256 d = 0; d < HOLDERS; ++d) {
            uint256 entrusted = 0;
            for (uint256 h = 0; h < HOLDERS; ++h) {
                address holder = handler.holder(h);
                if (votes.delegates(holder) == handler.holder(d)) entrusted += votes.powerOf(holder);
            }
            vm.assertEq(votes.getVotes(handler.holder(d)), entrusted);
            vm.assertEq(votes.getPastVotes(handler.holder(d), handler.currentTime()), entrusted);
        }
    }
}
