// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {GuardianSets} from "./GuardianSets.sol";
import {RegistryParameters} from "./RegistryParameters.sol";
import {SlashTreasury} from "./SlashTreasury.sol";
import {VoteEvidence} from "./VoteEvidence.sol";

/// @title What guardians have to lose
/// @notice Guardians have stake behind them, which is slashed on proof that they voted against the rules.
/// @dev No exit before the evidence: stake comes out only when the last epoch in which its guardian sat has
/// expired and the time for evidence about it is over, besides the wait of the request. Hence whatever a
/// guardian had at stake in an epoch is here for as long as evidence about that epoch is taken.
abstract contract GuardianStake is GuardianSets, RegistryParameters, SlashTreasury {
    using Checkpoints for Checkpoints.Trace160;
    using SafeCast for uint256;
    using VoteEvidence for VoteEvidence.SignedVote;

    /// @dev Two slots; a slash needs the first one only. `operator` is zero while it is the guardian itself.
    struct Account {
        uint96 staked;
        uint96 queued;
        uint48 claimableAt;
        address operator;
        uint64 lastEpoch;
    }

    mapping(address guardian => Account) private _accounts;
    /// @dev All that was ever staked for a guardian, by the epoch in which it came.
    mapping(address guardian => Checkpoints.Trace160) private _deposits;
    mapping(bytes32 fault => bool) private _slashed;

    /// @notice `operator` decides about this guardian's stake and gets its rewards from now on.
    event OperatorSet(address indexed guardian, address indexed operator);
    /// @notice `amount` was added to this guardian's stake.
    event Staked(address indexed guardian, address indexed from, uint256 amount);
    /// @notice `amount` left the stake for the queue, all of which comes out at `claimableAt` at the earliest.
    event UnstakeRequested(address indexed guardian, uint256 amount, uint256 claimableAt);
    /// @notice The queue was paid out.
    event Unstaked(address indexed guardian, address indexed operator, uint256 amount);
    /// @notice The guardian broke the rules in this view, and lost `amount`, of which the reporter gets
    /// `bounty`.
    event Slashed(
        address indexed guardian,
        uint64 indexed epoch,
        uint64 view_,
        uint256 amount,
        address indexed reporter,
        uint256 bounty
    );

    /// @notice Only the guardian's operator may do this.
    error CallerNotOperator(address caller, address operator);
    /// @notice The amount must not be zero.
    error AmountZero();
    /// @notice There is less stake than that.
    error StakeInsufficient(uint256 amount, uint256 staked);
    /// @notice A guardian needs this much stake outside the queue to be admitted.
    error StakeBelowMinimum(address guardian, uint256 staked, uint256 minStake);
    /// @notice Nothing is in this guardian's queue.
    error NothingQueued(address guardian);
    /// @notice The queue is not paid out until later than this.
    error StakeStillBound(uint256 untilSeconds);
    /// @notice An honest guardian can have given both votes.
    error VotesNotInConflict(uint8 kindA, uint8 kindB);
    /// @notice Two guardians signed, or nobody did.
    error SignersDiffer(address signerA, address signerB);
    /// @notice The signer was no guardian in that epoch.
    error NotGuardianInEpoch(address signer, uint64 epoch);
    /// @notice Evidence about this epoch was taken until then.
    error EvidenceTooLate(uint256 untilSeconds);
    /// @notice A guardian is slashed once for a view.
    error AlreadySlashed(address guardian, uint64 epoch, uint64 view_);

    modifier onlyOperator(address guardian) {
        address operator = operatorOf(guardian);
        if (msg.sender != operator) revert CallerNotOperator(msg.sender, operator);
        _;
    }

    /// @notice Hands a guardian's stake and rewards over to another account. A guardian begins as its own
    /// operator and should do this before it has stake: its key is on a machine in the network, and whoever
    /// steals it must not get the stake. Only the operator.
    function setOperator(address guardian, address operator) external onlyOperator(guardian) {
        if (operator == address(0)) revert AccountZero();
        _accounts[guardian].operator = operator;
        emit OperatorSet(guardian, operator);
    }

    /// @notice Adds to a guardian's stake. Anyone may; the guardian's operator gets it back.
    /// @param amount In units of the token, taken from the caller, who has approved it.
    function stake(address guardian, uint256 amount) external nonReentrant {
        if (guardian == address(0)) revert AccountZero();
        if (amount == 0) revert AmountZero();
        _take(amount);
        Account storage account = _accounts[guardian];
        account.staked = (account.staked + amount).toUint96();
        Checkpoints.Trace160 storage deposits = _deposits[guardian];
        deposits.push(epoch(), (deposits.latest() + amount).toUint160());
        emit Staked(guardian, msg.sender, amount);
    }

    /// @notice Moves stake to the queue. With less than the minimum left a guardian announces that it leaves:
    /// the next epoch is without it. The wait begins anew for everything in the queue. Only the operator.
    function requestUnstake(address guardian, uint256 amount) external onlyOperator(guardian) {
        if (amount == 0) revert AmountZero();
        Account storage account = _accounts[guardian];
        uint256 staked = account.staked;
        if (amount > staked) revert StakeInsufficient(amount, staked);
        uint256 claimableAt = block.timestamp + parameters().unbondingSeconds;
        account.staked = uint96(staked - amount);
        account.queued += uint96(amount);
        account.claimableAt = claimableAt.toUint48();
        emit UnstakeRequested(guardian, amount, claimableAt);
    }

    /// @notice Pays out the queue. Only the operator, to itself.
    function claim(address guardian) external nonReentrant onlyOperator(guardian) {
        Account storage account = _accounts[guardian];
        uint256 amount = account.queued;
        if (amount == 0) revert NothingQueued(guardian);
        uint256 untilSeconds = boundUntil(guardian);
        if (block.timestamp <= untilSeconds) revert StakeStillBound(untilSeconds);
        account.queued = 0;
        emit Unstaked(guardian, msg.sender, amount);
        _pay(msg.sender, amount);
    }

    /// @notice Slashes a guardian that voted against the rules. Anyone may report it; the bounty goes to
    /// whoever is first, be it someone who copied the report or the guardian itself: what matters is that
    /// the rest is lost, at least four fifths of it.
    /// @dev A guardian of the first epoch may have had no stake; its fault is then on record and costs
    /// nothing.
    /// @param epoch_ Epoch of both votes.
    /// @param view_ View of both votes.
    /// @param a One of the votes.
    /// @param b The other one, in either order.
    function slash(
        uint64 epoch_,
        uint64 view_,
        VoteEvidence.SignedVote calldata a,
        VoteEvidence.SignedVote calldata b
    ) external {
        if (!a.conflict(b)) revert VotesNotInConflict(a.kind, b.kind);
        address guardian = _signerOf(epoch_, view_, a);
        address other = _signerOf(epoch_, view_, b);
        if (guardian != other || guardian == address(0)) revert SignersDiffer(guardian, other);

        Parameters memory p = parameters();
        _requireAccountable(guardian, epoch_, p.evidenceSeconds);
        bytes32 fault = keccak256(abi.encode(guardian, epoch_, view_));
        if (_slashed[fault]) revert AlreadySlashed(guardian, epoch_, view_);
        _slashed[fault] = true;

        uint256 amount = Math.ceilDiv(stakeAsOf(guardian, epoch_) * p.slashBps, BPS);
        uint256 bounty = amount * p.reporterBps / BPS;
        _reduce(guardian, amount);
        _credit(msg.sender, bounty);
        _confiscate(amount - bounty);
        emit Slashed(guardian, epoch_, view_, amount, msg.sender, bounty);
    }

    /// @notice Who decides about this guardian's stake and gets its rewards.
    function operatorOf(address guardian) public view returns (address) {
        address operator = _accounts[guardian].operator;
        return operator == address(0) ? guardian : operator;
    }

    /// @notice A guardian's stake, and what of it waits in the queue, in units of the token. Both can be
    /// slashed.
    function stakeOf(address guardian) external view returns (uint256 staked, uint256 queued) {
        Account storage account = _accounts[guardian];
        return (account.staked, account.queued);
    }

    /// @notice What a guardian can be slashed on for an epoch: its stake and its queue, less what was staked
    /// after that epoch.
    function stakeAsOf(address guardian, uint64 epoch_) public view returns (uint256) {
        Account storage account = _accounts[guardian];
        Checkpoints.Trace160 storage deposits = _deposits[guardian];
        uint256 later = deposits.latest() - deposits.upperLookupRecent(epoch_);
        return Math.saturatingSub(uint256(account.staked) + account.queued, later);
    }

    /// @notice Block time in seconds after which a guardian's queue can be paid out: when its wait is over,
    /// and evidence is no longer taken about the last epoch in which it sat.
    function boundUntil(address guardian) public view returns (uint256) {
        Account storage account = _accounts[guardian];
        uint256 evidenceUntil = _expiryOf(account.lastEpoch) + parameters().evidenceSeconds;
        return Math.max(account.claimableAt, evidenceUntil);
    }

    /// @notice Whether a guardian was slashed for this view.
    function isSlashed(address guardian, uint64 epoch_, uint64 view_) external view returns (bool) {
        return _slashed[keccak256(abi.encode(guardian, epoch_, view_))];
    }

    /// @notice What guardians sign when they vote (EIP-712).
    function hashVote(uint64 epoch_, uint64 view_, uint8 kind, bytes32 digest) public view returns (bytes32) {
        return _hashTypedDataV4(VoteEvidence.hashStruct(epoch_, view_, kind, digest));
    }

    /// @dev Notes that these guardians sit in the next epoch. Each needs `minStake` and sits once.
    function _seat(address[] memory list, uint256 minStake) internal {
        uint64 next = epoch() + 1;
        for (uint256 i = 0; i < list.length; ++i) {
            Account storage account = _accounts[list[i]];
            if (account.lastEpoch == next) revert GuardianDuplicated(list[i]);
            uint256 staked = account.staked;
            if (staked < minStake) revert StakeBelowMinimum(list[i], staked, minStake);
            account.lastEpoch = next;
        }
    }

    /// @dev Takes from the stake first, so that a guardian that was slashed must add to it to be admitted
    /// again. The caller has checked that there is as much.
    function _reduce(address guardian, uint256 amount) private {
        Account storage account = _accounts[guardian];
        (uint256 staked, uint256 queued) = (account.staked, account.queued);
        uint256 fromStaked = Math.min(amount, staked);
        account.staked = uint96(staked - fromStaked);
        account.queued = uint96(queued - (amount - fromStaked));
    }

    function _requireAccountable(address guardian, uint64 epoch_, uint256 evidenceSeconds) private view {
        GuardianSet storage set = _knownSet(epoch_);
        uint256 untilSeconds = set.expiresAt + evidenceSeconds;
        if (block.timestamp > untilSeconds) revert EvidenceTooLate(untilSeconds);
        if (!_isIn(set.table, guardian)) revert NotGuardianInEpoch(guardian, epoch_);
    }

    /// @dev Who signed the vote; zero for a signature that is not in its one canonical form.
    function _signerOf(uint64 epoch_, uint64 view_, VoteEvidence.SignedVote calldata vote)
        private
        view
        returns (address signer)
    {
        (signer,,) = ECDSA.tryRecover(hashVote(epoch_, view_, vote.kind, vote.digest), vote.r, vote.vs);
    }
}
