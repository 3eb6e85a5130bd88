// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {
    GovernorCountingSimple
} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {
    GovernorPreventLateQuorum
} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {
    GovernorTimelockControl
} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {
    GovernorVotesQuorumFraction
} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {GovernorInsistence} from "./GovernorInsistence.sol";
import {GovernorMaturity} from "./GovernorMaturity.sol";

/// @title The governor
/// @notice OpenZeppelin's, with votes of `VoteLock` that must mature, a timelock that carries out, and an
/// answer to vetoes that are abused.
/// @dev Times are block timestamps in seconds. The voting delay lasts at least a day, so that everybody can
/// see what will be voted on, and less than votes take to mature, so that nobody who sees it can still get
/// votes for it.
contract BreakwaterGovernor is
    GovernorMaturity,
    GovernorSettings,
    GovernorCountingSimple,
    GovernorPreventLateQuorum,
    GovernorInsistence
{
    uint256 private constant MIN_VOTING_SECONDS = 1 days;

    /// @notice How governance works.
    /// @param votingDelaySeconds From a proposal to its snapshot.
    /// @param votingPeriodSeconds From the snapshot to the end of the vote.
    /// @param lateQuorumSeconds A vote goes on for at least this long after its quorum was reached.
    /// @param maturitySeconds Age from which on votes count.
    /// @param insistDelaySeconds See `GovernorInsistence`.
    /// @param proposalThreshold Votes that a proposer needs.
    /// @param quorumPercent Share of the mature supply that must vote for or abstain.
    /// @param quorumFloor Votes that must, at least.
    struct Settings {
        uint48 votingDelaySeconds;
        uint32 votingPeriodSeconds;
        uint48 lateQuorumSeconds;
        uint256 maturitySeconds;
        uint256 insistDelaySeconds;
        uint256 proposalThreshold;
        uint256 quorumPercent;
        uint256 quorumFloor;
    }

    /// @notice The voting delay is at least a day, and shorter than votes take to mature.
    error VotingDelayOutOfRange(uint256 delaySeconds, uint256 minSeconds, uint256 maturitySeconds);
    /// @notice A vote lasts at least a day.
    error VotingPeriodTooShort(uint256 periodSeconds, uint256 minSeconds);
    /// @notice Proposing needs votes.
    error ProposalThresholdMissing();

    /// @param votes_ Where the votes are.
    /// @param timelock_ What carries out decisions. This governor must be its only proposer and executor.
    constructor(IVotes votes_, TimelockController timelock_, Settings memory settings)
        Governor("Breakwater Governor")
        GovernorVotes(votes_)
        GovernorVotesQuorumFraction(settings.quorumPercent)
        GovernorMaturity(settings.maturitySeconds, settings.quorumFloor)
        GovernorSettings(
            settings.votingDelaySeconds, settings.votingPeriodSeconds, settings.proposalThreshold
        )
        GovernorPreventLateQuorum(settings.lateQuorumSeconds)
        GovernorTimelockControl(timelock_)
        GovernorInsistence(settings.insistDelaySeconds)
    {}

    /// @inheritdoc Governor
    function state(uint256 proposalId)
        public
        view
        override(Governor, GovernorTimelockControl)
        returns (ProposalState)
    {
        return super.state(proposalId);
    }

    /// @inheritdoc Governor
    function proposalNeedsQueuing(uint256 proposalId)
        public
        view
        override(Governor, GovernorTimelockControl)
        returns (bool)
    {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @inheritdoc Governor
    function proposalDeadline(uint256 proposalId)
        public
        view
        override(Governor, GovernorPreventLateQuorum)
        returns (uint256)
    {
        return super.proposalDeadline(proposalId);
    }

    /// @inheritdoc Governor
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    function _setVotingDelay(uint48 delaySeconds) internal override {
        if (delaySeconds < MIN_VOTING_SECONDS || delaySeconds >= maturitySeconds()) {
            revert VotingDelayOutOfRange(delaySeconds, MIN_VOTING_SECONDS, maturitySeconds());
        }
        super._setVotingDelay(delaySeconds);
    }

    function _setVotingPeriod(uint32 periodSeconds) internal override {
        if (periodSeconds < MIN_VOTING_SECONDS) {
            revert VotingPeriodTooShort(periodSeconds, MIN_VOTING_SECONDS);
        }
        super._setVotingPeriod(periodSeconds);
    }

    function _setProposalThreshold(uint256 threshold) internal override {
        if (threshold == 0) revert ProposalThresholdMissing();
        super._setProposalThreshold(threshold);
    }

    function _tallyUpdated(uint256 proposalId) internal override(Governor, GovernorPreventLateQuorum) {
        super._tallyUpdated(proposalId);
    }

    /// @dev What was vetoed needs two thirds of the votes cast; everything else needs more than half.
    function _voteSucceeded(uint256 proposalId)
        internal
        view
        override(Governor, GovernorCountingSimple)
        returns (bool)
    {
        if (!isInsisting(proposalId)) {
            return super._voteSucceeded(proposalId);
        }
        (uint256 against, uint256 inFavour,) = proposalVotes(proposalId);
        return inFavour > 0 && inFavour >= 2 * against;
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorInsistence) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }
}
