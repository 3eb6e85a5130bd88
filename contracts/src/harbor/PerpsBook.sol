// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IPriceFeed} from "../oracle/IPriceFeed.sol";

/// @title The arithmetic of one perpetual market
/// @notice Units: sizes in 1e-18 of the asset, feed prices in 1e-8 USD, collateral in 1e-6 USD, and products
/// of size and price in 1e-36 USD, where they are exact.
/// @dev Positions are valued at the carry price: the feed's price less the cumulative funding index. A rise
/// of the index is what each long pays and each short receives per unit, so that a position is just a size
/// and a cost, profit = size * carry price - cost, and the profit of all positions together follows from two
/// sums. Sizes and costs are signed: a short has both negative.
library PerpsBook {
    using SafeCast for uint256;
    using SafeCast for int256;

    uint256 internal constant BPS = 10_000;
    /// @dev From 1e-8 to 1e-18 USD.
    uint256 private constant FEED_TO_E18 = 1e10;
    /// @dev From 1e-36 USD to units of the collateral.
    int256 private constant E36_PER_UNIT = 1e30;
    /// @dev From size times feed price (1e-26 USD) to units of the collateral.
    uint256 private constant E26_PER_UNIT = 1e20;

    /// @param feed Price of the asset in USD, 8 decimals.
    /// @param maxLeverage Largest notional per margin when a position is opened or margin withdrawn.
    /// @param maintenanceMarginBps Equity below this share of the notional is liquidated.
    /// @param feeBps Charged on the notional of each opening and closing.
    /// @param maxOpenInterest Largest notional of all longs, and of all shorts, in units of the collateral.
    /// @param maxFundingPerSecondE18 Share of the notional paid per second, times 1e18, when the skew (longs
    /// less shorts) is as large as `maxOpenInterest` or larger; in proportion when it is smaller.
    /// @param minNotional Smallest notional of a position that is opened, or left open, in units of the
    /// collateral.
    /// @param markStepBps Most that the mark moves in `markStepSeconds`, and in one step. See `PerpsMark`.
    /// @param markStepSeconds See `markStepBps`. At least the time between two blocks, or the mark is slower.
    struct MarketConfig {
        IPriceFeed feed;
        uint16 maxLeverage;
        uint16 maintenanceMarginBps;
        uint16 feeBps;
        uint16 markStepBps;
        uint16 markStepSeconds;
        uint128 maxOpenInterest;
        uint64 maxFundingPerSecondE18;
        uint64 minNotional;
    }

    /// @dev The last five fields share a slot: each trade writes it. The raise of the maintenance margin that
    /// is being phased in began at `maintenanceFromBps`.
    struct Market {
        MarketConfig config;
        uint128 longSizeE18;
        uint128 shortSizeE18;
        int256 longCostE36;
        int256 shortCostE36;
        int256 fundingIndexE18;
        uint112 markE8;
        uint40 markAtSeconds;
        uint40 fundingAtSeconds;
        uint16 maintenanceFromBps;
        uint40 maintenanceSinceSeconds;
    }

    struct Position {
        int128 sizeE18;
        uint64 changedAtBlock;
        int256 costE36;
    }

    /// @notice Sum of all sizes.
    function netSizeE18(Market storage market) internal view returns (int256) {
        return int256(uint256(market.longSizeE18)) - int256(uint256(market.shortSizeE18));
    }

    /// @notice What a long pays per second and USD of notional, times 1e18; negative when it receives.
    function fundingPerSecondE18(Market storage market, uint256 priceE8) internal view returns (int256) {
        int256 skew = netSizeE18(market) * priceE8.toInt256() / int256(E26_PER_UNIT);
        int256 full = int256(uint256(market.config.maxOpenInterest));
        skew = SignedMath.max(-full, SignedMath.min(full, skew));
        return int256(uint256(market.config.maxFundingPerSecondE18)) * skew / full;
    }

    /// @notice What one unit of the asset, held long since the market began, has paid: 1e-18 USD.
    /// @dev Since the index was last written the rate counts at today's price and skew; the skew has not
    /// changed.
    function fundingIndexNowE18(Market storage market, uint256 priceE8) internal view returns (int256) {
        int256 paidPerUsdE18 =
            fundingPerSecondE18(market, priceE8) * int256(block.timestamp - market.fundingAtSeconds);
        return market.fundingIndexE18 + paidPerUsdE18 * (priceE8 * FEED_TO_E18).toInt256() / 1e18;
    }

    /// @notice What one unit of the asset counts for in a position that is valued at `priceE8`, in 1e-18 USD.
    function carryPriceE18(Market storage market, uint256 indexE8, uint256 priceE8)
        internal
        view
        returns (int256)
    {
        return (priceE8 * FEED_TO_E18).toInt256() - fundingIndexNowE18(market, indexE8);
    }

    /// @notice Writes the funding index. To be called before the sizes change.
    function accrueFunding(Market storage market, uint256 priceE8) internal {
        market.fundingIndexE18 = fundingIndexNowE18(market, priceE8);
        market.fundingAtSeconds = block.timestamp.toUint40();
    }

    /// @notice Adds to a position, on the side that it is on.
    function increase(
        Market storage market,
        Position storage position,
        bool isLong,
        uint256 sizeE18,
        int256 carryE18
    ) internal {
        int256 signedE18 = isLong ? sizeE18.toInt256() : -sizeE18.toInt256();
        int256 costE36 = signedE18 * carryE18;
        if (isLong) {
            market.longSizeE18 += sizeE18.toUint128();
            market.longCostE36 += costE36;
        } else {
            market.shortSizeE18 += sizeE18.toUint128();
            market.shortCostE36 += costE36;
        }
        position.sizeE18 += signedE18.toInt128();
        position.costE36 += costE36;
        position.changedAtBlock = block.number.toUint64();
    }

    /// @notice Takes `sizeE18` off a position and its share of the cost with it.
    /// @return What that part has won or lost, in 1e-36 USD: what `partProfitE36` said.
    function decrease(Market storage market, Position storage position, uint256 sizeE18, int256 carryE18)
        internal
        returns (int256)
    {
        (int256 signedE18, int256 costE36) = _part(position, sizeE18);
        if (signedE18 > 0) {
            market.longSizeE18 -= sizeE18.toUint128();
            market.longCostE36 -= costE36;
        } else {
            market.shortSizeE18 -= sizeE18.toUint128();
            market.shortCostE36 -= costE36;
        }
        position.sizeE18 -= signedE18.toInt128();
        position.costE36 -= costE36;
        return signedE18 * carryE18 - costE36;
    }

    /// @notice What `sizeE18` of a position have won or lost so far, funding included, in 1e-36 USD.
    function partProfitE36(Position storage position, uint256 sizeE18, int256 carryE18)
        internal
        view
        returns (int256)
    {
        (int256 signedE18, int256 costE36) = _part(position, sizeE18);
        return signedE18 * carryE18 - costE36;
    }

    /// @notice The same for a whole position.
    function profitE36(Position storage position, int256 carryE18) internal view returns (int256) {
        return int256(position.sizeE18) * carryE18 - position.costE36;
    }

    /// @notice The same for all positions of one side together.
    function sideProfitE36(Market storage market, bool isLong, int256 carryE18)
        internal
        view
        returns (int256)
    {
        if (isLong) {
            return int256(uint256(market.longSizeE18)) * carryE18 - market.longCostE36;
        }
        return -int256(uint256(market.shortSizeE18)) * carryE18 - market.shortCostE36;
    }

    /// @notice The same for all positions of the market together.
    function netProfitE36(Market storage market, int256 carryE18) internal view returns (int256) {
        return netSizeE18(market) * carryE18 - market.longCostE36 - market.shortCostE36;
    }

    /// @notice Value of `sizeE18` at the feed's price, in units of the collateral, rounded up.
    function notional(uint256 sizeE18, uint256 priceE8) internal pure returns (uint256) {
        return Math.mulDiv(sizeE18, priceE8, E26_PER_UNIT, Math.Rounding.Ceil);
    }

    /// @notice `bps` hundredths of a percent of `amount`, rounded up.
    function share(uint256 amount, uint256 bps) internal pure returns (uint256) {
        return Math.mulDiv(amount, bps, BPS, Math.Rounding.Ceil);
    }

    /// @notice From 1e-36 USD to units of the collateral, rounded down.
    function floorUnits(int256 amountE36) internal pure returns (int256 units) {
        units = amountE36 / E36_PER_UNIT;
        if (amountE36 < units * E36_PER_UNIT) units -= 1;
    }

    /// @notice From 1e-36 USD to units of the collateral, rounded up.
    function ceilUnits(int256 amountE36) internal pure returns (int256) {
        return -floorUnits(-amountE36);
    }

    /// @dev A part's signed size and its share of the cost; the whole has all of it.
    function _part(Position storage position, uint256 sizeE18)
        private
        view
        returns (int256 signedE18, int256 costE36)
    {
        costE36 = position.costE36;
        uint256 shareE36 = Math.mulDiv(SignedMath.abs(costE36), sizeE18, SignedMath.abs(position.sizeE18));
        costE36 = costE36 < 0 ? -shareE36.toInt256() : shareE36.toInt256();
        signedE18 = position.sizeE18 > 0 ? sizeE18.toInt256() : -sizeE18.toInt256();
    }
}
