// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FlowLimiter} from "../../src/inline/FlowLimiter.sol";
import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {Test} from "../Test.sol";
import {FlowPurse} from "./FlowPurse.sol";
import {PlainToken} from "./Tokens.sol";

/// @notice Limits and purses to test with.
abstract contract FlowFixture is Test {
    address internal constant GOVERNOR = address(0x601);
    uint256 internal constant QUEUE_DELAY = 1 days;

    /// @notice 20 % an hour and 50 % a day, the last tenth of the hour for small withdrawals: 1,000 units of
    /// a token with 6 decimals per account and hour.
    function _hourAndDay() internal pure returns (FlowLimits.Limit memory limit) {
        limit.windows = new FlowLimits.Window[](2);
        limit.windows[0] = FlowLimits.Window(0, 2_000, 1_000, 1 hours);
        limit.windows[1] = FlowLimits.Window(0, 5_000, 0, 1 days);
        limit.smallAmount = 1_000e6;
        limit.smallSeconds = 1 hours;
    }

    function _fill(FlowPurse purse, PlainToken token, uint256 amount) internal {
        token.mint(address(this), amount);
        token.approve(address(purse), amount);
        purse.put(address(token), amount);
    }
}
