// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FlowReceipts} from "./FlowReceipts.sol";
import {FlowWindow} from "./FlowWindow.sol";

/// @title How much may leave a protocol, and what that is a share of
/// @notice The settings of `FlowLimiter`, per asset and for the total over all assets.
abstract contract FlowLimits {
    using FlowWindow for uint256;
    using SafeCast for uint256;

    /// @notice Stands for the total over all assets where an asset is asked for.
    address public constant TOTAL = address(0);

    uint256 private constant MAX_WINDOWS = 4;
    uint256 private constant MAX_WINDOW_SECONDS = 30 days;

    /// @notice What may leave per window. The lower one of the two caps holds; at least one is given.
    /// @param capAmount Most that leaves in any `windowSeconds`, in units of the asset, half of it at once;
    /// 0: no such cap. For the total, in its unit of value.
    /// @param capBps The same as a share of the base, in hundredths of a percent, 1 to 10,000; 0: no such
    /// cap.
    /// @param reserveBps Share of the window that is for small withdrawals only, in hundredths of a percent,
    /// below 10,000. With 0, small ones wait like all others once this window is used up.
    /// @param windowSeconds Length, 1 second to 30 days.
    struct Window {
        uint128 capAmount;
        uint16 capBps;
        uint16 reserveBps;
        uint32 windowSeconds;
    }

    /// @notice What may leave of an asset.
    /// @param windows One to four, the shorter before the longer ones.
    /// @param smallAmount Most that an account can take out of the reserve at once, in units of the asset. As
    /// much comes back evenly in `smallSeconds`.
    /// @param smallSeconds At least a second if there is a small amount.
    struct Limit {
        Window[] windows;
        uint128 smallAmount;
        uint32 smallSeconds;
    }

    /// @dev One slot. `deferred` is as of `deferredAt` and fades evenly over `fadeSeconds`, the longest
    /// window.
    struct Head {
        uint160 deferred;
        uint40 deferredAt;
        uint32 fadeSeconds;
        uint8 windowCount;
    }

    /// @dev One slot each: the head, the states of all windows (see `FlowWindow`), and a window.
    struct Flow {
        Head head;
        uint256 states;
        Window[MAX_WINDOWS] windows;
        uint128 smallAmount;
        uint32 smallSeconds;
        mapping(address account => uint256) smallFullAt;
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

    /// @dev What the caps of `asset` are a share of, in its units; for TOTAL, in the unit of `_flowValue`.
    /// What the protocol's books hold: not its balance, which donations raise, and at no price for a single
    /// asset. A debt to claims is not in it. Must not revert.
    function _flowBase(address asset) internal view virtual returns (uint256);

    /// @dev What `amount` counts in the total, at a price that is rather too high than too low. 0 where there
    /// is no total. Must not revert: what cannot be priced would be stuck.
    function _flowValue(address, uint256) internal view virtual returns (uint256) {
        return 0;
    }

    /// @dev Sets what may leave of `asset`, or of the TOTAL. A window stays as used up as the one that was at
    /// its place. The bound holds on each side of the change. Must be guarded like a withdrawal of
    /// everything.
    function _setFlowLimit(address asset, Limit memory limit) internal {
        uint256 count = limit.windows.length;
        if (count == 0 || count > MAX_WINDOWS) revert FlowWindowCountOutOfRange(count, MAX_WINDOWS);
        if (limit.smallAmount != 0 && limit.smallSeconds == 0) revert FlowSmallSecondsMissing();
        Flow storage flow = _flows[asset];
        uint256 nowTicks = _nowTicks();
        uint256 states = flow.states;
        uint256 minSeconds = 1;
        for (uint256 i = 0; i < count; ++i) {
            Window memory window = limit.windows[i];
            _requireUsable(i, window, minSeconds);
            minSeconds = uint256(window.windowSeconds) + 1;
            flow.windows[i] = window;
            // Never 0, so that the first release does not pay for a new slot.
            states = states.withState(i, Math.max(states.stateOf(i), nowTicks));
        }
        flow.states = states;
        flow.head.fadeSeconds = limit.windows[count - 1].windowSeconds;
        flow.head.windowCount = uint8(count);
        flow.smallAmount = limit.smallAmount;
        flow.smallSeconds = limit.smallSeconds;
        emit FlowLimitSet(asset, limit);
    }

    /// @dev Keeps `amount`, which now comes in from elsewhere in the protocol, out of the base at first; it
    /// counts more and more, and wholly once nothing more has come in for the longest window. Else a forged
    /// profit would raise the cap on its own way out.
    function _deferInflow(address asset, uint256 amount) internal {
        _defer(_flows[asset].head, amount);
        _defer(_flows[TOTAL].head, _flowValue(asset, amount));
    }

    /// @dev Takes `amount`, which now goes back to where `_deferInflow` had it from, off what does not count
    /// yet. Else money that goes to and fro would lower the cap each time it comes.
    function _returnInflow(address asset, uint256 amount) internal {
        _undefer(_flows[asset].head, amount);
        _undefer(_flows[TOTAL].head, _flowValue(asset, amount));
    }

    /// @dev The limit on `asset` and its state.
    function _flowOf(address asset) internal view returns (Flow storage) {
        return _flows[asset];
    }

    /// @dev What the caps are a share of while `leaving` has left the books and nothing else has changed:
    /// without what is deferred and without what came in during this transaction, which a flash loan may have
    /// paid.
    function _effectiveBase(address asset, uint256 leaving) internal view returns (uint256) {
        uint256 unripe = FlowReceipts.noted(asset) + _deferredNow(_flows[asset].head);
        // What is beyond what a window can count adds nothing to it.
        return Math.min(Math.saturatingSub(_flowBase(asset) + leaving, unripe), type(uint128).max);
    }

    /// @dev The present, in ticks of `FlowWindow`.
    function _nowTicks() internal view returns (uint256) {
        return block.timestamp * FlowWindow.TICKS_PER_SECOND;
    }

    function _defer(Head storage head, uint256 amount) private {
        if (amount == 0) return;
        head.deferred = (_deferredNow(head) + amount).toUint160();
        head.deferredAt = block.timestamp.toUint40();
    }

    function _undefer(Head storage head, uint256 amount) private {
        if (amount == 0) return;
        uint256 deferred = _deferredNow(head);
        if (deferred == 0) return;
        uint256 rest = Math.saturatingSub(deferred, amount);
        head.deferred = Math.mulDiv(head.deferred, rest, deferred, Math.Rounding.Ceil).toUint160();
    }

    function _deferredNow(Head storage head) private view returns (uint256) {
        uint256 deferred = head.deferred;
        if (deferred == 0) return 0;
        uint256 fadeSeconds = head.fadeSeconds;
        uint256 remaining = Math.saturatingSub(head.deferredAt + fadeSeconds, block.timestamp);
        return remaining == 0 ? 0 : Math.ceilDiv(deferred * remaining, fadeSeconds);
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
