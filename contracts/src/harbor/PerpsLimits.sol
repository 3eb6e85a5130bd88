// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PerpsBook} from "./PerpsBook.sol";

/// @title What the settings of a perpetual market may be, whoever sets them
library PerpsLimits {
    /// @dev What a liquidation costs the account beside the fee, in hundredths of a percent of the notional
    /// closed: half of it is the liquidator's reward, half the penalty.
    uint256 internal constant LIQUIDATION_COST_BPS = 100;

    uint256 private constant FEED_DECIMALS = 8;
    uint256 private constant MAX_LEVERAGE = 100;
    uint256 private constant MAX_FEE_BPS = 1_000;
    /// @dev The whole notional per day.
    uint256 private constant MAX_FUNDING_PER_SECOND_E18 = uint256(1e18) / 1 days;

    /// @notice `parameter` is the field of the configuration that is out of range.
    error MarketConfigInvalid(string parameter, uint256 value);

    /// @notice Reverts with MarketConfigInvalid unless each setting is in range, and all of them fit
    /// together.
    function requireValid(PerpsBook.MarketConfig memory config) internal view {
        uint256 decimals = config.feed.decimals();
        if (decimals != FEED_DECIMALS) revert MarketConfigInvalid("feed.decimals", decimals);
        requireInRange(config);
        if (config.markStepBps == 0 || config.markStepBps > PerpsBook.BPS) {
            revert MarketConfigInvalid("markStepBps", config.markStepBps);
        }
        if (config.markStepSeconds == 0) revert MarketConfigInvalid("markStepSeconds", 0);
        if (config.minNotional == 0) revert MarketConfigInvalid("minNotional", 0);
        if (!areConsistent(config)) {
            revert MarketConfigInvalid("maintenanceMarginBps", config.maintenanceMarginBps);
        }
    }

    /// @notice Reverts with MarketConfigInvalid unless each setting that can be changed later is in range.
    function requireInRange(PerpsBook.MarketConfig memory config) internal pure {
        if (config.maxLeverage == 0 || config.maxLeverage > MAX_LEVERAGE) {
            revert MarketConfigInvalid("maxLeverage", config.maxLeverage);
        }
        if (config.maintenanceMarginBps == 0 || config.maintenanceMarginBps >= PerpsBook.BPS) {
            revert MarketConfigInvalid("maintenanceMarginBps", config.maintenanceMarginBps);
        }
        if (config.feeBps > MAX_FEE_BPS) revert MarketConfigInvalid("feeBps", config.feeBps);
        if (config.maxOpenInterest == 0) revert MarketConfigInvalid("maxOpenInterest", 0);
        if (config.maxFundingPerSecondE18 > MAX_FUNDING_PER_SECOND_E18) {
            revert MarketConfigInvalid("maxFundingPerSecondE18", config.maxFundingPerSecondE18);
        }
    }

    /// @notice Whether the settings fit together: a position opened at the highest leverage is not liquidated
    /// at once, and an account that is due can pay for its liquidation.
    function areConsistent(PerpsBook.MarketConfig memory config) internal pure returns (bool) {
        uint256 maintenanceBps = config.maintenanceMarginBps;
        return maintenanceBps * config.maxLeverage < PerpsBook.BPS
            && config.feeBps + LIQUIDATION_COST_BPS < maintenanceBps;
    }
}
