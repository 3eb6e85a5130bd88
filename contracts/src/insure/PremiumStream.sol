// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Premiums that are earned second by second
/// @notice Each premium is earned evenly from its payment to the end of its cover. Underwriters have what was
/// earned while they were there, so that coming just before a premium and leaving just after gains nothing.
/// @dev Covers end at the turn of a week (Unix time, Thursday 0:00 UTC). All running premiums together are
/// one rate, which falls at these turns; bringing the books up to date takes one step per week that passed,
/// and no step once nothing runs. Amounts are in units of the asset times 1e18 (E18): rates divide down, and
/// what is unearned is the sum of rate times time, so it comes down to exactly 0.
library PremiumStream {
    uint256 internal constant WEEK_SECONDS = 1 weeks;
    uint256 private constant E18 = 1e18;

    /// @param unearnedE18 Paid and not earned, as of `settledAt`.
    /// @param rateE18 Earned per second, as of `settledAt`.
    /// @param settledAt Block timestamp, in seconds.
    /// @param endingE18 By how much the rate falls at the turn with a number (its time / a week).
    struct Stream {
        uint256 unearnedE18;
        uint256 rateE18;
        uint256 settledAt;
        mapping(uint256 turn => uint256) endingE18;
    }

    /// @notice Starts to earn `premium` until `endSeconds`, which is the turn of a week in the future.
    function start(Stream storage stream, uint256 premium, uint256 endSeconds) internal {
        (stream.unearnedE18, stream.rateE18) = _now(stream);
        stream.settledAt = block.timestamp;
        uint256 duration = endSeconds - block.timestamp;
        uint256 rateE18 = premium * E18 / duration;
        stream.rateE18 += rateE18;
        stream.unearnedE18 += rateE18 * duration;
        stream.endingE18[endSeconds / WEEK_SECONDS] += rateE18;
    }

    /// @notice What is not earned yet, in units of the asset, rounded up.
    function unearned(Stream storage stream) internal view returns (uint256) {
        (uint256 unearnedE18,) = _now(stream);
        return Math.ceilDiv(unearnedE18, E18);
    }

    function _now(Stream storage stream) private view returns (uint256 unearnedE18, uint256 rateE18) {
        (unearnedE18, rateE18) = (stream.unearnedE18, stream.rateE18);
        uint256 time = stream.settledAt;
        while (rateE18 != 0 && time < block.timestamp) {
            uint256 turn = time / WEEK_SECONDS + 1;
            uint256 next = Math.min(turn * WEEK_SECONDS, block.timestamp);
            unearnedE18 -= rateE18 * (next - time);
            if (next == turn * WEEK_SECONDS) rateE18 -= stream.endingE18[turn];
            time = next;
        }
    }
}
