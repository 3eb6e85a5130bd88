// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IInsistence} from "./IInsistence.sol";
import {Maturity} from "./Maturity.sol";
import {TimelockVeto} from "./TimelockVeto.sol";

/// @title The underwriters' veto
/// @notice Who insures the protocol pays for its mistakes. When enough of the insurance pool's mature shares
/// object to a queued operation before it is executed, it is cancelled.
/// @dev The first objection to an operation fixes the snapshot for all: the second before it. What counts is
/// the lesser of the votes then and the votes `maturitySeconds` before.
contract UnderwriterVeto is TimelockVeto {
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;

    /// @dev One slot.
    struct Objection {
        uint48 snapshotSeconds;
        uint208 votes;
    }

    IERC5805 private immutable _shares;
    uint256 private immutable _maturitySeconds;
    uint256 private immutable _thresholdBps;
    uint256 private immutable _thresholdFloor;
    mapping(bytes32 operationId => Objection) private _objections;
    mapping(bytes32 operationId => mapping(address account => bool)) private _hasObjected;

    /// @notice `account` objected with `votes`; all objections together have `totalVotes`.
    event Objected(bytes32 indexed operationId, address indexed account, uint256 votes, uint256 totalVotes);

    /// @notice The threshold is 1 to 10,000 hundredths of a percent; its floor and the maturity are not 0.
    error ThresholdOutOfRange(uint256 thresholdBps, uint256 thresholdFloor, uint256 maturitySeconds);
    /// @notice Only what waits in the timelock can be objected to.
    error OperationNotPending(bytes32 operationId);
    /// @notice Each account objects once.
    error AlreadyObjected(bytes32 operationId, address account);
    /// @notice The account had no mature shares at the snapshot, a block timestamp.
    error VotesMissing(address account, uint256 snapshotSeconds);

    /// @param shares_ The pool's shares, as votes with the block timestamp as their clock.
    /// @param maturitySeconds_ Age from which on shares count.
    /// @param thresholdBps_ Share of the mature supply that cancels, in hundredths of a percent.
    /// @param thresholdFloor_ Shares that cancel, at least. Else, while the pool is nearly empty, very little
    /// would veto everything.
    constructor(
        TimelockController timelock_,
        IInsistence governor_,
        IERC5805 shares_,
        uint256 maturitySeconds_,
        uint256 thresholdBps_,
        uint256 thresholdFloor_
    ) TimelockVeto(timelock_, governor_) {
        if (thresholdBps_ == 0 || thresholdBps_ > BPS || thresholdFloor_ == 0 || maturitySeconds_ == 0) {
            revert ThresholdOutOfRange(thresholdBps_, thresholdFloor_, maturitySeconds_);
        }
        _shares = shares_;
        _maturitySeconds = maturitySeconds_;
        _thresholdBps = thresholdBps_;
        _thresholdFloor = thresholdFloor_;
    }

    /// @notice The pool's shares.
    function shares() external view returns (IERC5805) {
        return _shares;
    }

    /// @notice Age from which on shares count, in seconds.
    function maturitySeconds() external view returns (uint256) {
        return _maturitySeconds;
    }

    /// @notice Objects to a queued operation with all votes of the caller, and cancels it if that is enough.
    function object(bytes32 operationId) external {
        if (!timelock().isOperationPending(operationId)) revert OperationNotPending(operationId);
        if (_hasObjected[operationId][msg.sender]) revert AlreadyObjected(operationId, msg.sender);

        Objection memory objection = _objections[operationId];
        if (objection.snapshotSeconds == 0) objection.snapshotSeconds = _shares.clock() - 1;
        uint256 votes = Maturity.votesOf(_shares, msg.sender, objection.snapshotSeconds, _maturitySeconds);
        if (votes == 0) revert VotesMissing(msg.sender, objection.snapshotSeconds);

        objection.votes += votes.toUint208();
        _objections[operationId] = objection;
        _hasObjected[operationId][msg.sender] = true;
        emit Objected(operationId, msg.sender, votes, objection.votes);
        if (objection.votes >= _threshold(objection.snapshotSeconds)) _cancel(operationId);
    }

    /// @notice Objections to an operation so far.
    /// @return votes Objecting votes.
    /// @return needed Votes that cancel; 0 before the first objection.
    /// @return snapshotSeconds Block timestamp as of which votes count; 0 before the first objection.
    function objectionsTo(bytes32 operationId)
        external
        view
        returns (uint256 votes, uint256 needed, uint256 snapshotSeconds)
    {
        Objection memory objection = _objections[operationId];
        (votes, snapshotSeconds) = (objection.votes, objection.snapshotSeconds);
        if (snapshotSeconds != 0) needed = _threshold(snapshotSeconds);
    }

    /// @notice Whether `account` objected to the operation.
    function hasObjected(bytes32 operationId, address account) external view returns (bool) {
        return _hasObjected[operationId][account];
    }

    function _threshold(uint256 snapshotSeconds) private view returns (uint256) {
        uint256 supply = Maturity.supplyOf(_shares, snapshotSeconds, _maturitySeconds);
        return Math.max(Math.mulDiv(supply, _thresholdBps, BPS, Math.Rounding.Ceil), _thresholdFloor);
    }
}
