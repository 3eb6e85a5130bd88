// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Votes that were there for a while
/// @notice What counts at a time is the lesser of the votes at that time and the votes `maturitySeconds`
/// before it.
/// @dev Borrowed, bought, freshly locked or freshly delegated votes were not there before, so they count for
/// nothing. Votes are fungible within a delegate: one who lost mature votes may fill up with fresh ones, but
/// never beyond what was entrusted to it before, so all who vote together never exceed the mature supply of
/// either time.
library Maturity {
    /// @notice Mature votes of `account` at `timepoint`, a past block timestamp.
    function votesOf(IVotes token, address account, uint256 timepoint, uint256 maturitySeconds)
        internal
        view
        returns (uint256)
    {
        if (timepoint < maturitySeconds) return 0;
        uint256 before = token.getPastVotes(account, timepoint - maturitySeconds);
        return Math.min(token.getPastVotes(account, timepoint), before);
    }

    /// @notice The most that all mature votes can be at `timepoint`, a past block timestamp.
    function supplyOf(IVotes token, uint256 timepoint, uint256 maturitySeconds)
        internal
        view
        returns (uint256)
    {
        if (timepoint < maturitySeconds) return 0;
        uint256 before = token.getPastTotalSupply(timepoint - maturitySeconds);
        return Math.min(token.getPastTotalSupply(timepoint), before);
    }
}
