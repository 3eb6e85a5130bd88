// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsLimits} from "./PerpsLimits.sol";
import {PerpsMarkets} from "./PerpsMarkets.sol";

/// @title What a steward may change in the markets of Harbor's perpetuals
/// @notice Within the bounds of `PerpsLimits`, whatever the steward's own bounds are. What is safe for open
/// positions:
/// - a lower leverage, or open interest, is asked of who opens or withdraws, of nobody who just holds;
/// - a higher maintenance margin comes into force evenly over a day (`MAINTENANCE_PHASE_SECONDS`), so that
/// nobody is liquidated by the change itself; a lower one at once;
/// - funding does not reach back: it is accrued at the old rate first; a fee is that of the time of the
///   trade.
abstract contract PerpsParameters is PerpsMarkets {
    using PerpsBook for PerpsBook.Market;
    using SafeCast for uint256;

    /// @notice The settings that can be changed, in the units of `PerpsBook.MarketConfig`.
    enum Parameter {
        MaxLeverage,
        MaintenanceMarginBps,
        FeeBps,
        MaxOpenInterest,
        MaxFundingPerSecondE18
    }

    mapping(bytes32 market => address) private _stewards;

    /// @notice The owner named the steward of a market.
    event StewardSet(bytes32 indexed market, address indexed steward);
    /// @notice The steward changed a setting.
    event ParameterSet(bytes32 indexed market, Parameter indexed parameter, uint256 value);

    /// @notice Only the market's steward may do this.
    error CallerNotSteward(address caller, address steward);

    /// @notice Names the steward of a market; the zero address stops all changes. Only for the perpetuals,
    /// whose owner asks.
    function setSteward(bytes32 market, address steward) external onlyPerps {
        _market(market);
        _stewards[market] = steward;
        emit StewardSet(market, steward);
    }

    /// @notice Changes a setting of a market. Only its steward. Settings that depend on each other are set
    /// one after the other, so that only the last one leaves them consistent: `isConsistent` is for the
    /// steward to ask. Until they are, opening asks for the larger of both margins, and who is due is
    /// liquidated wholly.
    function setParameter(bytes32 market, Parameter parameter, uint256 value) external {
        if (msg.sender != _stewards[market]) revert CallerNotSteward(msg.sender, _stewards[market]);
        PerpsBook.Market storage book = _market(market);
        _sync(market, false);
        PerpsBook.MarketConfig memory config = book.config;
        if (parameter == Parameter.MaxLeverage) {
            config.maxLeverage = value.toUint16();
        } else if (parameter == Parameter.MaintenanceMarginBps) {
            book.maintenanceFromBps = _maintenanceBps(book).toUint16();
            book.maintenanceSinceSeconds = block.timestamp.toUint40();
            config.maintenanceMarginBps = value.toUint16();
        } else if (parameter == Parameter.FeeBps) {
            config.feeBps = value.toUint16();
        } else if (parameter == Parameter.MaxOpenInterest) {
            config.maxOpenInterest = value.toUint128();
        } else {
            config.maxFundingPerSecondE18 = value.toUint64();
        }
        PerpsLimits.requireInRange(config);
        book.config = config;
        emit ParameterSet(market, parameter, value);
    }

    /// @notice Who may change the settings of a market; the zero address until one is named.
    function stewardOf(bytes32 market) external view returns (address) {
        return _stewards[market];
    }

    /// @notice A setting of a market, as last set.
    function parameterOf(bytes32 market, Parameter parameter) external view returns (uint256) {
        PerpsBook.MarketConfig memory config = _market(market).config;
        if (parameter == Parameter.MaxLeverage) return config.maxLeverage;
        if (parameter == Parameter.MaintenanceMarginBps) return config.maintenanceMarginBps;
        if (parameter == Parameter.FeeBps) return config.feeBps;
        if (parameter == Parameter.MaxOpenInterest) return config.maxOpenInterest;
        return config.maxFundingPerSecondE18;
    }

    /// @notice Whether the settings of a market fit together: a position opened at the highest leverage is
    /// not liquidated at once, and an account that is due can pay for its liquidation.
    function isConsistent(bytes32 market) external view returns (bool) {
        return PerpsLimits.areConsistent(_market(market).config);
    }
}
