// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";

/// @title A price feed that says what may be expected of it
interface IPriceFeed is AggregatorV3Interface {
    /// @notice Longest time between two updates of a feed that works, in seconds.
    function heartbeatSeconds() external view returns (uint256);

    /// @notice Lowest answer that the feed can give. An answer that stays there may hide a lower price.
    function minAnswer() external view returns (int256);

    /// @notice Highest answer that the feed can give.
    function maxAnswer() external view returns (int256);

    /// @notice Most that one update may move the answer, in hundredths of a percent of the last one.
    function maxStepBps() external view returns (uint256);
}
