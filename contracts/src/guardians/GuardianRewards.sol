// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianStake} from "./GuardianStake.sol";

/// @title What guardians earn
/// @notice Protocols pay fees into a pot. From time to time a quorum of guardians certifies who took part in
/// the log, and the pot is shared evenly among those. It is on their honour: a quorum can leave others out,
/// as it could leave them out of the log itself.
abstract contract GuardianRewards is GuardianStake {
    bytes32 private constant PARTICIPATION_TYPEHASH =
        keccak256("Participation(uint64 epoch,uint64 fromView,uint64 toView,uint256 participants)");

    /// @param epoch The epoch of the views.
    /// @param fromView First view of the period.
    /// @param toView Last view of the period, itself included.
    /// @param participants Bit i is set when guardian i took part.
    struct Participation {
        uint64 epoch;
        uint64 fromView;
        uint64 toView;
        uint256 participants;
    }

    uint256 private _pot;
    mapping(uint64 epoch => uint64) private _nextView;

    /// @notice Someone paid `amount` units of the token into the pot.
    event RewardsFunded(address indexed from, uint256 amount);
    /// @notice Each guardian in `participants` was credited with `share` units of the token.
    event RewardsShared(
        uint64 indexed epoch, uint64 fromView, uint64 toView, uint256 participants, uint256 share
    );

    /// @notice The period must begin at `nextView` or later, and not end before it begins.
    error PeriodInvalid(uint64 fromView, uint64 toView, uint64 nextView);
    /// @notice Somebody must have taken part, and only guardians can.
    error ParticipantsInvalid(uint256 participants, uint256 guardianCount);

    /// @notice Pays into the pot that guardians share. Anyone may.
    /// @param amount In units of the token, taken from the caller, who has approved it.
    function fundRewards(uint256 amount) external nonReentrant {
        if (amount == 0) revert AmountZero();
        _take(amount);
        _pot += amount;
        emit RewardsFunded(msg.sender, amount);
    }

    /// @notice Shares the pot among those who took part in a period; what does not divide stays in it. Anyone
    /// may carry the report. Periods of an epoch follow each other and never overlap.
    /// @param period Who took part, and when. Its epoch is one whose certificates count.
    /// @param bitmap Which guardians certify it; see `verifyCertificate`.
    /// @param signatures Their signatures over `hashParticipation`.
    function shareRewards(Participation calldata period, uint256 bitmap, bytes calldata signatures) external {
        uint64 nextView = _nextView[period.epoch];
        if (
            period.fromView < nextView || period.toView < period.fromView || period.toView == type(uint64).max
        ) {
            revert PeriodInvalid(period.fromView, period.toView, nextView);
        }
        address[] memory list = guardiansOf(period.epoch);
        uint256 count = _countIn(period.participants, list.length);
        _requireCertificate(hashParticipation(period), period.epoch, bitmap, signatures);

        _nextView[period.epoch] = period.toView + 1;
        uint256 share = _pot / count;
        _pot -= share * count;
        for (uint256 i = 0; i < list.length; ++i) {
            if ((period.participants >> i) & 1 == 1) _credit(operatorOf(list[i]), share);
        }
        emit RewardsShared(period.epoch, period.fromView, period.toView, period.participants, share);
    }

    /// @notice What is in the pot and not shared yet, in units of the token.
    function pot() external view returns (uint256) {
        return _pot;
    }

    /// @notice The first view of an epoch that no report has covered.
    function nextViewOf(uint64 epoch_) external view returns (uint64) {
        return _nextView[epoch_];
    }

    /// @notice What guardians sign to certify who took part (EIP-712).
    function hashParticipation(Participation calldata period) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    PARTICIPATION_TYPEHASH, period.epoch, period.fromView, period.toView, period.participants
                )
            )
        );
    }

    function _countIn(uint256 participants, uint256 guardians_) private pure returns (uint256 count) {
        if (participants == 0 || participants >> guardians_ != 0) {
            revert ParticipantsInvalid(participants, guardians_);
        }
        for (uint256 left = participants; left != 0; left &= left - 1) {
            ++count;
        }
    }
}
