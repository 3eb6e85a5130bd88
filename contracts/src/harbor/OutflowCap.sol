// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title A cap on what leaves per window, as a share of what is there
/// @notice A bucket that holds the cap c (a share of the base, such as 10 %) and refills evenly in one
/// window.
/// @dev Amounts are booked as shares of the base at their time. In any w seconds at most c * (1 + w / window)
/// of the largest base in them can leave: what was in the bucket and what flowed in.
///
/// Paying in to raise the base does not pay. Let b be the base at first and d what is paid in meanwhile, so
/// that the base never exceeds b + d, and s = c * (1 + w / window) <= 1: then at most s * (b + d) - d <= s *
/// b leaves on balance. With c <= 50 %, this holds for every span up to a window. What comes in from
/// elsewhere in the protocol is nobody's payment, so it counts only as it ages: see `_deferInflow`.
///
/// The cap bounds what leaves, not who goes first. Whoever pays in c / (1 - c) of the base and takes it out
/// again leaves an empty bucket to all others, for as long as it is worth the trouble.
abstract contract OutflowCap {
    using RateLimiter for RateLimiter.RefillingBucket;
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;
    /// @dev The whole base, in the unit of the bucket.
    uint256 private constant WHOLE = 1e18;
    uint256 private constant MAX_CAP_BPS = 5_000;
    /// @dev There is one bucket.
    bytes32 private constant KEY = 0;

    /// @dev One slot. `amount` is as of `atSeconds` and fades evenly over one window.
    struct Deferred {
        uint208 amount;
        uint48 atSeconds;
    }

    uint256 private immutable _capBps;
    uint256 private immutable _windowSeconds;
    RateLimiter.RefillingBucket private _bucket;
    Deferred private _deferred;

    /// @notice The cap is between 1 and 5,000 hundredths of a percent.
    error OutflowCapOutOfRange(uint256 capBps);
    /// @notice The window must last at least a second.
    error OutflowWindowMissing();
    /// @notice More than may leave now. All amounts in units of the asset.
    /// @param requested What was asked for.
    /// @param left What may leave now.
    /// @param retryAtSeconds Block timestamp from which on `requested` may leave, if nothing else leaves and
    /// the base stays as it is; the largest uint256 if it is above the cap as a whole.
    error OutflowCapExceeded(uint256 requested, uint256 left, uint256 retryAtSeconds);

    /// @param capBps Largest share of the base that may leave at once, in hundredths of a percent, 1 to
    /// 5,000.
    /// @param windowSeconds How long an empty bucket takes to refill.
    constructor(uint256 capBps, uint256 windowSeconds) {
        if (capBps == 0 || capBps > MAX_CAP_BPS) revert OutflowCapOutOfRange(capBps);
        if (windowSeconds == 0) revert OutflowWindowMissing();
        _capBps = capBps;
        _windowSeconds = windowSeconds;
        _bucket.updateSettings(windowSeconds.toUint48(), (WHOLE * capBps / BPS).toUint208());
    }

    /// @notice Largest share of the base that may leave at once, in hundredths of a percent.
    function outflowCapBps() external view returns (uint256) {
        return _capBps;
    }

    /// @notice How long an empty bucket takes to refill, in seconds.
    function outflowWindowSeconds() external view returns (uint256) {
        return _windowSeconds;
    }

    /// @notice What may leave now, in units of the asset.
    function outflowLeft() public view returns (uint256) {
        return Math.mulDiv(_bucket.available(KEY), _effectiveBase(), WHOLE);
    }

    /// @dev What the cap is a share of, in units of the asset. Must not depend on a price.
    function _outflowBase() internal view virtual returns (uint256);

    /// @dev Reverts with OutflowCapExceeded when `amount` may not leave now.
    function _requireOutflow(uint256 amount) internal view {
        uint256 left = outflowLeft();
        if (amount > left) revert OutflowCapExceeded(amount, left, _retryAtSeconds(amount));
    }

    /// @dev Books `amount` as leaving. To be called before the base falls.
    function _spendOutflow(uint256 amount) internal {
        _requireOutflow(amount);
        if (amount != 0) _bucket.consume(KEY, _share(amount));
    }

    /// @dev Keeps `amount`, which now comes in from elsewhere in the protocol, out of the base at first; it
    /// counts more and more, and wholly once nothing more has come in for a window. Else a forged profit
    /// would raise the cap on its own way out.
    function _deferInflow(uint256 amount) internal {
        _deferred = Deferred((_deferredNow() + amount).toUint208(), block.timestamp.toUint48());
    }

    /// @dev Takes `amount`, which now goes back to where `_deferInflow` had it from, off what does not count
    /// yet. Else money that goes to and fro would lower the cap each time it comes.
    function _returnInflow(uint256 amount) internal {
        uint256 deferred = _deferredNow();
        if (deferred == 0) return;
        uint256 rest = Math.saturatingSub(deferred, amount);
        _deferred.amount = Math.mulDiv(_deferred.amount, rest, deferred, Math.Rounding.Ceil).toUint208();
    }

    function _effectiveBase() private view returns (uint256) {
        return Math.saturatingSub(_outflowBase(), _deferredNow());
    }

    function _deferredNow() private view returns (uint256) {
        uint256 remainingSeconds = Math.saturatingSub(_deferred.atSeconds + _windowSeconds, block.timestamp);
        return Math.mulDiv(_deferred.amount, remainingSeconds, _windowSeconds, Math.Rounding.Ceil);
    }

    /// @dev Rounded up, so that what is booked is never less than what leaves.
    function _share(uint256 amount) private view returns (uint256) {
        return Math.mulDiv(amount, WHOLE, _effectiveBase(), Math.Rounding.Ceil);
    }

    function _retryAtSeconds(uint256 amount) private view returns (uint256) {
        uint256 capacity = WHOLE * _capBps / BPS;
        if (amount > Math.mulDiv(capacity, _effectiveBase(), WHOLE)) return type(uint256).max;
        uint256 missing = _share(amount) - _bucket.available(KEY);
        return block.timestamp + Math.ceilDiv(missing * _windowSeconds, capacity);
    }
}
