// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ParameterSteward} from "../src/govern/ParameterSteward.sol";
import {ParameterStewardGroups} from "../src/govern/ParameterStewardGroups.sol";
import {PriceFeed} from "../src/oracle/PriceFeed.sol";
import {LendingMarket} from "./LendingMarket.sol";

/// @title How the owner hands parameters to the steward: an example
library RiskGroup {
    bytes32 internal constant RISK = "lending risk";

    /// @notice Lets the steward move the borrowing limit and the cap on debt, together. For the owner of
    /// both.
    function hand(ParameterSteward steward, LendingMarket market, PriceFeed feed) internal {
        ParameterStewardGroups.Parameter[] memory parameters = new ParameterStewardGroups.Parameter[](2);
        // 50 % to 75 %, by at most 10 points a week, half of that at once; lower is safer.
        parameters[0] = ParameterStewardGroups.Parameter({
            setter: market.setBorrowLimitBps.selector,
            getter: market.borrowLimitBps.selector,
            tightensUp: false,
            maxStepBps: 0,
            periodSeconds: 7 days,
            maxStep: 1_000,
            min: 5_000,
            max: 7_500
        });
        // 1 to 50 million dollars, by at most half of itself a week; lower is safer.
        parameters[1] = ParameterStewardGroups.Parameter({
            setter: market.setDebtCap.selector,
            getter: market.debtCap.selector,
            tightensUp: false,
            maxStepBps: 5_000,
            periodSeconds: 7 days,
            maxStep: 0,
            min: 1_000_000e6,
            max: 50_000_000e6
        });
        market.setSteward(address(steward));
        steward.setGroup(
            RISK,
            ParameterStewardGroups.Group({
                target: address(market),
                check: market.areParametersConsistent.selector,
                minDelaySeconds: 6 hours,
                loosenDelaySeconds: 1 days,
                feed: feed,
                revertWindowSeconds: 6 hours,
                maxInputAgeSeconds: 1 hours,
                parameters: parameters
            })
        );
    }
}
