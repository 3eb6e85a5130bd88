// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What carries out the decisions of governance, after a delay
/// @notice OpenZeppelin's timelock, with a delay that no decision can take below two days: there is always
/// time to veto. It is its own admin; whoever wires it renounces that role afterwards.
contract GovernanceTimelock is TimelockController {
    uint256 private constant SHORTEST_DELAY_SECONDS = 2 days;

    /// @param minDelaySeconds From queueing to execution, at least.
    /// @param wirer Grants the roles once the governor and the vetoes are there, and then renounces.
    constructor(uint256 minDelaySeconds, address wirer)
        TimelockController(minDelaySeconds, new address[](0), new address[](0), wirer)
    {}

    /// @notice Shortest time from queueing to execution, in seconds; never less than two days.
    function getMinDelay() public view override returns (uint256) {
        return Math.max(super.getMinDelay(), SHORTEST_DELAY_SECONDS);
    }
}
