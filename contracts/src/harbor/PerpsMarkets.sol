// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPriceFeed} from "../oracle/IPriceFeed.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsLimits} from "./PerpsLimits.sol";
import {PerpsMark} from "./PerpsMark.sol";

/// @title The markets of Harbor's perpetuals, and who holds what in them
/// @notice Amounts in units of the collateral unless the name says otherwise.
/// @dev Base of `PerpsEngine`. Nothing but feeds is called from here.
abstract contract PerpsMarkets {
    using PerpsBook for PerpsBook.Market;
    using PerpsBook for PerpsBook.Position;
    using PerpsMark for PerpsBook.Market;
    using PerpsMark for PerpsMark.Quote;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @notice How long a raise of a maintenance margin takes to come into force, evenly.
    uint256 public constant MAINTENANCE_PHASE_SECONDS = 1 days;

    /// @dev Bounds the work of valuing an account.
    uint256 private constant MAX_MARKETS = 16;

    /// @notice What an account's positions come to.
    /// @param bestProfitE36 Unrealised profit, funding included, in 1e-36 USD, each position at that of index
    /// and mark which is better for the account.
    /// @param worstProfitE36 The same at the worse of the two: what closing would realise.
    /// @param initialMargin Margin needed to open more, or to withdraw; at the higher price.
    /// @param maintenanceMargin Equity below which the account is liquidated; at the better price.
    struct Exposure {
        int256 bestProfitE36;
        int256 worstProfitE36;
        uint256 initialMargin;
        uint256 maintenanceMargin;
    }

    address private immutable _perps;
    bytes32[] private _marketIds;
    mapping(bytes32 id => PerpsBook.Market) private _markets;
    mapping(address account => mapping(bytes32 id => PerpsBook.Position)) private _positions;

    /// @notice The owner opened a market.
    event MarketAdded(bytes32 indexed market, address feed);

    /// @notice Only the perpetuals may do this.
    error CallerNotPerps(address caller, address perps);
    /// @notice There is no such market.
    error MarketUnknown(bytes32 market);
    /// @notice A market is opened once.
    error MarketAlreadyAdded(bytes32 market);
    /// @notice There are as many markets as there may be.
    error MarketsTooMany(uint256 max);
    /// @notice The feed gave an answer that is no price.
    error PriceInvalid(bytes32 market, int256 answer);
    /// @notice The price is older than twice the heartbeat of its feed.
    error PriceStale(bytes32 market, uint256 updatedAtSeconds, uint256 maxAgeSeconds);
    /// @notice The price is the lowest or the highest that the feed can give: the true one may be beyond it.
    error PriceAtBound(bytes32 market, int256 answer);

    modifier onlyPerps() {
        if (msg.sender != _perps) revert CallerNotPerps(msg.sender, _perps);
        _;
    }

    constructor() {
        _perps = msg.sender;
    }

    /// @notice Opens a market. Only for the perpetuals, whose owner asks. The feed must have a price.
    /// @param id For example bytes32("BTC").
    function addMarket(bytes32 id, PerpsBook.MarketConfig calldata config) external onlyPerps {
        PerpsBook.Market storage market = _markets[id];
        if (market.config.maxLeverage != 0) revert MarketAlreadyAdded(id);
        if (_marketIds.length == MAX_MARKETS) revert MarketsTooMany(MAX_MARKETS);
        PerpsLimits.requireValid(config);
        _marketIds.push(id);
        market.config = config;
        market.maintenanceFromBps = config.maintenanceMarginBps;
        market.fundingAtSeconds = block.timestamp.toUint40();
        market.follow(_index(id, false));
        emit MarketAdded(id, address(config.feed));
    }

    /// @notice Writes a market's mark, which anybody may do: where nobody trades, the mark follows the index
    /// no further than one step between two calls.
    function syncMark(bytes32 id) external {
        _market(id);
        _sync(id, false);
    }

    /// @notice The perpetuals that these are the markets of.
    function perps() external view returns (address) {
        return _perps;
    }

    /// @notice Ids of all markets.
    function marketIds() external view returns (bytes32[] memory) {
        return _marketIds;
    }

    /// @notice The settings of a market. A maintenance margin that was raised comes into force by and by: see
    /// `maintenanceMarginBpsOf`.
    function marketOf(bytes32 id) external view returns (PerpsBook.MarketConfig memory) {
        return _market(id).config;
    }

    /// @notice Maintenance margin in force, in hundredths of a percent of the notional.
    function maintenanceMarginBpsOf(bytes32 id) external view returns (uint256) {
        return _maintenanceBps(_market(id));
    }

    /// @notice Index (the feed's answer) and mark of a market, in 1e-8 USD.
    function pricesOf(bytes32 id) external view returns (uint256 indexE8, uint256 markE8) {
        _market(id);
        PerpsMark.Quote memory quote = _quote(id, false);
        return (quote.indexE8, quote.markE8);
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
        uint256 indexE8 = _index(id, false);
        return (market.fundingPerSecondE18(indexE8), market.fundingIndexNowE18(indexE8));
    }

    /// @notice A position.
    /// @return sizeE18 1e-18 of the asset; positive long, negative short, 0 none.
    /// @return breakEvenPriceE8 Feed price at which it would have neither won nor lost, fees apart; rounded
    /// down.
    /// @return profit Unrealised, at the feed's price, funding included; rounded down.
    /// @return changedAtBlock Number of the block in which it was last added to.
    function positionOf(address account, bytes32 id)
        external
        view
        returns (int256 sizeE18, int256 breakEvenPriceE8, int256 profit, uint256 changedAtBlock)
    {
        PerpsBook.Market storage market = _market(id);
        PerpsBook.Position storage position = _positions[account][id];
        if (position.sizeE18 == 0) return (0, 0, 0, 0);
        uint256 indexE8 = _index(id, false);
        sizeE18 = position.sizeE18;
        breakEvenPriceE8 = (position.costE36 / sizeE18 + market.fundingIndexNowE18(indexE8)) / 1e10;
        profit = PerpsBook.floorUnits(position.profitE36(market.carryPriceE18(indexE8, indexE8)));
        changedAtBlock = position.changedAtBlock;
    }

    /// @notice What all positions have won together, at the feeds' prices, funding included; rounded up.
    function unrealisedProfit() external view returns (int256) {
        int256 profitE36 = 0;
        for (uint256 i = 0; i < _marketIds.length; ++i) {
            PerpsBook.Market storage market = _markets[_marketIds[i]];
            uint256 indexE8 = _index(_marketIds[i], false);
            profitE36 += market.netProfitE36(market.carryPriceE18(indexE8, indexE8));
        }
        return PerpsBook.ceilUnits(profitE36);
    }

    /// @notice Cost that the sums keep for sides without positions, in 1e-36 USD. It is 0 as long as the sums
    /// over all positions, which the vault's worth follows from, are what they are said to be. Asks no feed.
    function strayCostE36() external view returns (uint256 costE36) {
        for (uint256 i = 0; i < _marketIds.length; ++i) {
            PerpsBook.Market storage market = _markets[_marketIds[i]];
            if (market.longSizeE18 == 0) costE36 += SignedMath.abs(market.longCostE36);
            if (market.shortSizeE18 == 0) costE36 += SignedMath.abs(market.shortCostE36);
        }
    }

    /// @dev What all positions of `account` come to. Prices that may be old are good enough to reduce risk;
    /// to add it, all of them must be fresh.
    function _exposureOf(address account, bool mustBeFresh) internal view returns (Exposure memory exposure) {
        for (uint256 i = 0; i < _marketIds.length; ++i) {
            bytes32 id = _marketIds[i];
            PerpsBook.Position storage position = _positions[account][id];
            if (position.sizeE18 == 0) continue;
            _addExposure(exposure, _markets[id], position, _quote(id, mustBeFresh));
        }
    }

    function _addExposure(
        Exposure memory exposure,
        PerpsBook.Market storage market,
        PerpsBook.Position storage position,
        PerpsMark.Quote memory quote
    ) private view {
        bool isLong = position.sizeE18 > 0;
        uint256 sizeE18 = SignedMath.abs(position.sizeE18);
        uint256 bestE8 = quote.priceE8(isLong);
        int256 carryE18 = market.carryPriceE18(quote.indexE8, bestE8);
        exposure.bestProfitE36 += position.profitE36(carryE18);
        carryE18 = market.carryPriceE18(quote.indexE8, quote.priceE8(!isLong));
        exposure.worstProfitE36 += position.profitE36(carryE18);
        exposure.initialMargin += Math.ceilDiv(
            PerpsBook.notional(sizeE18, quote.priceE8(true)), market.config.maxLeverage
        );
        exposure.maintenanceMargin += PerpsBook.share(
            PerpsBook.notional(sizeE18, bestE8), _maintenanceBps(market)
        );
    }

    /// @dev Accrues the funding and writes the mark, as must be done before the sizes change. Prices must be
    /// fresh to add risk, not to reduce it.
    function _sync(bytes32 id, bool mustBeFresh) internal returns (PerpsMark.Quote memory quote) {
        quote = _quote(id, mustBeFresh);
        _markets[id].accrueFunding(quote.indexE8);
        _markets[id].follow(quote.markE8);
    }

    function _quote(bytes32 id, bool mustBeFresh) internal view returns (PerpsMark.Quote memory) {
        uint256 indexE8 = _index(id, mustBeFresh);
        return PerpsMark.Quote(indexE8, _markets[id].markNowE8(indexE8));
    }

    function _market(bytes32 id) internal view returns (PerpsBook.Market storage market) {
        market = _markets[id];
        if (market.config.maxLeverage == 0) revert MarketUnknown(id);
    }

    function _position(address account, bytes32 id) internal view returns (PerpsBook.Position storage) {
        return _positions[account][id];
    }

    function _allMarkets() internal view returns (bytes32[] storage) {
        return _marketIds;
    }

    /// @dev Maintenance margin in force, which is on its way while a raise is being phased in.
    function _maintenanceBps(PerpsBook.Market storage market) internal view returns (uint256) {
        uint256 fromBps = market.maintenanceFromBps;
        uint256 toBps = market.config.maintenanceMarginBps;
        uint256 elapsed = block.timestamp - market.maintenanceSinceSeconds;
        if (toBps <= fromBps || elapsed >= MAINTENANCE_PHASE_SECONDS) return toBps;
        return fromBps + (toBps - fromBps) * elapsed / MAINTENANCE_PHASE_SECONDS;
    }

    /// @dev The feed's answer, 8 decimals.
    function _index(bytes32 id, bool mustBeFresh) private view returns (uint256) {
        IPriceFeed feed = _markets[id].config.feed;
        (, int256 answer,, uint256 updatedAt,) = feed.latestRoundData();
        if (answer <= 0) revert PriceInvalid(id, answer);
        if (!mustBeFresh) return answer.toUint256();
        uint256 maxAgeSeconds = 2 * feed.heartbeatSeconds();
        if (block.timestamp > updatedAt + maxAgeSeconds) revert PriceStale(id, updatedAt, maxAgeSeconds);
        if (answer <= feed.minAnswer() || answer >= feed.maxAnswer()) revert PriceAtBound(id, answer);
        return answer.toUint256();
    }
}
