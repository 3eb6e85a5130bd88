// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FlowLimits} from "../../src/inline/FlowLimits.sol";

/// @notice A limit of one window that lets `capBps` hundredths of a percent of the base go at once, and as
/// much again in each window.
function oneWindow(uint256 capBps, uint256 windowSeconds) pure returns (FlowLimits.Limit memory limit) {
    limit.windows = new FlowLimits.Window[](1);
    // A cap is on what leaves in any window: half of it at once.
    limit.windows[0] = FlowLimits.Window(0, uint16(2 * capBps), 0, uint32(windowSeconds));
}
