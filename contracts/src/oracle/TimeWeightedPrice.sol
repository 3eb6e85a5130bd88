// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IPriceHistory} from "./IPriceHistory.sol";

/// @title The average price over a window of the past
/// @notice Each answer counts for the seconds that it stood in the window, so there is one result whoever
/// asks, and whenever. An update in the very second in which the window ends stood for none of it; one in the
/// second in which it begins stands from there on.
/// @dev How far the average can be bent: answers that are wrong by at most b and stand for d of the window's
/// w seconds move it by at most b * d / w. Whoever bends one update of a feed with a largest step s has b <=
/// s * price; whoever bends k of them, i seconds apart, moves the price by (1 + s)^j - 1 with the j-th, and
/// the average by at most i / w * sum((1 + s)^j - 1, j = 1..k) of it.
library TimeWeightedPrice {
    /// @notice The average and how much of the window it can be trusted for.
    /// @param roundAtStart The round that stood when the window began.
    /// @param roundAtEnd The round that stood when it ended. The feed refuses wrong rounds.
    /// @param startSeconds First second of the window.
    /// @param endSeconds First second after the window; later than `startSeconds` and before now.
    /// @return averageE8 8 decimals, rounded down.
    /// @return staleSeconds For how long the answer was older than the feed's heartbeat.
    function over(
        IPriceHistory feed,
        uint80 roundAtStart,
        uint80 roundAtEnd,
        uint256 startSeconds,
        uint256 endSeconds
    ) internal view returns (uint256 averageE8, uint256 staleSeconds) {
        (uint256 sumAtStart, uint256 staleAtStart) = feed.sumsAt(roundAtStart, startSeconds);
        (uint256 sumAtEnd, uint256 staleAtEnd) = feed.sumsAt(roundAtEnd, endSeconds);
        averageE8 = (sumAtEnd - sumAtStart) / (endSeconds - startSeconds);
        staleSeconds = staleAtEnd - staleAtStart;
    }
}
