// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PerpsEngine} from "./PerpsEngine.sol";
import {PerpsParameters} from "./PerpsParameters.sol";

/// @title The settings of one perpetual market, each as one function that sets and one that tells
/// @notice What a parameter steward is pointed at: it knows a parameter by two selectors, not by a market.
/// The owner of the perpetuals names this contract as the market's steward. Units: see
/// `PerpsBook.MarketConfig`.
contract PerpsMarketSettings {
    PerpsEngine private immutable _engine;
    bytes32 private immutable _market;
    address private immutable _steward;

    /// @notice Only the steward may do this.
    error CallerNotSteward(address caller, address steward);

    modifier onlySteward() {
        if (msg.sender != _steward) revert CallerNotSteward(msg.sender, _steward);
        _;
    }

    /// @param engine_ Engine of the perpetuals.
    /// @param market_ Id of the market.
    /// @param steward_ Who sets.
    constructor(PerpsEngine engine_, bytes32 market_, address steward_) {
        (_engine, _market, _steward) = (engine_, market_, steward_);
    }

    /// @notice Sets the highest leverage. Only the steward.
    function setMaxLeverage(uint256 value) external onlySteward {
        _engine.setParameter(_market, PerpsParameters.Parameter.MaxLeverage, value);
    }

    /// @notice Sets the maintenance margin; a higher one comes into force over a day. Only the steward.
    function setMaintenanceMarginBps(uint256 value) external onlySteward {
        _engine.setParameter(_market, PerpsParameters.Parameter.MaintenanceMarginBps, value);
    }

    /// @notice Sets the fee. Only the steward.
    function setFeeBps(uint256 value) external onlySteward {
        _engine.setParameter(_market, PerpsParameters.Parameter.FeeBps, value);
    }

    /// @notice Sets the largest open interest of a side. Only the steward.
    function setMaxOpenInterest(uint256 value) external onlySteward {
        _engine.setParameter(_market, PerpsParameters.Parameter.MaxOpenInterest, value);
    }

    /// @notice Sets the highest funding rate. Only the steward.
    function setMaxFundingPerSecondE18(uint256 value) external onlySteward {
        _engine.setParameter(_market, PerpsParameters.Parameter.MaxFundingPerSecondE18, value);
    }

    /// @notice The highest leverage.
    function maxLeverage() external view returns (uint256) {
        return _engine.parameterOf(_market, PerpsParameters.Parameter.MaxLeverage);
    }

    /// @notice The maintenance margin, as last set.
    function maintenanceMarginBps() external view returns (uint256) {
        return _engine.parameterOf(_market, PerpsParameters.Parameter.MaintenanceMarginBps);
    }

    /// @notice The fee.
    function feeBps() external view returns (uint256) {
        return _engine.parameterOf(_market, PerpsParameters.Parameter.FeeBps);
    }

    /// @notice The largest open interest of a side.
    function maxOpenInterest() external view returns (uint256) {
        return _engine.parameterOf(_market, PerpsParameters.Parameter.MaxOpenInterest);
    }

    /// @notice The highest funding rate.
    function maxFundingPerSecondE18() external view returns (uint256) {
        return _engine.parameterOf(_market, PerpsParameters.Parameter.MaxFundingPerSecondE18);
    }

    /// @notice Whether the settings fit together: what a steward asks once all are set.
    function isConsistent() external view returns (bool) {
        return _engine.isConsistent(_market);
    }

    /// @notice Engine of the perpetuals.
    function engine() external view returns (PerpsEngine) {
        return _engine;
    }

    /// @notice Id of the market.
    function market() external view returns (bytes32) {
        return _market;
    }

    /// @notice Who sets.
    function steward() external view returns (address) {
        return _steward;
    }
}
