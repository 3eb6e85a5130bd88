// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {
    GovernorTimelockControl
} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IInsistence} from "./IInsistence.sol";

/// @title Governor extension: a veto delays, it does not decide
/// @notice Council, guardians and underwriters can cancel what is queued. If what they cancel is right, and
/// their veto an abuse (they would not be replaced, say), governance insists: it proposes exactly the same
/// calls again, needs two thirds of the votes cast, and waits `insistDelaySeconds` more before it may queue
/// them. What was queued so can no longer be vetoed. Who disagrees has all this time to leave.
/// @dev The governor that inherits this counts votes, and so asks for the two thirds when `isInsisting`.
abstract contract GovernorInsistence is GovernorTimelockControl, IInsistence {
    uint256 private immutable _insistDelaySeconds;
    mapping(uint256 proposalId => bool) private _insisting;
    mapping(bytes32 operationId => bool) private _insisted;

    /// @notice `proposalId` has the calls of `vetoedProposalId`, which was vetoed.
    event Insisted(uint256 indexed proposalId, uint256 indexed vetoedProposalId);

    /// @notice An insistence that comes at once is none.
    error InsistDelayMissing();
    /// @notice Only what was queued and then cancelled in the timelock can be insisted on.
    error ProposalNotVetoed(uint256 proposalId);
    /// @notice The proposal can be queued from `queueableAtSeconds` on, a block timestamp.
    error InsistenceTooEarly(uint256 proposalId, uint256 queueableAtSeconds);

    /// @param insistDelaySeconds_ From the end of the vote to the moment an insisting proposal may be queued.
    constructor(uint256 insistDelaySeconds_) {
        if (insistDelaySeconds_ == 0) revert InsistDelayMissing();
        _insistDelaySeconds = insistDelaySeconds_;
    }

    /// @notice From the end of the vote to the moment an insisting proposal may be queued, in seconds.
    function insistDelaySeconds() external view returns (uint256) {
        return _insistDelaySeconds;
    }

    /// @notice Proposes the calls of a vetoed proposal again. As for `propose`, the caller needs the
    /// threshold, and a description that ends with `#proposer=0x…` is the caller's alone.
    /// @param description Of the new proposal; differs from the vetoed one's.
    /// @param vetoedDescriptionHash keccak256 of the vetoed one's description.
    function insist(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        bytes32 vetoedDescriptionHash
    ) external returns (uint256 proposalId) {
        uint256 vetoedId = getProposalId(targets, values, calldatas, vetoedDescriptionHash);
        // Before it is queued, only its proposer can cancel a proposal; after that, only a veto can.
        if (state(vetoedId) != ProposalState.Canceled || proposalEta(vetoedId) == 0) {
            revert ProposalNotVetoed(vetoedId);
        }
        proposalId = propose(targets, values, calldatas, description);
        _insisting[proposalId] = true;
        emit Insisted(proposalId, vetoedId);
    }

    /// @notice Whether the proposal was made by `insist`.
    function isInsisting(uint256 proposalId) public view returns (bool) {
        return _insisting[proposalId];
    }

    /// @inheritdoc IInsistence
    function isInsisted(bytes32 operationId) external view returns (bool) {
        return _insisted[operationId];
    }

    /// @notice The timelock's number for the operation of a proposal.
    function operationIdOf(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) public view returns (bytes32) {
        bytes32 salt = bytes20(address(this)) ^ descriptionHash;
        return TimelockController(payable(timelock())).hashOperationBatch(targets, values, calldatas, 0, salt);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal virtual override returns (uint48) {
        if (_insisting[proposalId]) {
            uint256 queueableAt = proposalDeadline(proposalId) + _insistDelaySeconds;
            if (block.timestamp < queueableAt) revert InsistenceTooEarly(proposalId, queueableAt);
            _insisted[operationIdOf(targets, values, calldatas, descriptionHash)] = true;
        }
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }
}
