// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Withdrawals that wait
/// @notice What exceeds a limit is owed, not seized: it becomes a claim that anyone can have paid to its
/// receiver once the delay is over. No claim waits for another one, so no flow, however large, holds others
/// up. The tokens stay in the protocol meanwhile; `queuedTotal` of them are not its own any more.
/// @dev A claim ends in exactly one of three ways. It is paid after the delay. It is paid earlier because the
/// governor vouches for it. Or it is struck as forged: announced at least a delay ahead, at most once for a
/// claim, and void unless carried out within another delay. Nobody can change a claim's receiver or amount.
/// So every claim that is not struck in public can be paid three delays after it was booked, whatever the
/// governor does, and without a strike after one. A protocol that brakes withdrawals overrides `claim`; its
/// brake must end.
abstract contract FlowQueue {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint256 private constant MAX_DELAY_SECONDS = 30 days;

    /// @param asset Token owed.
    /// @param readyAtSeconds Block timestamp at which the delay is over.
    /// @param strikableAtSeconds From when on an announced strike can be carried out; 0 when none was
    /// announced.
    /// @param to Who is paid.
    /// @param amount In units of the asset.
    struct Claim {
        address asset;
        uint40 readyAtSeconds;
        uint40 strikableAtSeconds;
        address to;
        uint256 amount;
    }

    uint256 private immutable _queueDelaySeconds;
    uint256 private _claimCount;
    mapping(uint256 id => Claim) private _claims;
    mapping(address asset => uint256) private _queuedTotal;

    /// @notice `amount` is owed to `to` from `readyAtSeconds` on, a block timestamp.
    event ClaimQueued(
        uint256 indexed id, address indexed asset, address indexed to, uint256 amount, uint256 readyAtSeconds
    );
    /// @notice A claim was paid.
    event ClaimPaid(uint256 indexed id, address indexed asset, address indexed to, uint256 amount);
    /// @notice The governor says that a claim is forged, and can strike it from `strikableAtSeconds` on and
    /// before `lapsesAtSeconds`.
    event StrikeAnnounced(uint256 indexed id, uint256 strikableAtSeconds, uint256 lapsesAtSeconds);
    /// @notice A claim was struck. What was owed is the protocol's again.
    event ClaimStruck(uint256 indexed id, address indexed asset, address indexed to, uint256 amount);

    /// @notice The delay is between a second and 30 days.
    error QueueDelayOutOfRange(uint256 delaySeconds, uint256 maxSeconds);
    /// @notice There is no such claim, or it is settled.
    error ClaimUnknown(uint256 id);
    /// @notice The claim can be paid from `claimableAtSeconds` on, a block timestamp.
    error ClaimNotReady(uint256 id, uint256 claimableAtSeconds);
    /// @notice A strike is announced once.
    error StrikeAlreadyAnnounced(uint256 id, uint256 strikableAtSeconds);
    /// @notice No strike was announced.
    error StrikeNotAnnounced(uint256 id);
    /// @notice The strike can be carried out from `fromSeconds` on and before `untilSeconds`, block
    /// timestamps.
    error StrikeNotDue(uint256 id, uint256 fromSeconds, uint256 untilSeconds);

    /// @param queueDelaySeconds_ How long a claim waits: long enough for people to look at it.
    constructor(uint256 queueDelaySeconds_) {
        if (queueDelaySeconds_ == 0 || queueDelaySeconds_ > MAX_DELAY_SECONDS) {
            revert QueueDelayOutOfRange(queueDelaySeconds_, MAX_DELAY_SECONDS);
        }
        _queueDelaySeconds = queueDelaySeconds_;
    }

    /// @notice Pays a claim whose time has come. Anyone may call.
    function claim(uint256 id) public virtual {
        uint256 claimableAt = claimableAtSeconds(id);
        if (block.timestamp < claimableAt) revert ClaimNotReady(id, claimableAt);
        _pay(id);
    }

    /// @notice Pays a claim before its time, even one whose strike was announced. Only the governor.
    function releaseNow(uint256 id) public virtual {
        _requireFlowGovernor();
        _pay(id);
    }

    /// @notice Says in public that a claim is forged. It cannot be claimed until the strike was carried out
    /// or has lapsed. Only the governor, once for a claim.
    function announceStrike(uint256 id) public virtual {
        _requireFlowGovernor();
        Claim storage queued = _existing(id);
        uint256 strikableAt = queued.strikableAtSeconds;
        if (strikableAt != 0) revert StrikeAlreadyAnnounced(id, strikableAt);
        strikableAt = block.timestamp + _queueDelaySeconds;
        queued.strikableAtSeconds = strikableAt.toUint40();
        emit StrikeAnnounced(id, strikableAt, strikableAt + _queueDelaySeconds);
    }

    /// @notice Carries out an announced strike. Only the governor.
    function strike(uint256 id) public virtual {
        _requireFlowGovernor();
        uint256 from = _existing(id).strikableAtSeconds;
        if (from == 0) revert StrikeNotAnnounced(id);
        uint256 until = from + _queueDelaySeconds;
        if (block.timestamp < from || block.timestamp >= until) revert StrikeNotDue(id, from, until);
        Claim memory struck = _remove(id);
        emit ClaimStruck(id, struck.asset, struck.to, struck.amount);
        _onStruck(struck.asset, struck.amount);
    }

    /// @notice A claim that is not settled; all zero for any other.
    function claimOf(uint256 id) external view returns (Claim memory) {
        return _claims[id];
    }

    /// @notice Block timestamp from which on a claim can be paid, unless a strike is yet to be announced or
    /// is carried out.
    function claimableAtSeconds(uint256 id) public view returns (uint256) {
        Claim storage queued = _existing(id);
        uint256 strikableAt = queued.strikableAtSeconds;
        // A strike lapses two delays after it was announced, so never before the claim is ready.
        return strikableAt == 0 ? queued.readyAtSeconds : strikableAt + _queueDelaySeconds;
    }

    /// @notice Number of claims ever queued. The last one has this number, the first one 1.
    function claimCount() external view returns (uint256) {
        return _claimCount;
    }

    /// @notice What is owed to all claims in `asset`, in its units. It is in this contract and not in its
    /// books.
    function queuedTotal(address asset) public view returns (uint256) {
        return _queuedTotal[asset];
    }

    /// @notice How long a claim waits.
    function queueDelaySeconds() public view returns (uint256) {
        return _queueDelaySeconds;
    }

    /// @dev Reverts unless the caller may vouch for claims and have them struck. Must stand for a timelock:
    /// who can pay claims at once is above the limit.
    function _requireFlowGovernor() internal view virtual;

    /// @dev Takes `amount`, which a struck claim no longer is owed, back into the protocol's books.
    function _onStruck(address asset, uint256 amount) internal virtual;

    /// @dev Books a claim. The caller has taken `amount` off its own books.
    function _queue(address asset, address to, uint256 amount) internal returns (uint256 id) {
        id = ++_claimCount;
        uint256 readyAt = block.timestamp + _queueDelaySeconds;
        _claims[id] = Claim(asset, readyAt.toUint40(), 0, to, amount);
        _queuedTotal[asset] += amount;
        emit ClaimQueued(id, asset, to, amount, readyAt);
    }

    function _pay(uint256 id) private {
        Claim memory paid = _remove(id);
        emit ClaimPaid(id, paid.asset, paid.to, paid.amount);
        IERC20(paid.asset).safeTransfer(paid.to, paid.amount);
    }

    /// @dev Before anything is called, so that a claim is settled once.
    function _remove(uint256 id) private returns (Claim memory removed) {
        removed = _existing(id);
        delete _claims[id];
        _queuedTotal[removed.asset] -= removed.amount;
    }

    function _existing(uint256 id) private view returns (Claim storage existing) {
        existing = _claims[id];
        if (existing.readyAtSeconds == 0) revert ClaimUnknown(id);
    }
}
