// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {FlowQueue} from "../../src/inline/FlowQueue.sol";
import {InvariantTest} from "../Test.sol";
import {FlowHandler} from "./FlowHandler.sol";
import {FlowPurse} from "./FlowPurse.sol";
import {PlainToken} from "./Tokens.sol";

/// @notice The bound over every span, and claims, against a log that forgets nothing.
contract FlowLimiterInvariantTest is InvariantTest {
    FlowHandler private handler;
    FlowPurse private purse;

    function setUp() external {
        handler = new FlowHandler();
        purse = handler.purse();
        bytes4[] memory selectors = new bytes4[](11);
        selectors[0] = FlowHandler.take.selector;
        // Thrice, because it is where things happen.
        selectors[1] = FlowHandler.take.selector;
        selectors[2] = FlowHandler.take.selector;
        selectors[3] = FlowHandler.put.selector;
        selectors[4] = FlowHandler.putAndTake.selector;
        selectors[5] = FlowHandler.putDeferred.selector;
        selectors[6] = FlowHandler.donate.selector;
        selectors[7] = FlowHandler.claim.selector;
        selectors[8] = FlowHandler.announceStrike.selector;
        selectors[9] = FlowHandler.strike.selector;
        selectors[10] = FlowHandler.pass.selector;
        _target(address(handler), selectors);
    }

    /// @dev At the end of each run, what takes long to check.
    function afterInvariant() external {
        _assertBound(address(handler.token(0)));
        _assertBound(address(handler.token(1)));
        _assertBound(address(0));
        _assertEveryClaimBecomesClaimable();
    }

    /// @dev Whatever leaves at once stays, in any span of a window, within the cap of the largest base in it;
    /// and on balance within the cap of what was booked at its start.
    function _assertBound(address key) private view {
        FlowHandler.Entry[] memory log = handler.logOf(key);
        FlowLimits.Window[] memory windows = purse.flowLimitOf(key).windows;
        for (uint256 w = 0; w < windows.length; ++w) {
            for (uint256 i = 0; i < log.length; ++i) {
                _assertSpanFrom(log, i, windows[w]);
            }
        }
    }

    function _assertSpanFrom(FlowHandler.Entry[] memory log, uint256 i, FlowLimits.Window memory window)
        private
        pure
    {
        uint256 out = 0;
        uint256 paidIn = 0;
        uint256 largest = 0;
        uint256 share = log[i].booked * window.capBps / 10_000;
        for (uint256 j = i; j < log.length && log[j].time <= log[i].time + window.windowSeconds; ++j) {
            out += log[j].out;
            paidIn += log[j].paidIn;
            uint256 base = log[j].base;
            if (base > largest) largest = base;
            vm.assertLe(out, largest * window.capBps / 10_000, "more than the cap of the largest base");
            if (window.capAmount != 0) vm.assertLe(out, window.capAmount, "more than the amount");
            if (out > paidIn) vm.assertLe(out - paidIn, share + 1, "more than the share, on balance");
        }
    }

    /// @dev Each claim that was not struck can be paid in full when its time comes, and they are all that is
    /// owed.
    function _assertEveryClaimBecomesClaimable() private {
        uint256 count = purse.claimCount();
        for (uint256 id = 1; id <= count; ++id) {
            FlowQueue.Claim memory queued = purse.claimOf(id);
            if (queued.readyAtSeconds == 0) continue;
            uint256 readyAt = handler.bookedAt(id) + 1 days;
            uint256 strikableAt = queued.strikableAtSeconds;
            uint256 lapsesAt = strikableAt == 0 ? 0 : strikableAt + 1 days;
            vm.warp(readyAt > lapsesAt ? readyAt : lapsesAt);
            uint256 before = PlainToken(queued.asset).balanceOf(queued.to);
            purse.claim(id);
            vm.assertEq(PlainToken(queued.asset).balanceOf(queued.to), before + queued.amount);
        }
        for (uint256 i = 0; i < 2; ++i) {
            vm.assertEq(purse.queuedTotal(address(handler.token(i))), 0);
        }
    }

    /// @dev Together, because each invariant has the handler run anew.
    function invariant_tokensAreAccountedForAndNoMoreIsLeftThanTheCapacity() external {
        vm.warp(handler.currentTime());
        for (uint256 i = 0; i < 2; ++i) {
            PlainToken token = handler.token(i);
            _assertAccountedFor(token, address(token));
            vm.assertLe(purse.flowLeft(address(token)), purse.base(address(token)) / 10);
            vm.assertLe(purse.base(address(token)), purse.booked(address(token)));
        }
    }

    /// @dev Every token is booked, owed, donated or paid out to those who asked.
    function _assertAccountedFor(PlainToken token, address asset) private view {
        vm.assertEq(
            token.balanceOf(address(purse)),
            purse.booked(asset) + purse.queuedTotal(asset) + handler.donated(asset)
        );
        uint256 received = token.balanceOf(handler.batch());
        for (uint256 who = 0; who < handler.ACCOUNTS(); ++who) {
            received += token.balanceOf(handler.account(who));
        }
        vm.assertEq(received, handler.paidOut(asset));
    }
}
