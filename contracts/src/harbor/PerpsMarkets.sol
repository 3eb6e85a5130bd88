// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IHarborPerps} from "./IHarborPerps.sol";
import {PerpsBook} from "./PerpsBook.sol";

/// @title The markets of Harbor's perpetuals, and who holds what in them
/// @notice Amounts in units of the collateral unless the name says otherwise.
abstract contract PerpsMarkets is IHarborPerps, Ownable {
    using PerpsBook for PerpsBook.Market;
    using SafeCast for int256;

    /// @dev Bounds the work of valuing an account.
    uint256 private constant MAX_MARKETS = 16;
    uint256 private constant FEED_DECIMALS = 8;
    uint256 private constant MAX_FEE_BPS = 1_000;
    /// @dev The whole notional per day.
    uint256 private constant MAX_FUNDING_PER_SECOND_E18 = uint256(1e18) / 1 days;

    /// @notice What an account's positions come to at the feeds' prices.
    /// @param profitE36 Unrealised profit, funding included, in 1e-36 USD.
    /// @param initialMargin Margin needed to open more, or to withdraw.
    /// @param maintenanceMargin Equity below which the account is liquidated.
    /// @param notional Value of all positions.
    /// @param fee What closing them all costs.
    struct Exposure {
        int256 profitE36;
        uint256 initialMargin;
        uint256 maintenanceMargin;
        uint256 notional;
        uint256 fee;
    }

    bytes32[] private _marketIds;
    mapping(bytes32 id => PerpsBook.Market) private _markets;
    mapping(address account => mapping(bytes32 id => PerpsBook.Position)) private _positions;

    /// @notice The owner opened a market.
    event MarketAdded(bytes32 indexed market, address feed);

    /// @notice There is no such market.
    error MarketUnknown(bytes32 market);
    /// @notice A market is opened once.
    error MarketAlreadyAdded(bytes32 market);
    /// @notice There are as many markets as there may be.
    error MarketsTooMany(uint256 max);
    /// @notice `parameter` is the field of the configuration that is out of range.
    error MarketConfigInvalid(string parameter, uint256 value);
    /// @notice The feed gave an answer that is no price.
    error PriceInvalid(bytes32 market, int256 answer);
    /// @notice The price is older than twice the heartbeat of its feed.
    error PriceStale(bytes32 market, uint256 updatedAtSeconds, uint256 maxAgeSeconds);

    /// @notice Opens a market. Only the owner. The feed must have a price.
    /// @param id For example bytes32("BTC").
    function addMarket(bytes32 id, PerpsBook.MarketConfig calldata config) external onlyOwner {
        if (_markets[id].config.maxLeverage != 0) revert MarketAlreadyAdded(id);
        if (_marketIds.length == MAX_MARKETS) revert MarketsTooMany(MAX_MARKETS);
        _requireValid(config);
        _marketIds.push(id);
        _markets[id].config = config;
        _markets[id].fundingAtSeconds = block.timestamp;
        _price(id);
        emit MarketAdded(id, address(config.feed));
    }

    /// @notice Ids of all markets.
    function marketIds() external view returns (bytes32[] memory) {
        return _marketIds;
    }

    /// @notice How a market was set up.
    function marketOf(bytes32 id) external view returns (PerpsBook.MarketConfig memory) {
        return _market(id).config;
    }

    /// @notice Size of all longs and of all shorts, in 1e-18 of the asset.
    function openInterest(bytes32 id) external view returns (uint256 longSizeE18, uint256 shortSizeE18) {
        PerpsBook.Market storage market = _market(id);
        return (market.longSizeE18, market.shortSizeE18);
    }

    /// @notice Funding of a market.
    /// @return perSecondE18 What longs pay shorts and the vault per second and USD of notional, times 1e18.
    /// @return indexE18 What one unit of the asset, held long since the market began, has paid, in 1e-18 USD.
    function fundingOf(bytes32 id) external view returns (int256 perSecondE18, int256 indexE18) {
        PerpsBook.Market storage market = _market(id);
        uint256 priceE8 = _price(id);
        return (market.fundingPerSecondE18(priceE8), market.fundingIndexNowE18(priceE8));
    }

    /// @notice A position.
    /// @return sizeE18 1e-18 of the asset; positive long, negative short, 0 none.
    /// @return breakEvenPriceE8 Feed price at which it would have neither won nor lost, fees apart; rounded
    /// down.
    /// @return profit Unrealised, funding included; rounded down.
    /// @return changedAtBlock Number of the block in which it was last added to.
    function positionOf(address account, bytes32 id)
        external
        view
        returns (int256 sizeE18, int256 breakEvenPriceE8, int256 profit, uint256 changedAtBlock)
    {
        PerpsBook.Market storage market = _market(id);
        PerpsBook.Position storage position = _positions[account][id];
        if (position.sizeE18 == 0) return (0, 0, 0, 0);
        uint256 priceE8 = _price(id);
        sizeE18 = position.sizeE18;
        breakEvenPriceE8 = (position.costE36 / sizeE18 + market.fundingIndexNowE18(priceE8)) / 1e10;
        profit = PerpsBook.floorUnits(market.profitE36(position, priceE8));
        changedAtBlock = position.changedAtBlock;
    }

    /// @inheritdoc IHarborPerps
    function unrealisedProfit() external view returns (int256) {
        int256 profitE36 = 0;
        for (uint256 i = 0; i < _marketIds.length; ++i) {
            uint256 priceE8 = _price(_marketIds[i]);
            profitE36 += _markets[_marketIds[i]].netProfitE36(priceE8);
        }
        return PerpsBook.ceilUnits(profitE36);
    }

    /// @dev What all positions of `account` come to. Prices that may be old are good enough to reduce risk; to
    /// add it, all of them must be fresh.
    function _exposureOf(address account, bool mustBeFresh) internal view returns (Exposure memory exposure) {
        for (uint256 i = 0; i < _marketIds.length; ++i) {
            bytes32 id = _marketIds[i];
            PerpsBook.Position storage position = _positions[account][id];
            if (position.sizeE18 == 0) continue;
            PerpsBook.Market storage market = _markets[id];
            uint256 priceE8 = mustBeFresh ? _freshPrice(id) : _price(id);
            uint256 notional = PerpsBook.notional(SignedMath.abs(position.sizeE18), priceE8);
            exposure.profitE36 += market.profitE36(position, priceE8);
            exposure.initialMargin += Math.ceilDiv(notional, market.config.maxLeverage);
            exposure.maintenanceMargin += PerpsBook.share(notional, market.config.maintenanceMarginBps);
            exposure.notional += notional;
            exposure.fee += PerpsBook.share(notional, market.config.feeBps);
        }
    }

    /// @dev Removes all positions of `account` from the markets. Their value is what `_exposureOf` said just
    /// before.
    function _removeAll(address account) internal {
        for (uint256 i = 0; i < _marketIds.length; ++i) {
            bytes32 id = _marketIds[i];
            PerpsBook.Position storage position = _positions[account][id];
            if (position.sizeE18 == 0) continue;
            uint256 priceE8 = _price(id);
            _markets[id].accrueFunding(priceE8);
            _markets[id].decrease(position, SignedMath.abs(position.sizeE18), priceE8);
        }
    }

    function _market(bytes32 id) internal view returns (PerpsBook.Market storage market) {
        market = _markets[id];
        if (market.config.maxLeverage == 0) revert MarketUnknown(id);
    }

    function _position(address account, bytes32 id) internal view returns (PerpsBook.Position storage) {
        return _positions[account][id];
    }

    /// @dev The feed's price, 8 decimals, however old.
    function _price(bytes32 id) internal view returns (uint256 priceE8) {
        (priceE8,) = _lastPrice(id);
    }

    function _freshPrice(bytes32 id) private view returns (uint256) {
        (uint256 priceE8, uint256 updatedAtSeconds) = _lastPrice(id);
        uint256 maxAgeSeconds = 2 * _markets[id].config.feed.heartbeatSeconds();
        if (block.timestamp > updatedAtSeconds + maxAgeSeconds) {
            revert PriceStale(id, updatedAtSeconds, maxAgeSeconds);
        }
        return priceE8;
    }

    function _lastPrice(bytes32 id) private view returns (uint256 priceE8, uint256 updatedAtSeconds) {
        (, int256 answer,, uint256 updatedAt,) = _markets[id].config.feed.latestRoundData();
        if (answer <= 0) revert PriceInvalid(id, answer);
        return (answer.toUint256(), updatedAt);
    }

    function _requireValid(PerpsBook.MarketConfig calldata config) private view {
        uint256 decimals = config.feed.decimals();
        if (decimals != FEED_DECIMALS) revert MarketConfigInvalid("feed.decimals", decimals);
        if (config.maxLeverage == 0) revert MarketConfigInvalid("maxLeverage", 0);
        uint256 maintenanceBps = config.maintenanceMarginBps;
        // A position opened at the highest leverage must not be liquidated at once.
        if (maintenanceBps == 0 || maintenanceBps * config.maxLeverage >= PerpsBook.BPS) {
            revert MarketConfigInvalid("maintenanceMarginBps", maintenanceBps);
        }
        if (config.feeBps > MAX_FEE_BPS) revert MarketConfigInvalid("feeBps", config.feeBps);
        if (config.maxOpenInterest == 0) revert MarketConfigInvalid("maxOpenInterest", 0);
        if (config.maxFundingPerSecondE18 > MAX_FUNDING_PER_SECOND_E18) {
            revert MarketConfigInvalid("maxFundingPerSecondE18", config.maxFundingPerSecondE18);
        }
    }
}
