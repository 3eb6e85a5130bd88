// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FlowLimits} from "./FlowLimits.sol";
import {FlowQueue} from "./FlowQueue.sol";
import {FlowReceipts} from "./FlowReceipts.sol";
import {FlowWindow} from "./FlowWindow.sol";

/// @title A limit on what leaves a protocol
/// @notice A protocol that inherits this pays out with `_release`. What fits into all windows of the asset,
/// and of the total over all assets where the protocol gives one, is paid at once; anything else becomes a
/// claim that waits (see `FlowQueue`). The tokens are in the protocol's own custody all along.
/// @dev What is bounded. Let C be a window's cap and w its length. In any span of w seconds, what leaves at
/// once is at most C of the largest base in it (see `FlowWindow`); what leaves besides was announced, and
/// visible in `queuedTotal`, for a whole queue delay. Small withdrawals count like all others, so that
/// splitting a large one gains nothing.
///
/// Gross, not net: what comes in makes no room for what leaves, or honest deposits would pay for a theft. The
/// exception is one transaction: as much as came in during it may go out in it, uncounted. So a rejected
/// deposit is never held up, and a flash loan that is paid in and out neither raises the base nor uses up the
/// windows of others. (Over two transactions that takes capital: whoever pays in half of a cap and takes it
/// out again leaves empty windows, reserves apart, for as long as it is worth the trouble. A protocol whose
/// deposits are locked for some time ends that.) The price is that a thief who gets into one transaction with
/// others' deposits, such as a bundle, takes as much more; the protocol as a whole then still loses no more
/// than the cap.
///
/// Paying in to raise the base does not pay. In a span of w seconds let b be the base at its start, d what is
/// paid in, o what leaves at once, and s the cap as a share of the base. The base never exceeds b + d, so o
/// <= s * (b + d), and as s <= 1, o - d <= s * b: on balance no more leaves than the share of the base at the
/// start. What comes in from elsewhere in the protocol is nobody's payment, so it counts only as it ages: see
/// `_deferInflow`. A donation is no part of a base that is kept in books, as it should be.
///
/// The last part of a window, its reserve, is for small withdrawals: one that takes all it can leaves the
/// reserve, and what refills goes first to the small ones. Each account has a small amount of its own that
/// refills evenly, so that no account can use up the reserve alone; many accounts together can, but never
/// more than the window.
///
/// Tokens with a fee on transfers: note what arrived, release what is to be sent. Native currency: wrap it.
abstract contract FlowLimiter is FlowLimits, FlowQueue {
    using FlowWindow for uint256;
    using SafeERC20 for IERC20;

    /// @dev Who a release fits for.
    enum Fit {
        Nobody,
        Small,
        Anybody
    }

    /// @notice Only what came in during this transaction is refunded.
    error RefundExceedsReceipts(address asset, uint256 amount, uint256 received);

    /// @notice What anybody could take of `asset` at once, in its units; with TOTAL of all together, in their
    /// unit of value. 0 where no limit is set.
    /// @dev A release must fit into both. What came in during this transaction can leave on top of it.
    function flowLeft(address asset) public view returns (uint256) {
        return _left(asset, true);
    }

    /// @notice What `account` could take of `asset` at once as a small withdrawal, the reserve included.
    function smallFlowLeft(address asset, address account) public view returns (uint256) {
        Flow storage flow = _flowOf(asset);
        uint256 amount = flow.smallAmount;
        if (amount == 0) return 0;
        uint256 ticks = flow.smallSeconds * FlowWindow.TICKS_PER_SECOND;
        uint256 nowTicks = _nowTicks();
        uint256 own = FlowWindow.left(flow.smallFullAt[account], nowTicks, ticks, amount, nowTicks + ticks);
        return Math.min(own, _left(asset, false));
    }

    /// @dev Pays `amount` of `asset` to `to`, or queues it as a whole. To be called last, when the books
    /// count `amount` no more.
    /// @param account Whose withdrawal it is.
    /// @return claimId 0 when it was paid.
    function _release(address asset, address account, address to, uint256 amount)
        internal
        returns (uint256 claimId)
    {
        uint256 returned = Math.min(amount, FlowReceipts.noted(asset));
        if (!_take(asset, account, amount, amount - returned)) return _queue(asset, to, amount);
        if (returned != 0) _forgetReceipt(asset, returned);
        IERC20(asset).safeTransfer(to, amount);
    }

    /// @dev Notes that `amount` of `asset` arrived, as measured. As much may go out in this transaction
    /// whatever the limit.
    function _noteReceipt(address asset, uint256 amount) internal {
        FlowReceipts.note(asset, amount);
        FlowReceipts.note(TOTAL, _flowValue(asset, amount));
    }

    /// @dev Pays back `amount` of what arrived in this transaction. Never queued.
    function _refund(address asset, address to, uint256 amount) internal {
        uint256 received = FlowReceipts.noted(asset);
        if (amount > received) revert RefundExceedsReceipts(asset, amount, received);
        _forgetReceipt(asset, amount);
        IERC20(asset).safeTransfer(to, amount);
    }

    /// @dev Books `counted` in all windows, or nothing if it does not fit into one of them.
    /// @param amount All that leaves the books, of which `counted` is a part.
    function _take(address asset, address account, uint256 amount, uint256 counted) private returns (bool) {
        if (counted == 0) return true;
        (Fit fit, uint256 states) = _plan(asset, counted, amount);
        (Fit totalFit, uint256 totalStates) = _planTotal(asset, counted, amount);
        if (fit == Fit.Nobody || totalFit == Fit.Nobody) return false;
        bool small = fit == Fit.Small || totalFit == Fit.Small;
        if (small && !_takeSmall(_flowOf(asset), account, counted)) return false;
        _flowOf(asset).states = states;
        if (totalStates != 0) _flowOf(TOTAL).states = totalStates;
        return true;
    }

    /// @dev Books `counted` as a small withdrawal of `account`, or nothing if it is more than the account has
    /// left.
    function _takeSmall(Flow storage flow, address account, uint256 counted) private returns (bool) {
        uint256 ticks = flow.smallSeconds * FlowWindow.TICKS_PER_SECOND;
        uint256 nowTicks = _nowTicks();
        uint256 fullAt =
            FlowWindow.advance(flow.smallFullAt[account], nowTicks, ticks, flow.smallAmount, counted);
        if (fullAt > FlowWindow.limit(nowTicks, ticks, 0)) return false;
        flow.smallFullAt[account] = fullAt;
        return true;
    }

    /// @dev Who `counted` fits for, and the states of the windows once it has left.
    function _plan(address asset, uint256 counted, uint256 leaving)
        private
        view
        returns (Fit fit, uint256 states)
    {
        Flow storage flow = _flowOf(asset);
        uint256 count = flow.head.windowCount;
        if (count == 0) revert FlowLimitMissing(asset);
        uint256 base = _effectiveBase(asset, leaving);
        fit = Fit.Anybody;
        states = flow.states;
        for (uint256 i = 0; i < count; ++i) {
            (Fit windowFit, uint256 fullAt) = _advance(flow.windows[i], states.stateOf(i), counted, base);
            if (windowFit == Fit.Nobody) return (windowFit, states);
            if (windowFit == Fit.Small) fit = windowFit;
            states = states.withState(i, fullAt);
        }
    }

    /// @dev As `_plan`, for the total. The states are 0 where `asset` does not count in a total.
    function _planTotal(address asset, uint256 counted, uint256 leaving)
        private
        view
        returns (Fit, uint256 states)
    {
        uint256 value = _flowValue(asset, counted);
        return value == 0 ? (Fit.Anybody, 0) : _plan(TOTAL, value, _flowValue(asset, leaving));
    }

    /// @dev As `_plan`, for one window.
    function _advance(Window memory window, uint256 fullAt, uint256 amount, uint256 base)
        private
        view
        returns (Fit, uint256 next)
    {
        uint256 nowTicks = _nowTicks();
        uint256 ticks = window.windowSeconds * FlowWindow.TICKS_PER_SECOND;
        uint256 capacity = FlowWindow.capacity(base, window.capBps, window.capAmount);
        next = FlowWindow.advance(fullAt, nowTicks, ticks, capacity, amount);
        if (next > FlowWindow.limit(nowTicks, ticks, 0)) return (Fit.Nobody, next);
        return (next > FlowWindow.limit(nowTicks, ticks, window.reserveBps) ? Fit.Small : Fit.Anybody, next);
    }

    function _left(address asset, bool keepReserve) private view returns (uint256 least) {
        Flow storage flow = _flowOf(asset);
        uint256 count = flow.head.windowCount;
        if (count == 0) return 0;
        uint256 base = _effectiveBase(asset, 0);
        least = type(uint256).max;
        for (uint256 i = 0; i < count; ++i) {
            Window memory window = flow.windows[i];
            if (!keepReserve) window.reserveBps = 0;
            least = Math.min(least, _leftIn(window, flow.states.stateOf(i), base));
        }
    }

    function _leftIn(Window memory window, uint256 fullAt, uint256 base) private view returns (uint256) {
        uint256 nowTicks = _nowTicks();
        uint256 ticks = window.windowSeconds * FlowWindow.TICKS_PER_SECOND;
        uint256 capacity = FlowWindow.capacity(base, window.capBps, window.capAmount);
        return FlowWindow.left(
            fullAt, nowTicks, ticks, capacity, FlowWindow.limit(nowTicks, ticks, window.reserveBps)
        );
    }

    function _forgetReceipt(address asset, uint256 amount) private {
        FlowReceipts.forget(asset, amount);
        FlowReceipts.forget(TOTAL, _flowValue(asset, amount));
    }
}
