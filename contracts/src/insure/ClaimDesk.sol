// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IGuardianRegistry} from "../guardians/IGuardianRegistry.sol";
import {CoverBook} from "./CoverBook.sol";

/// @title How a loss is claimed
/// @notice A quorum of guardians certifies what was lost in an incident. Whoever carries the certificate
/// posts a bond. When nobody challenges within a time, the claim is paid. Anyone can challenge, with a bond
/// of the same size; then the owner (governance) decides within a time, and who was right has both bonds.
/// When governance does not decide, nothing is paid, and each has its own bond back: guardians alone, all of
/// their keys stolen, can take nothing from the pool as long as one person challenges.
/// @dev While a claim is open, no share is issued or redeemed: its price is not known.
abstract contract ClaimDesk is CoverBook, EIP712 {
    using SafeCast for uint256;

    bytes32 private constant LOSS_TYPEHASH = keccak256(
        "Loss(uint256 coverId,bytes32 incidentId,uint256 amount,uint64 incidentSeconds,uint64 epoch,"
        "uint64 deadlineSeconds)"
    );

    /// @notice What is fixed about claims.
    /// @param challengeSeconds How long a claim can be challenged.
    /// @param decisionSeconds From the challenge to the latest decision. To be longer than governance takes,
    /// a veto that it insists against included.
    /// @param bondBps Bond, in hundredths of a percent of the claim, 1 to 10,000.
    struct ClaimTerms {
        uint32 challengeSeconds;
        uint32 decisionSeconds;
        uint16 bondBps;
    }

    /// @notice What guardians sign, as EIP-712 typed data of the domain {"Breakwater InsurancePool", "1",
    /// chain, pool}.
    /// @param coverId Cover that is claimed.
    /// @param incidentId Names the incident. A cover pays once for each.
    /// @param amount What was lost, in units of the asset.
    /// @param incidentSeconds Block timestamp of the incident.
    /// @param epoch Epoch of the guardians that signed.
    /// @param deadlineSeconds Last block timestamp at which the claim may be opened.
    struct Loss {
        uint256 coverId;
        bytes32 incidentId;
        uint256 amount;
        uint64 incidentSeconds;
        uint64 epoch;
        uint64 deadlineSeconds;
    }

    /// @notice Where a claim stands.
    enum ClaimState {
        None,
        Open,
        Challenged,
        Paid,
        Rejected,
        Undecided
    }

    /// @notice A claim.
    /// @param coverId Cover that is claimed.
    /// @param amount What was lost.
    /// @param bond What each side has at stake.
    /// @param claimant Who opened it.
    /// @param dueSeconds Block timestamp from which on `settle` closes it.
    /// @param state Where it stands.
    /// @param challenger Who challenged it.
    struct Claim {
        uint256 coverId;
        uint128 amount;
        uint128 bond;
        address claimant;
        uint40 dueSeconds;
        ClaimState state;
        address challenger;
    }

    IGuardianRegistry private immutable _registry;
    uint32 private immutable _challengeSeconds;
    uint32 private immutable _decisionSeconds;
    uint16 private immutable _bondBps;
    mapping(uint256 claimId => Claim) private _claims;
    uint256 private _claimCount;
    uint256 private _openClaimCount;
    mapping(uint256 coverId => mapping(bytes32 incidentId => bool)) private _claimed;

    /// @notice A claim was opened; unless challenged, it is due at `dueSeconds`, a block timestamp.
    event ClaimOpened(
        uint256 indexed claimId,
        uint256 indexed coverId,
        bytes32 indexed incidentId,
        uint256 amount,
        address claimant,
        uint256 dueSeconds
    );
    /// @notice A claim was challenged; unless decided before, it comes to nothing at `dueSeconds`.
    event ClaimChallenged(uint256 indexed claimId, address indexed challenger, uint256 dueSeconds);
    /// @notice A claim was closed; `paid` went to the credit of the beneficiary.
    event ClaimClosed(uint256 indexed claimId, ClaimState state, uint256 paid);

    /// @notice There is time to challenge and to decide, and a bond of at most the claim.
    error ClaimTermsOutOfRange(ClaimTerms terms);
    /// @notice The claim may no longer be opened. Block timestamps in seconds.
    error DeadlinePassed(uint64 deadlineSeconds, uint256 nowSeconds);
    /// @notice The signatures are not those of a quorum of the epoch over `digest`.
    error CertificateInvalid(bytes32 digest);
    /// @notice The incident did not happen while the cover ran, between the two block timestamps.
    error IncidentNotCovered(uint64 incidentSeconds, uint256 afterSeconds, uint256 beforeSeconds);
    /// @notice The incident can be claimed until `latestSeconds`, a block timestamp.
    error ClaimTooLate(uint256 latestSeconds, uint256 nowSeconds);
    /// @notice The incident was claimed before.
    error IncidentAlreadyClaimed(uint256 coverId, bytes32 incidentId);
    /// @notice Nothing was lost, or nothing is left of the cover.
    error NothingToClaim(uint256 coverId);
    /// @notice The claim is in another state.
    error ClaimStateMismatch(uint256 claimId, ClaimState state, ClaimState expected);
    /// @notice The time for this was over at `dueSeconds`, a block timestamp.
    error ClaimDue(uint256 claimId, uint256 dueSeconds);
    /// @notice The claim is due at `dueSeconds`, a block timestamp.
    error ClaimNotDue(uint256 claimId, uint256 dueSeconds);

    constructor(IGuardianRegistry registry_, ClaimTerms memory terms) {
        bool bondFits = terms.bondBps > 0 && terms.bondBps <= BPS;
        if (terms.challengeSeconds == 0 || terms.decisionSeconds == 0 || !bondFits) {
            revert ClaimTermsOutOfRange(terms);
        }
        _registry = registry_;
        _challengeSeconds = terms.challengeSeconds;
        _decisionSeconds = terms.decisionSeconds;
        _bondBps = terms.bondBps;
    }

    /// @notice Opens a claim for a certified loss. Anyone may carry it, and posts the bond; it is paid to the
    /// beneficiary.
    /// @param bitmap See `IGuardianRegistry.verifyCertificate`.
    /// @param signatures See `IGuardianRegistry.verifyCertificate`.
    /// @return claimId Number of the claim, the first is 1.
    function openClaim(Loss calldata loss, uint256 bitmap, bytes calldata signatures)
        external
        nonReentrant
        returns (uint256 claimId)
    {
        Cover memory cover = _coverOf(loss.coverId);
        _requireCovered(loss, cover);
        bytes32 digest = hashLoss(loss);
        if (!_registry.verifyCertificate(digest, loss.epoch, bitmap, signatures)) {
            revert CertificateInvalid(digest);
        }
        uint256 amount = Math.min(loss.amount, cover.amount);
        if (amount == 0) revert NothingToClaim(loss.coverId);
        uint256 bond = Math.mulDiv(amount, _bondBps, BPS, Math.Rounding.Ceil);
        uint256 due = block.timestamp + _challengeSeconds;

        claimId = ++_claimCount;
        Claim storage claim = _claims[claimId];
        (claim.coverId, claim.amount, claim.bond) = (loss.coverId, amount.toUint128(), bond.toUint128());
        (claim.claimant, claim.dueSeconds, claim.state) = (msg.sender, uint40(due), ClaimState.Open);
        _claimed[loss.coverId][loss.incidentId] = true;
        ++_openClaimCount;
        _countClaim(loss.coverId, true);
        emit ClaimOpened(claimId, loss.coverId, loss.incidentId, amount, msg.sender, due);
        _takeBond(msg.sender, bond);
    }

    /// @notice Challenges a claim that is not due. Anyone may, and posts the bond.
    function challenge(uint256 claimId) external nonReentrant {
        Claim storage claim = _requireState(claimId, ClaimState.Open);
        if (block.timestamp >= claim.dueSeconds) revert ClaimDue(claimId, claim.dueSeconds);
        uint256 due = block.timestamp + _decisionSeconds;
        claim.challenger = msg.sender;
        claim.dueSeconds = uint40(due);
        claim.state = ClaimState.Challenged;
        emit ClaimChallenged(claimId, msg.sender, due);
        _takeBond(msg.sender, claim.bond);
    }

    /// @notice Decides on a challenged claim that is not due. Only the owner.
    function decide(uint256 claimId, bool isJust) external onlyOwner {
        Claim storage claim = _requireState(claimId, ClaimState.Challenged);
        if (block.timestamp >= claim.dueSeconds) revert ClaimDue(claimId, claim.dueSeconds);
        _creditBond(isJust ? claim.claimant : claim.challenger, 2 * uint256(claim.bond));
        _close(claimId, isJust ? ClaimState.Paid : ClaimState.Rejected);
    }

    /// @notice Closes a claim that is due: pays it when nobody challenged it, and else, because nobody decided,
    /// does not. Anyone may.
    function settle(uint256 claimId) external {
        Claim storage claim = _claims[claimId];
        bool isChallenged = claim.state == ClaimState.Challenged;
        if (!isChallenged) _requireState(claimId, ClaimState.Open);
        if (block.timestamp < claim.dueSeconds) revert ClaimNotDue(claimId, claim.dueSeconds);
        _creditBond(claim.claimant, claim.bond);
        if (isChallenged) _creditBond(claim.challenger, claim.bond);
        _close(claimId, isChallenged ? ClaimState.Undecided : ClaimState.Paid);
    }

    /// @notice The EIP-712 digest that guardians sign for `loss`.
    function hashLoss(Loss calldata loss) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(LOSS_TYPEHASH, loss)));
    }

    /// @notice What is fixed about claims.
    function claimTerms() external view returns (ClaimTerms memory) {
        return ClaimTerms(_challengeSeconds, _decisionSeconds, _bondBps);
    }

    /// @notice The guardian registry whose certificates count.
    function registry() external view returns (IGuardianRegistry) {
        return _registry;
    }

    /// @notice A claim; all zero when there is none.
    function claimOf(uint256 claimId) external view returns (Claim memory) {
        return _claims[claimId];
    }

    /// @notice Number of claims ever opened; the last one's number.
    function claimCount() external view returns (uint256) {
        return _claimCount;
    }

    /// @notice Number of claims that are not closed.
    function openClaimCount() public view returns (uint256) {
        return _openClaimCount;
    }

    /// @notice Whether the incident was claimed from the cover.
    function isClaimed(uint256 coverId, bytes32 incidentId) external view returns (bool) {
        return _claimed[coverId][incidentId];
    }

    function _requireCovered(Loss calldata loss, Cover memory cover) private view {
        if (block.timestamp > loss.deadlineSeconds) {
            revert DeadlinePassed(loss.deadlineSeconds, block.timestamp);
        }
        // Not in the second of the purchase, nor in the future.
        uint256 before = Math.min(cover.endSeconds, block.timestamp + 1);
        if (loss.incidentSeconds <= cover.startSeconds || loss.incidentSeconds >= before) {
            revert IncidentNotCovered(loss.incidentSeconds, cover.startSeconds, before);
        }
        uint256 latest = loss.incidentSeconds + _claimWindow();
        if (block.timestamp > latest) revert ClaimTooLate(latest, block.timestamp);
        if (_claimed[loss.coverId][loss.incidentId]) {
            revert IncidentAlreadyClaimed(loss.coverId, loss.incidentId);
        }
    }

    function _requireState(uint256 claimId, ClaimState expected) private view returns (Claim storage claim) {
        claim = _claims[claimId];
        if (claim.state != expected) revert ClaimStateMismatch(claimId, claim.state, expected);
    }

    function _close(uint256 claimId, ClaimState state) private {
        Claim storage claim = _claims[claimId];
        claim.state = state;
        --_openClaimCount;
        _countClaim(claim.coverId, false);
        uint256 paid = state == ClaimState.Paid ? _payLoss(claim.coverId, claim.amount) : 0;
        emit ClaimClosed(claimId, state, paid);
    }
}
