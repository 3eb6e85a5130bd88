// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FlowQueue} from "../../src/inline/FlowQueue.sol";
import {FlowFixture} from "./FlowFixture.sol";
import {FlowPurse} from "./FlowPurse.sol";
import {CallingToken, IReceiver, PlainToken} from "./Tokens.sol";

/// @notice Has a claim paid again while it is being paid.
contract GreedyReceiver is IReceiver {
    FlowPurse private immutable _purse;
    uint256 public refusals;

    constructor(FlowPurse purse) {
        _purse = purse;
    }

    function received() external {
        try _purse.claim(1) {}
        catch {
            ++refusals;
        }
    }
}

/// @notice Claims: when they are paid, to whom, and what the governor can and cannot do to them.
/// forge-config: default.isolate = true
contract FlowQueueTest is FlowFixture {
    address private constant ALICE = address(0xA11CE);
    uint256 private constant OWED = 300_000e6;

    FlowPurse private purse;
    PlainToken private usd;
    uint256 private bookedAt;

    function setUp() external {
        vm.warp(1_760_000_000);
        purse = new FlowPurse(GOVERNOR, QUEUE_DELAY);
        usd = new PlainToken(6);
        purse.setLimit(address(usd), _hourAndDay());
        _fill(purse, usd, 1_000_000e6);
        bookedAt = block.timestamp;
        vm.expectEmit(address(purse));
        emit FlowQueue.ClaimQueued(1, address(usd), ALICE, OWED, bookedAt + QUEUE_DELAY);
        vm.assertEq(purse.take(address(usd), ALICE, OWED), 1);
    }

    function _refuseClaim(bytes memory reason) private {
        vm.expectRevert(reason);
        purse.claim(1);
    }

    function _notReady(uint256 atSeconds) private pure returns (bytes memory) {
        return abi.encodeWithSelector(FlowQueue.ClaimNotReady.selector, 1, atSeconds);
    }

    function test_aClaimIsSeen() external view {
        vm.assertEq(purse.queueDelaySeconds(), QUEUE_DELAY);
        vm.assertEq(purse.claimCount(), 1);
        vm.assertEq(purse.queuedTotal(address(usd)), OWED);
        vm.assertEq(purse.claimableAtSeconds(1), bookedAt + QUEUE_DELAY);
        FlowQueue.Claim memory claim = purse.claimOf(1);
        vm.assertEq(claim.asset, address(usd));
        vm.assertEq(claim.to, ALICE);
        vm.assertEq(claim.amount, OWED);
        vm.assertEq(claim.readyAtSeconds, bookedAt + QUEUE_DELAY);
        vm.assertEq(claim.strikableAtSeconds, 0);
    }

    function test_claim_paysOnceWhenTheDelayIsOver() external {
        vm.warp(bookedAt + QUEUE_DELAY - 1);
        _refuseClaim(_notReady(bookedAt + QUEUE_DELAY));
        vm.warp(bookedAt + QUEUE_DELAY);
        vm.expectEmit(address(purse));
        emit FlowQueue.ClaimPaid(1, address(usd), ALICE, OWED);
        purse.claim(1);
        vm.assertEq(usd.balanceOf(ALICE), OWED);
        vm.assertEq(purse.queuedTotal(address(usd)), 0);
        vm.assertEq(purse.claimOf(1).amount, 0);
        _refuseClaim(abi.encodeWithSelector(FlowQueue.ClaimUnknown.selector, 1));
    }

    function test_claim_needsAClaim() external {
        vm.expectRevert(abi.encodeWithSelector(FlowQueue.ClaimUnknown.selector, 0));
        purse.claim(0);
        vm.expectRevert(abi.encodeWithSelector(FlowQueue.ClaimUnknown.selector, 2));
        purse.claim(2);
        vm.expectRevert(abi.encodeWithSelector(FlowQueue.ClaimUnknown.selector, 2));
        purse.claimableAtSeconds(2);
    }

    /// @dev However much waits, a claim does not wait for another one.
    function test_claim_doesNotWaitForOthers() external {
        vm.warp(bookedAt + 1);
        for (uint256 i = 0; i < 10; ++i) {
            purse.take(address(usd), address(0xBAD), 2_000e6 + purse.flowLeft(address(usd)));
        }
        vm.assertGt(purse.queuedTotal(address(usd)), OWED + 400_000e6);
        vm.warp(bookedAt + QUEUE_DELAY);
        purse.claim(1);
        vm.assertEq(usd.balanceOf(ALICE), OWED);
    }

    function test_claim_survivesAPause() external {
        purse.setPaused(true);
        vm.warp(bookedAt + 10 * QUEUE_DELAY);
        vm.expectRevert();
        purse.claim(1);
        purse.setPaused(false);
        purse.claim(1);
        vm.assertEq(usd.balanceOf(ALICE), OWED);
    }

    function test_claim_doesNotCountAgainstTheWindows() external {
        vm.warp(bookedAt + QUEUE_DELAY);
        uint256 left = purse.flowLeft(address(usd));
        purse.claim(1);
        vm.assertEq(purse.flowLeft(address(usd)), left);
    }

    function test_claim_isPaidOnceToAReceiverThatCallsBack() external {
        CallingToken token = new CallingToken();
        FlowPurse other = new FlowPurse(GOVERNOR, QUEUE_DELAY);
        other.setLimit(address(token), _hourAndDay());
        GreedyReceiver receiver = new GreedyReceiver(other);
        token.mint(address(this), 100e18);
        token.approve(address(other), 100e18);
        // The purse has code, and is called when it receives.
        vm.expectRevert();
        other.put(address(token), 100e18);
        token.mint(address(other), 100e18);
        other.putEarlier(address(token), 100e18);
        vm.assertEq(other.take(address(token), address(receiver), 20e18), 1);
        vm.assertEq(other.take(address(token), ALICE, 20e18), 2);
        vm.warp(block.timestamp + QUEUE_DELAY);
        other.claim(1);
        vm.assertEq(token.balanceOf(address(receiver)), 20e18);
        vm.assertEq(receiver.refusals(), 1);
    }

    // The governor

    function test_releaseNow_paysAtOnce() external {
        vm.prank(GOVERNOR);
        purse.releaseNow(1);
        vm.assertEq(usd.balanceOf(ALICE), OWED);
        vm.expectRevert(abi.encodeWithSelector(FlowQueue.ClaimUnknown.selector, 1));
        vm.prank(GOVERNOR);
        purse.releaseNow(1);
    }

    function test_releaseNow_vouchesForAClaimThatWasDoubted() external {
        vm.startPrank(GOVERNOR);
        purse.announceStrike(1);
        purse.releaseNow(1);
        vm.stopPrank();
        vm.assertEq(usd.balanceOf(ALICE), OWED);
    }

    function test_onlyTheGovernorGoverns() external {
        bytes memory reason = abi.encodeWithSelector(FlowPurse.CallerNotGovernor.selector, ALICE);
        vm.startPrank(ALICE);
        vm.expectRevert(reason);
        purse.releaseNow(1);
        vm.expectRevert(reason);
        purse.announceStrike(1);
        vm.expectRevert(reason);
        purse.strike(1);
        vm.stopPrank();
    }

    function test_strike_isAnnouncedADelayAhead() external {
        vm.startPrank(GOVERNOR);
        vm.expectRevert(abi.encodeWithSelector(FlowQueue.StrikeNotAnnounced.selector, 1));
        purse.strike(1);
        vm.warp(bookedAt + QUEUE_DELAY - 1);
        uint256 from = block.timestamp + QUEUE_DELAY;
        uint256 until = from + QUEUE_DELAY;
        vm.expectEmit(address(purse));
        emit FlowQueue.StrikeAnnounced(1, from, until);
        purse.announceStrike(1);
        vm.assertEq(purse.claimableAtSeconds(1), until);
        vm.warp(from - 1);
        _refuseClaim(_notReady(until));
        vm.expectRevert(abi.encodeWithSelector(FlowQueue.StrikeNotDue.selector, 1, from, until));
        purse.strike(1);

        vm.warp(from);
        vm.expectEmit(address(purse));
        emit FlowQueue.ClaimStruck(1, address(usd), ALICE, OWED);
        purse.strike(1);
        vm.stopPrank();
        vm.assertEq(usd.balanceOf(ALICE), 0);
        vm.assertEq(purse.queuedTotal(address(usd)), 0);
        vm.assertEq(purse.booked(address(usd)), 1_000_000e6);
        _refuseClaim(abi.encodeWithSelector(FlowQueue.ClaimUnknown.selector, 1));
    }

    function test_strike_lapsesAndDoesNotComeBack() external {
        vm.startPrank(GOVERNOR);
        vm.warp(bookedAt + QUEUE_DELAY - 1);
        purse.announceStrike(1);
        uint256 until = block.timestamp + 2 * QUEUE_DELAY;
        vm.expectRevert(
            abi.encodeWithSelector(FlowQueue.StrikeAlreadyAnnounced.selector, 1, until - QUEUE_DELAY)
        );
        purse.announceStrike(1);
        vm.warp(until);
        vm.expectRevert(
            abi.encodeWithSelector(FlowQueue.StrikeNotDue.selector, 1, until - QUEUE_DELAY, until)
        );
        purse.strike(1);
        vm.expectRevert(
            abi.encodeWithSelector(FlowQueue.StrikeAlreadyAnnounced.selector, 1, until - QUEUE_DELAY)
        );
        purse.announceStrike(1);
        vm.stopPrank();
        purse.claim(1);
        vm.assertEq(usd.balanceOf(ALICE), OWED);
    }

    /// @dev A strike announced and lapsed early does not make a claim ready early.
    function test_strike_doesNotShortenTheDelay() external {
        vm.prank(GOVERNOR);
        purse.announceStrike(1);
        vm.assertEq(purse.claimableAtSeconds(1), bookedAt + 2 * QUEUE_DELAY);
    }

    function test_theDelayIsBounded() external {
        bytes4 selector = FlowQueue.QueueDelayOutOfRange.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, 0, 30 days));
        new FlowPurse(GOVERNOR, 0);
        vm.expectRevert(abi.encodeWithSelector(selector, 30 days + 1, 30 days));
        new FlowPurse(GOVERNOR, 30 days + 1);
        vm.assertEq(new FlowPurse(GOVERNOR, 30 days).queueDelaySeconds(), 30 days);
    }
}
