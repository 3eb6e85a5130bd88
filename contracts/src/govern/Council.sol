// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title A council whose term ends
/// @notice m of n members make a call by approving it one after the other, in the open; the approval of the
/// m-th makes it. What the council may do is what other contracts let it do. It can do nothing after its
/// term, and nothing about itself: governance alone names members, and how many of them decide.
/// @dev Not OpenZeppelin's `MultiSignerERC7913`: that checks signatures for an account, and has neither
/// terms nor deadlines nor approvals that can be seen before they are enough.
contract Council {
    uint256 private constant MAX_MEMBERS = 32;
    uint256 private constant MIN_THRESHOLD = 2;
    uint256 private constant MAX_TERM_SECONDS = 365 days;
    uint256 private constant MAX_CALL_SECONDS = 14 days;

    /// @notice A call that members approve.
    /// @param target Contract to be called.
    /// @param data Calldata for it.
    /// @param deadlineSeconds Last block timestamp at which it can be approved and made, at most 14 days
    /// ahead.
    /// @param salt Distinguishes calls that are alike.
    struct Call {
        address target;
        bytes data;
        uint64 deadlineSeconds;
        bytes32 salt;
    }

    address private immutable _governance;
    address[] private _members;
    uint64 private _term;
    uint64 private _termEndSeconds;
    uint64 private _threshold;
    /// @dev Bit i is set when member i approved.
    mapping(bytes32 callId => uint256 bitmap) private _approvals;
    mapping(bytes32 callId => bool) private _made;

    /// @notice Governance named a council. Nothing that an earlier one approved counts any more.
    event TermStarted(uint64 indexed term, address[] members, uint256 threshold, uint256 endSeconds);
    /// @notice `member` approved a call, as the `approvals`-th.
    event CallApproved(bytes32 indexed callId, address indexed member, uint256 approvals);
    /// @notice The council made a call.
    event CallMade(bytes32 indexed callId, address indexed target, bytes data);

    /// @notice Only governance may do this.
    error CallerNotGovernance(address caller, address governance);
    /// @notice Only members may do this.
    error CallerNotMember(address caller);
    /// @notice There are at least as many members as decide, and at most 32.
    error MemberCountOutOfRange(uint256 count, uint256 min, uint256 max);
    /// @notice The zero address cannot approve.
    error MemberZero(uint256 index);
    /// @notice One member, one approval.
    error MemberDuplicated(address member);
    /// @notice One member alone must not decide.
    error ThresholdTooLow(uint256 threshold, uint256 min);
    /// @notice A term ends in the future, and after at most 365 days. Block timestamps in seconds.
    error TermEndOutOfRange(uint256 endSeconds, uint256 nowSeconds, uint256 maxSeconds);
    /// @notice The council's term is over, since a block timestamp in seconds.
    error TermOver(uint256 endSeconds);
    /// @notice A call's deadline is not in the past, and at most 14 days ahead.
    error CallDeadlineOutOfRange(uint64 deadlineSeconds, uint256 nowSeconds, uint256 maxSeconds);
    /// @notice Each member approves a call once.
    error AlreadyApproved(bytes32 callId, address member);
    /// @notice A call is made once.
    error CallAlreadyMade(bytes32 callId);

    /// @param governance_ The timelock.
    /// @param members_ The first council. See `startTerm`.
    constructor(address governance_, address[] memory members_, uint256 threshold_, uint256 endSeconds_) {
        _governance = governance_;
        _startTerm(members_, threshold_, endSeconds_);
    }

    /// @notice Names a new council. Only governance.
    /// @param members_ 2 to 32 different addresses.
    /// @param threshold_ How many of them decide, at least 2.
    /// @param endSeconds_ Block timestamp from which on they can no longer, at most 365 days ahead.
    function startTerm(address[] calldata members_, uint256 threshold_, uint256 endSeconds_) external {
        if (msg.sender != _governance) revert CallerNotGovernance(msg.sender, _governance);
        _startTerm(members_, threshold_, endSeconds_);
    }

    /// @notice Approves a call, and makes it if that is enough. Only members, during the term.
    function approve(Call calldata call) external {
        if (block.timestamp >= _termEndSeconds) revert TermOver(_termEndSeconds);
        uint256 bit = _bitOf(msg.sender);
        uint256 latest = block.timestamp + MAX_CALL_SECONDS;
        if (call.deadlineSeconds < block.timestamp || call.deadlineSeconds > latest) {
            revert CallDeadlineOutOfRange(call.deadlineSeconds, block.timestamp, latest);
        }
        bytes32 callId = hashCall(call);
        if (_made[callId]) revert CallAlreadyMade(callId);
        uint256 approvals = _approvals[callId];
        if (approvals & bit != 0) revert AlreadyApproved(callId, msg.sender);
        approvals |= bit;
        _approvals[callId] = approvals;
        uint256 count = _count(approvals);
        emit CallApproved(callId, msg.sender, count);
        if (count < _threshold) return;

        _made[callId] = true;
        emit CallMade(callId, call.target, call.data);
        Address.functionCall(call.target, call.data);
    }

    /// @notice Number of a call. Another council has other numbers: approvals die with their term.
    function hashCall(Call calldata call) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), _term, call));
    }

    /// @notice Who names the council.
    function governance() external view returns (address) {
        return _governance;
    }

    /// @notice The members.
    function members() external view returns (address[] memory) {
        return _members;
    }

    /// @notice How many members decide.
    function threshold() external view returns (uint256) {
        return _threshold;
    }

    /// @notice Number of the term, the first is 1.
    function term() external view returns (uint64) {
        return _term;
    }

    /// @notice Block timestamp from which on the council can do nothing.
    function termEndSeconds() external view returns (uint256) {
        return _termEndSeconds;
    }

    /// @notice How many members approved a call.
    function approvalsOf(bytes32 callId) external view returns (uint256) {
        return _count(_approvals[callId]);
    }

    /// @notice Whether a call was made.
    function isMade(bytes32 callId) external view returns (bool) {
        return _made[callId];
    }

    function _startTerm(address[] memory members_, uint256 threshold_, uint256 endSeconds_) private {
        if (threshold_ < MIN_THRESHOLD) revert ThresholdTooLow(threshold_, MIN_THRESHOLD);
        uint256 n = members_.length;
        if (n < threshold_ || n > MAX_MEMBERS) revert MemberCountOutOfRange(n, threshold_, MAX_MEMBERS);
        for (uint256 i = 0; i < n; ++i) {
            if (members_[i] == address(0)) revert MemberZero(i);
            for (uint256 j = 0; j < i; ++j) {
                if (members_[j] == members_[i]) revert MemberDuplicated(members_[i]);
            }
        }
        if (endSeconds_ <= block.timestamp || endSeconds_ > block.timestamp + MAX_TERM_SECONDS) {
            revert TermEndOutOfRange(endSeconds_, block.timestamp, block.timestamp + MAX_TERM_SECONDS);
        }
        _members = members_;
        _threshold = uint64(threshold_);
        _termEndSeconds = uint64(endSeconds_);
        emit TermStarted(++_term, members_, threshold_, endSeconds_);
    }

    function _bitOf(address caller) private view returns (uint256) {
        for (uint256 i = 0; i < _members.length; ++i) {
            if (_members[i] == caller) return 1 << i;
        }
        revert CallerNotMember(caller);
    }

    function _count(uint256 bitmap) private pure returns (uint256 count) {
        for (; bitmap != 0; bitmap &= bitmap - 1) {
            ++count;
        }
    }
}
