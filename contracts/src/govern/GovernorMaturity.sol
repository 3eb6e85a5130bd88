// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {
    GovernorVotesQuorumFraction
} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Maturity} from "./Maturity.sol";

/// @title Governor extension: only mature votes count
/// @notice For proposing, for voting and for the quorum, what counts is the lesser of the votes at the
/// snapshot and the votes `maturitySeconds` before it. The quorum is a share of the mature supply, and never
/// below a floor: else, while little is locked, very little would decide.
abstract contract GovernorMaturity is GovernorVotesQuorumFraction {
    uint256 private immutable _maturitySeconds;
    uint256 private immutable _quorumFloor;

    /// @notice Votes must mature, and a quorum must be something.
    error MaturityOrFloorMissing(uint256 maturitySeconds, uint256 quorumFloor);

    /// @param maturitySeconds_ Age from which on votes count.
    /// @param quorumFloor_ Least quorum, in votes.
    constructor(uint256 maturitySeconds_, uint256 quorumFloor_) {
        if (maturitySeconds_ == 0 || quorumFloor_ == 0) {
            revert MaturityOrFloorMissing(maturitySeconds_, quorumFloor_);
        }
        _maturitySeconds = maturitySeconds_;
        _quorumFloor = quorumFloor_;
    }

    /// @notice Age from which on votes count, in seconds.
    function maturitySeconds() public view returns (uint256) {
        return _maturitySeconds;
    }

    /// @notice Least quorum, in votes.
    function quorumFloor() public view returns (uint256) {
        return _quorumFloor;
    }

    /// @notice Votes, for and abstaining, that a proposal with its snapshot at `timepoint` needs.
    function quorum(uint256 timepoint) public view virtual override returns (uint256) {
        uint256 supply = Maturity.supplyOf(token(), timepoint, _maturitySeconds);
        uint256 share = Math.mulDiv(supply, quorumNumerator(timepoint), quorumDenominator());
        return Math.max(share, _quorumFloor);
    }

    function _getVotes(address account, uint256 timepoint, bytes memory)
        internal
        view
        virtual
        override(GovernorVotes)
        returns (uint256)
    {
        return Maturity.votesOf(token(), account, timepoint, _maturitySeconds);
    }
}
