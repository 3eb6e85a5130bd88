// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title The interface that price feeds are read through (Chainlink's AggregatorV3Interface)
interface AggregatorV3Interface {
    /// @notice Decimal places of an answer.
    function decimals() external view returns (uint8);

    /// @notice What the answer is a price of, and in what: "BTC / USD".
    function description() external view returns (string memory);

    /// @notice Version of the feed's implementation.
    function version() external view returns (uint256);

    /// @notice One round.
    /// @return roundId The round asked for.
    /// @return answer The price.
    /// @return startedAt Block timestamp at which the round began, in seconds.
    /// @return updatedAt Block timestamp of the answer, in seconds.
    /// @return answeredInRound The round that the answer is of.
    function getRoundData(uint80 roundId_)
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);

    /// @notice The latest round. See `getRoundData`.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
