// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ERC6372Utils} from "@openzeppelin/contracts/utils/ERC6372Utils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {ExactTransfer} from "../token/ExactTransfer.sol";

/// @title Votes for those who cannot leave at once
/// @notice Holders lock the governance token with a notice period of their choice, a week to two years. The
/// longer it is, the more a token votes: power = amount * notice / longest notice. Power stays as it is until
/// its holder gives notice; then it is gone at once, and the tokens come out when the notice has passed. So
/// whoever decides stays exposed to the decision for as long as the power suggests.
/// @dev Locks cannot be transferred, power can be delegated (ERC-5805), and the clock is the block timestamp
/// (ERC-6372). The token must be a plain ERC-20; one with fees on transfer is refused, one that rebases must
/// not be used.
contract VoteLock is Votes {
    using ExactTransfer for IERC20;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint256 private constant SHORTEST_NOTICE_SECONDS = 1 weeks;
    uint256 private constant LONGEST_NOTICE_SECONDS = 104 weeks;

    /// @notice One deposit.
    /// @param owner Whose it is; the zero address once the tokens were withdrawn.
    /// @param noticeSeconds Time from the notice to the withdrawal.
    /// @param withdrawableAt Block timestamp from which on the tokens can be withdrawn, 0 before the notice.
    /// @param amount In units of the token.
    struct Lock {
        address owner;
        uint40 noticeSeconds;
        uint40 withdrawableAt;
        uint128 amount;
    }

    IERC20 private immutable _token;
    mapping(uint256 lockId => Lock) private _locks;
    uint256 private _lockCount;
    mapping(address account => uint256) private _power;

    /// @notice `owner` locked `amount`, which gives it `power` votes.
    event Locked(
        uint256 indexed lockId, address indexed owner, uint256 amount, uint256 noticeSeconds, uint256 power
    );
    /// @notice The votes of a lock are gone; its tokens come out at `withdrawableAtSeconds`.
    event NoticeGiven(uint256 indexed lockId, address indexed owner, uint256 withdrawableAtSeconds);
    /// @notice The tokens of a lock went back to its owner.
    event Withdrawn(uint256 indexed lockId, address indexed owner, uint256 amount);

    /// @notice The notice period is between a week and 104 weeks.
    error NoticeOutOfRange(uint256 noticeSeconds, uint256 minSeconds, uint256 maxSeconds);
    /// @notice So little, for so short a notice, gives no vote.
    error LockTooSmall(uint256 amount);
    /// @notice Only the owner of a lock may do this; `owner` is zero when there is no such lock.
    error CallerNotLockOwner(address caller, address owner);
    /// @notice Notice is given once.
    error NoticeAlreadyGiven(uint256 lockId, uint256 withdrawableAtSeconds);
    /// @notice Tokens come out only after a notice.
    error NoticeNotGiven(uint256 lockId);
    /// @notice The notice period lasts until `withdrawableAtSeconds`, a block timestamp.
    error NoticeNotOver(uint256 withdrawableAtSeconds);

    /// @param token_ The governance token.
    constructor(IERC20 token_) EIP712("Breakwater VoteLock", "1") {
        _token = token_;
    }

    /// @notice The governance token.
    function token() external view returns (IERC20) {
        return _token;
    }

    /// @notice Shortest notice period, in seconds.
    function shortestNoticeSeconds() external pure returns (uint256) {
        return SHORTEST_NOTICE_SECONDS;
    }

    /// @notice Longest notice period, in seconds: the one that gives a vote per unit of the token.
    function longestNoticeSeconds() external pure returns (uint256) {
        return LONGEST_NOTICE_SECONDS;
    }

    /// @notice Locks `amount` of the caller's tokens. Who has no delegate becomes its own.
    /// @param noticeSeconds 1 to 104 weeks.
    /// @return lockId Number of the lock, the first is 1.
    function lock(uint256 amount, uint256 noticeSeconds) external returns (uint256 lockId) {
        if (noticeSeconds < SHORTEST_NOTICE_SECONDS || noticeSeconds > LONGEST_NOTICE_SECONDS) {
            revert NoticeOutOfRange(noticeSeconds, SHORTEST_NOTICE_SECONDS, LONGEST_NOTICE_SECONDS);
        }
        uint256 power = powerFor(amount, noticeSeconds);
        if (power == 0) revert LockTooSmall(amount);

        lockId = ++_lockCount;
        _locks[lockId] = Lock({
            owner: msg.sender,
            noticeSeconds: uint40(noticeSeconds),
            withdrawableAt: 0,
            amount: amount.toUint128()
        });
        _power[msg.sender] += power;
        _transferVotingUnits(address(0), msg.sender, power);
        if (delegates(msg.sender) == address(0)) _delegate(msg.sender, msg.sender);
        emit Locked(lockId, msg.sender, amount, noticeSeconds, power);
        _token.pull(msg.sender, amount);
    }

    /// @notice Gives up the votes of a lock, for good, and starts its notice period. Only its owner.
    function giveNotice(uint256 lockId) external {
        Lock storage lock_ = _ownLock(lockId);
        if (lock_.withdrawableAt != 0) revert NoticeAlreadyGiven(lockId, lock_.withdrawableAt);
        uint256 power = powerFor(lock_.amount, lock_.noticeSeconds);
        uint256 withdrawableAt = block.timestamp + lock_.noticeSeconds;
        lock_.withdrawableAt = withdrawableAt.toUint40();
        _power[msg.sender] -= power;
        _transferVotingUnits(msg.sender, address(0), power);
        emit NoticeGiven(lockId, msg.sender, withdrawableAt);
    }

    /// @notice Pays a lock back once its notice period is over. Only its owner.
    function withdraw(uint256 lockId) external {
        Lock memory lock_ = _ownLock(lockId);
        if (lock_.withdrawableAt == 0) revert NoticeNotGiven(lockId);
        if (block.timestamp < lock_.withdrawableAt) revert NoticeNotOver(lock_.withdrawableAt);
        delete _locks[lockId];
        emit Withdrawn(lockId, msg.sender, lock_.amount);
        _token.safeTransfer(msg.sender, lock_.amount);
    }

    /// @notice A lock; all zero when there is none, or when it was withdrawn.
    function lockOf(uint256 lockId) external view returns (Lock memory) {
        return _locks[lockId];
    }

    /// @notice Number of locks ever made; the last one's number.
    function lockCount() external view returns (uint256) {
        return _lockCount;
    }

    /// @notice Votes that the locks of `account` give to its delegate, notice given on none of them.
    function powerOf(address account) external view returns (uint256) {
        return _power[account];
    }

    /// @notice Votes that `amount`, locked with a notice of `noticeSeconds`, gives; rounded down.
    function powerFor(uint256 amount, uint256 noticeSeconds) public pure returns (uint256) {
        return Math.mulDiv(amount, noticeSeconds, LONGEST_NOTICE_SECONDS);
    }

    /// @notice The block timestamp (ERC-6372).
    function clock() public view override returns (uint48) {
        return Time.timestamp();
    }

    /// @notice "mode=timestamp" (ERC-6372).
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public view override returns (string memory) {
        return ERC6372Utils.timestampClockMode(clock);
    }

    function _getVotingUnits(address account) internal view override returns (uint256) {
        return _power[account];
    }

    function _ownLock(uint256 lockId) private view returns (Lock storage lock_) {
        lock_ = _locks[lockId];
        if (msg.sender != lock_.owner) revert CallerNotLockOwner(msg.sender, lock_.owner);
    }
}
