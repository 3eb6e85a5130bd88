// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IPriceFeed} from "./IPriceFeed.sol";

/// @title A price feed whose past can be averaged
/// @notice An answer stands from the second of its update, this one included, to the second of the next
/// update, this one excluded. The past cannot change: of two calls about one time, both succeed with the same
/// numbers or one of them named a wrong round.
interface IPriceHistory is IPriceFeed {
    /// @notice The sums over all time from the first answer to `atSeconds`. The average price between two
    /// times is the difference of the first sums, divided by the seconds between them.
    /// @param roundId The round that stood at `atSeconds`: the last one with an update at or before it. Any
    /// other is refused.
    /// @param atSeconds A time before the block's timestamp, in seconds.
    /// @return priceSecondsE8 Of each answer times the seconds that it stood, 8 decimals.
    /// @return staleSeconds Of the seconds during which the answer was older than the feed's heartbeat.
    function sumsAt(uint80 roundId, uint256 atSeconds)
        external
        view
        returns (uint256 priceSecondsE8, uint256 staleSeconds);

    /// @notice The round that stood at `atSeconds`, a time before the block's timestamp. Searches; meant for
    /// callers off-chain.
    function roundAt(uint256 atSeconds) external view returns (uint80);
}
