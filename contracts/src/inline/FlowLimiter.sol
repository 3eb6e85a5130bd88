// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FlowQueue} from "./FlowQueue.sol";
import {FlowReceipts} from "./FlowReceipts.sol";
import {FlowWindow} from "./FlowWindow.sol";

/// @title A limit on what leaves a protocol
/// @notice A protocol that inherits this pays out with `_release`. What fits into all windows of the asset, and
/// of the total over all assets where the protocol gives one, is paid at once; anything else becomes a claim that
/// waits (see `FlowQueue`). The tokens are in the protocol's own custody all along.
/// @dev What is bounded. Let C be a window's cap and w its length. In any span of w seconds, what leaves at once is
/// at most C of the largest base in it (see `FlowWindow`); what leaves besides was announced, and visible in
/// `queuedTotal`, for a whole queue delay. Small withdrawals count like all others, so that splitting a large one
/// gains nothing.
///
/// Gross, not net: what comes in makes no room for what leaves, or honest deposits would pay for a theft. The
/// exception is one transaction: as much as came in during it may go out in it, uncounted. So a rejected deposit is
/// never held up, and a flash loan that is paid in and out neither raises the base nor uses up the windows of
/// others. (Over two transactions that takes capital: whoever pays in half of a cap and takes it out again leaves
/// empty windows, reserves apart, for as long as it is worth the trouble. A protocol whose deposits are locked for
/// some time ends that.) The price is that a thief who gets into one transaction with others' deposits, such as a
/// bundle, takes as much more; the protocol as a whole then still loses no more than the cap.
///
/// Paying in to raise the base does not pay. In a span of w seconds let b be the base at its start, d what is
/// paid in, o what leaves at once, and s the cap as a share of the base. The base never exceeds b + d, so o <=
/// s * (b + d), and as s <= 1, o - d <= s * b: on balance no more leaves than the share of the base at the start.
/// What comes in from elsewhere in the protocol is nobody's payment, so it counts only as it ages: see
/// `_deferInflow`. A donation is no part of a base that is kept in books, as it should be.
///
/// The last part of a window, its reserve, is for small withdrawals: one that takes all it can leaves the reserve,
/// and what refills goes first to the small ones. Each account has a small amount of its own that refills evenly,
/// so that no account can use up the reserve alone; many accounts together can, but never more than the window.
///
/// Tokens with a fee on transfers: note what arrived, release what is to be sent. Native currency: wrap it.
abstract contract FlowLimiter is FlowQueue {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice Stands for the total over all assets where an asset is asked for.
    address public constant TOTAL = address(0);

    uint256 private constant MAX_WINDOWS = 4;
    uint256 private constant MAX_WINDOW_SECONDS = 30 days;

    /// @notice What may leave per window. The lower one of the two caps holds; at least one is given.
    /// @param capAmount Most that leaves in any `windowSeconds`, in units of the asset, half of it at once; 0: no
    /// such cap. For the total, in its unit of value.
    /// @param capBps The same as a share of the base, in hundredths of a percent, 1 to 10,000; 0: no such cap.
    /// @param reserveBps Share of the window that is for small withdrawals only, in hundredths of a percent, below
    /// 10,000.
    /// @param windowSeconds Length, 1 second to 30 days.
    struct Window {
        uint128 capAmount;
        uint16 capBps;
        uint16 reserveBps;
        uint32 windowSeconds;
    }

    /// @notice What may leave of an asset.
    /// @param windows One to four, the shorter before the longer ones.
    /// @param smallAmount Most that an account can take out of the reserve at once, in units of the asset. As much
    /// comes back evenly in `smallSeconds`.
    /// @param smallSeconds At least a second if there is a small amount.
    struct Limit {
        Window[] windows;
        uint128 smallAmount;
        uint32 smallSeconds;
    }

    /// @dev One slot. `deferred` is as of `deferredAt` and fades evenly over `fadeSeconds`, the longest window.
    struct Head {
        uint160 deferred;
        uint40 deferredAt;
        uint32 fadeSeconds;
        uint8 windowCount;
    }

    /// @dev `fullAt`, see `FlowWindow`, is one slot; so is each window.
    struct Flow {
        Head head;
        uint64[MAX_WINDOWS] fullAt;
        Window[MAX_WINDOWS] windows;
        uint128 smallAmount;
        uint32 smallSeconds;
        mapping(address account => uint256) smallFullAt;
    }

    /// @dev Who a release fits for.
    enum Fit {
        Nobody,
        Small,
        Anybody
    }

    mapping(address asset => Flow) private _flows;

    /// @notice What may leave of `asset`, or of the TOTAL, was set.
    event FlowLimitSet(address indexed asset, Limit limit);

    /// @notice There are one to four windows.
    error FlowWindowCountOutOfRange(uint256 count, uint256 maxCount);
    /// @notice A window lasts 1 second to 30 days, and longer than the one before it.
    error FlowWindowSecondsOutOfRange(
        uint256 index, uint256 windowSeconds, uint256 minSeconds, uint256 maxSeconds
    );
    /// @notice A window needs a cap, and its share is at most 10,000 hundredths of a percent.
    error FlowCapOutOfRange(uint256 index, uint256 capBps, uint256 capAmount);
    /// @notice A reserve is below 10,000 hundredths of a percent.
    error FlowReserveOutOfRange(uint256 index, uint256 reserveBps);
    /// @notice A small amount comes back in a second or more.
    error FlowSmallSecondsMissing();
    /// @notice Nothing may leave before it is said how much.
    error FlowLimitMissing(address asset);
    /// @notice Only what came in during this transaction is refunded.
    error RefundExceedsReceipts(address asset, uint256 amount, uint256 received);

    /// @notice What anybody could take of `asset` at once, in its units; with TOTAL of all together, in their unit
    /// of value. 0 where no limit is set.
    /// @dev A release must fit into both.
    function flowLeft(address asset) public view returns (uint256) {
        return _left(asset, true);
    }

    /// @notice What `account` could take of `asset` at once as a small withdrawal, the reserve included.
    function smallFlowLeft(address asset, address account) public view returns (uint256) {
        Flow storage flow = _flows[asset];
        uint256 amount = flow.smallAmount;
        if (amount == 0) return 0;
        uint256 ticks = flow.smallSeconds * FlowWindow.TICKS_PER_SECOND;
        uint256 nowTicks = _now();
        uint256 own = FlowWindow.left(flow.smallFullAt[account], nowTicks, ticks, amount, nowTicks + ticks);
        return Math.min(own, _left(asset, false));
    }

    /// @notice What was set for `asset`, or for the TOTAL; no windows where nothing was.
    function flowLimitOf(address asset) external view returns (Limit memory limit) {
        Flow storage flow = _flows[asset];
        limit.windows = new Window[](flow.head.windowCount);
        for (uint256 i = 0; i < limit.windows.length; ++i) {
            limit.windows[i] = flow.windows[i];
        }
        limit.smallAmount = flow.smallAmount;
        limit.smallSeconds = flow.smallSeconds;
    }

    /// @dev What the caps of `asset` are a share of, in its units; for TOTAL, in the unit of `_flowValue`. What the
    /// protocol's books hold: not its balance, which donations raise, and at no price for a single asset. A debt
    /// to claims is not in it. Must not revert.
    function _flowBase(address asset) internal view virtual returns (uint256);

    /// @dev What `amount` counts in the total, at a price that is rather too high than too low. 0 where there is no
    /// total. Must not revert: what cannot be priced would be stuck.
    function _flowValue(address, uint256) internal view virtual returns (uint256) {
        return 0;
    }

    /// @dev Sets what may leave of `asset`, or of the TOTAL. A window stays as used up as the one that was at its
    /// place. The bound holds on each side of the change. Must be guarded like a withdrawal of everything.
    function _setFlowLimit(address asset, Limit memory limit) internal {
        uint256 count = limit.windows.length;
        if (count == 0 || count > MAX_WINDOWS) revert FlowWindowCountOutOfRange(count, MAX_WINDOWS);
        if (limit.smallAmount != 0 && limit.smallSeconds == 0) revert FlowSmallSecondsMissing();
        Flow storage flow = _flows[asset];
        uint256 nowTicks = _now();
        uint256 minSeconds = 1;
        for (uint256 i = 0; i < count; ++i) {
            Window memory window = limit.windows[i];
            _requireUsable(i, window, minSeconds);
            minSeconds = uint256(window.windowSeconds) + 1;
            flow.windows[i] = window;
            // Never 0, so that the first release does not pay for a new slot.
            flow.fullAt[i] = Math.max(flow.fullAt[i], nowTicks).toUint64();
        }
        flow.head.fadeSeconds = limit.windows[count - 1].windowSeconds;
        flow.head.windowCount = uint8(count);
        flow.smallAmount = limit.smallAmount;
        flow.smallSeconds = limit.smallSeconds;
        emit FlowLimitSet(asset, limit);
    }

    /// @dev Pays `amount` of `asset` to `to`, or queues it as a whole. To be called last, when the books count
    /// `amount` no more.
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

    /// @dev Notes that `amount` of `asset` arrived, as measured. As much may go out in this transaction whatever the
    /// limit.
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

    /// @dev Keeps `amount`, which now comes in from elsewhere in the protocol, out of the base at first; it counts
    /// more and more, and wholly once nothing more has come in for the longest window. Else a forged profit would
    /// raise the cap on its own way out.
    function _deferInflow(address asset, uint256 amount) internal {
        Head storage head = _flows[asset].head;
        head.deferred = (_deferredNow(head) + amount).toUint160();
        head.deferredAt = block.timestamp.toUint40();
    }

    /// @dev Takes `amount`, which now goes back to where `_deferInflow` had it from, off what does not count yet.
    /// Else money that goes to and fro would lower the cap each time it comes.
    function _returnInflow(address asset, uint256 amount) internal {
        Head storage head = _flows[asset].head;
        uint256 deferred = _deferredNow(head);
        if (deferred == 0) return;
        uint256 rest = Math.saturatingSub(deferred, amount);
        head.deferred = Math.mulDiv(head.deferred, rest, deferred, Math.Rounding.Ceil).toUint160();
    }

    /// @dev Books `counted` in all windows, or nothing if it does not fit into one of them.
    /// @param amount All that leaves the books, of which `counted` is a part.
    function _take(address asset, address account, uint256 amount, uint256 counted) private returns (bool) {
        if (counted == 0) return true;
        (Fit fit, uint64[MAX_WINDOWS] memory fullAt) = _plan(asset, counted, _base(asset, amount));
        if (fit == Fit.Nobody) return false;

        uint256 value = _flowValue(asset, counted);
        uint64[MAX_WINDOWS] memory totalFullAt;
        if (value != 0) {
            Fit totalFit;
            (totalFit, totalFullAt) = _plan(TOTAL, value, _base(TOTAL, _flowValue(asset, amount)));
            if (totalFit < fit) fit = totalFit;
        }
        if (fit == Fit.Nobody || (fit == Fit.Small && !_takeSmall(_flows[asset], account, counted))) {
            return false;
        }
        _flows[asset].fullAt = fullAt;
        if (value != 0) _flows[TOTAL].fullAt = totalFullAt;
        return true;
    }

    /// @dev Books `counted` as a small withdrawal of `account`, or nothing if it is more than the account has left.
    function _takeSmall(Flow storage flow, address account, uint256 counted) private returns (bool) {
        uint256 ticks = flow.smallSeconds * FlowWindow.TICKS_PER_SECOND;
        uint256 nowTicks = _now();
        uint256 fullAt =
            FlowWindow.advance(flow.smallFullAt[account], nowTicks, ticks, flow.smallAmount, counted);
        if (fullAt > FlowWindow.limit(nowTicks, ticks, 0)) return false;
        flow.smallFullAt[account] = fullAt;
        return true;
    }

    /// @dev Who `amount` fits for, and the state of the windows once it has left.
    function _plan(address asset, uint256 amount, uint256 base)
        private
        view
        returns (Fit fit, uint64[MAX_WINDOWS] memory fullAt)
    {
        Flow storage flow = _flows[asset];
        uint256 count = flow.head.windowCount;
        if (count == 0) revert FlowLimitMissing(asset);
        fit = Fit.Anybody;
        fullAt = flow.fullAt;
        for (uint256 i = 0; i < count; ++i) {
            (Fit windowFit, uint256 next) = _advance(flow.windows[i], fullAt[i], amount, base);
            if (windowFit == Fit.Nobody) return (windowFit, fullAt);
            if (windowFit < fit) fit = windowFit;
            fullAt[i] = next.toUint64();
        }
    }

    /// @dev As `_plan`, for one window.
    function _advance(Window memory window, uint256 fullAt, uint256 amount, uint256 base)
        private
        view
        returns (Fit, uint256 next)
    {
        uint256 nowTicks = _now();
        uint256 ticks = window.windowSeconds * FlowWindow.TICKS_PER_SECOND;
        uint256 capacity = FlowWindow.capacity(base, window.capBps, window.capAmount);
        next = FlowWindow.advance(fullAt, nowTicks, ticks, capacity, amount);
        if (next > FlowWindow.limit(nowTicks, ticks, 0)) return (Fit.Nobody, next);
        return (next > FlowWindow.limit(nowTicks, ticks, window.reserveBps) ? Fit.Small : Fit.Anybody, next);
    }

    function _left(address asset, bool keepReserve) private view returns (uint256 least) {
        Flow storage flow = _flows[asset];
        uint256 count = flow.head.windowCount;
        if (count == 0) return 0;
        uint256 base = _base(asset, 0);
        least = type(uint256).max;
        for (uint256 i = 0; i < count; ++i) {
            Window memory window = flow.windows[i];
            if (!keepReserve) window.reserveBps = 0;
            least = Math.min(least, _leftIn(window, flow.fullAt[i], base));
        }
    }

    function _leftIn(Window memory window, uint256 fullAt, uint256 base) private view returns (uint256) {
        uint256 nowTicks = _now();
        uint256 ticks = window.windowSeconds * FlowWindow.TICKS_PER_SECOND;
        uint256 capacity = FlowWindow.capacity(base, window.capBps, window.capAmount);
        return FlowWindow.left(
            fullAt, nowTicks, ticks, capacity, FlowWindow.limit(nowTicks, ticks, window.reserveBps)
        );
    }

    /// @dev What the caps are a share of while `leaving` has left the books and nothing else has changed: without
    /// what is deferred and without what came in during this transaction, which a flash loan may have paid.
    function _base(address asset, uint256 leaving) private view returns (uint256) {
        uint256 unripe = FlowReceipts.noted(asset) + _deferredNow(_flows[asset].head);
        return Math.saturatingSub(_flowBase(asset) + leaving, unripe);
    }

    function _deferredNow(Head storage head) private view returns (uint256) {
        uint256 deferred = head.deferred;
        if (deferred == 0) return 0;
        uint256 fadeSeconds = head.fadeSeconds;
        uint256 remaining = Math.saturatingSub(head.deferredAt + fadeSeconds, block.timestamp);
        return remaining == 0 ? 0 : Math.ceilDiv(deferred * remaining, fadeSeconds);
    }

    function _forgetReceipt(address asset, uint256 amount) private {
        FlowReceipts.forget(asset, amount);
        FlowReceipts.forget(TOTAL, _flowValue(asset, amount));
    }

    function _now() private view returns (uint256) {
        return block.timestamp * FlowWindow.TICKS_PER_SECOND;
    }

    function _requireUsable(uint256 index, Window memory window, uint256 minSeconds) private pure {
        if (window.windowSeconds < minSeconds || window.windowSeconds > MAX_WINDOW_SECONDS) {
            revert FlowWindowSecondsOutOfRange(index, window.windowSeconds, minSeconds, MAX_WINDOW_SECONDS);
        }
        bool capless = window.capBps == 0 && window.capAmount == 0;
        if (capless || window.capBps > FlowWindow.BPS) {
            revert FlowCapOutOfRange(index, window.capBps, window.capAmount);
        }
        if (window.reserveBps >= FlowWindow.BPS) revert FlowReserveOutOfRange(index, window.reserveBps);
    }
}
