// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FlowLimits} from "../src/inline/FlowLimits.sol";

/// @title What may leave of an asset: an example
library OutflowLimit {
    /// @notice 20 % of the base in any hour and 40 % in any day, half of each at once. The last tenth of the
    /// hour is for small withdrawals: `smallAmount` for each account and hour.
    function hourAndDay(uint128 smallAmount) internal pure returns (FlowLimits.Limit memory limit) {
        limit.windows = new FlowLimits.Window[](2);
        limit.windows[0] =
            FlowLimits.Window({capAmount: 0, capBps: 2_000, reserveBps: 1_000, windowSeconds: 1 hours});
        limit.windows[1] =
            FlowLimits.Window({capAmount: 0, capBps: 4_000, reserveBps: 0, windowSeconds: 1 days});
        limit.smallAmount = smallAmount;
        limit.smallSeconds = 1 hours;
    }
}
