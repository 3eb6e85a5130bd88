// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsDeficits} from "./PerpsDeficits.sol";
import {PerpsMark} from "./PerpsMark.sol";
import {PerpsParameters} from "./PerpsParameters.sol";
import {PerpsPlan} from "./PerpsPlan.sol";

/// @title The positions of Harbor's perpetuals
/// @notice Knows prices and positions, and holds no money: cash and tokens are `HarborPerps`' business, which
/// made this contract and alone may trade here. Amounts in units of the collateral.
/// @dev Two contracts, because one would be too large. Nothing but feeds is called from here, and what
/// changes state is for the perpetuals only, which are not re-entrant, or for the steward, or moves nothing
/// but the mark.
contract PerpsEngine is PerpsParameters, PerpsDeficits {
    using PerpsBook for PerpsBook.Market;
    using PerpsBook for PerpsBook.Position;
    using PerpsMark for PerpsMark.Quote;
    using SafeCast for uint256;
    using SafeCast for int256;

    /// @notice What a liquidation closed.
    /// @param equity What the account had at the prices at which it was closed, before all costs.
    /// @param profit What the closed positions realised, rounded down; negative when they lost.
    /// @param notional What they were worth.
    /// @param fee What closing them costs.
    /// @param lostMarket Market of the position that lost most; 0 if none did.
    /// @param lostIsLong Its side.
    /// @param lostSizeE18 What was closed of it.
    struct Liquidation {
        int256 equity;
        int256 profit;
        uint256 notional;
        uint256 fee;
        bytes32 lostMarket;
        bool lostIsLong;
        uint256 lostSizeE18;
    }

    uint256 private immutable _minHoldBlocks;

    /// @notice A liquidation closed a position, or a part of it. `profit` is without the costs, rounded down.
    event PositionLiquidated(
        address indexed account, bytes32 indexed market, uint256 sizeE18, uint256 priceE8, int256 profit
    );

    /// @notice A trade has a size.
    error SizeZero();
    /// @notice The price is worse than the limit. Both with 8 decimals.
    error PriceBeyondLimit(uint256 priceE8, uint256 limitPriceE8);
    /// @notice A position must be closed before one in the other direction is opened.
    error PositionOpposite(bytes32 market);
    /// @notice More was to be closed than there is. Sizes in 1e-18 of the asset.
    error PositionTooSmall(bytes32 market, uint256 requestedE18, uint256 sizeE18);
    /// @notice The position can be closed from block `closableFromBlock` on.
    error PositionTooYoung(bytes32 market, uint256 closableFromBlock);
    /// @notice What would be opened, or left open, is too small.
    error PositionBelowMinimum(bytes32 market, uint256 notional, uint256 minNotional);
    /// @notice This side of the market would become larger than allowed.
    error OpenInterestExceeded(bytes32 market, uint256 openInterest, uint256 maxOpenInterest);
    /// @notice `available` is the account's cash less its unrealised loss.
    error MarginInsufficient(int256 available, uint256 required);
    /// @notice The account covers its maintenance margin.
    error AccountHealthy(address account, int256 equity, uint256 maintenanceMargin);

    /// @param minHoldBlocks_ Full blocks between the last addition to a position and its closing. It makes
    /// trading on an update that is about to come a risk, or dear: with a second account, the opposite
    /// position locks the profit in. Only fees above the usual step, or orders that are filled at the next
    /// price, prevent it.
    constructor(uint256 minHoldBlocks_) {
        _minHoldBlocks = minHoldBlocks_;
    }

    /// @notice Opens a position or adds to it, at the worse of the feed's price, which must be fresh, and the
    /// mark. Only for the perpetuals, which ask `requireInitialMargin` next.
    /// @param sizeE18 1e-18 of the asset.
    /// @param limitPriceE8 Highest price for a long, lowest for a short, 8 decimals.
    function open(address account, bytes32 market, bool isLong, uint256 sizeE18, uint256 limitPriceE8)
        external
        onlyPerps
        returns (uint256 priceE8, uint256 fee)
    {
        PerpsBook.Market storage book = _market(market);
        PerpsBook.Position storage position = _position(account, market);
        if (sizeE18 == 0) revert SizeZero();
        if (position.sizeE18 != 0 && (position.sizeE18 > 0) != isLong) revert PositionOpposite(market);
        PerpsMark.Quote memory quote = _sync(market, true);
        priceE8 = quote.priceE8(isLong);
        _requireLimit(isLong, priceE8, limitPriceE8);

        book.increase(position, isLong, sizeE18, book.carryPriceE18(quote.indexE8, priceE8));
        _requireSize(market, position.sizeE18, priceE8);
        uint256 side = PerpsBook.notional(isLong ? book.longSizeE18 : book.shortSizeE18, quote.indexE8);
        if (side > book.config.maxOpenInterest) {
            revert OpenInterestExceeded(market, side, book.config.maxOpenInterest);
        }
        fee = PerpsBook.share(PerpsBook.notional(sizeE18, priceE8), book.config.feeBps);
    }

    /// @notice Closes a position or a part of it, at the worse of the feed's price and the mark. What is too
    /// small to stay must be closed as a whole. Only for the perpetuals.
    /// @param sizeE18 1e-18 of the asset, at most what there is.
    /// @param limitPriceE8 Lowest price for a long, highest for a short, 8 decimals.
    function close(address account, bytes32 market, uint256 sizeE18, uint256 limitPriceE8)
        external
        onlyPerps
        returns (uint256 priceE8, int256 profit, uint256 fee)
    {
        PerpsBook.Market storage book = _market(market);
        PerpsBook.Position storage position = _position(account, market);
        _requireClosable(market, position, sizeE18);
        PerpsMark.Quote memory quote = _sync(market, false);
        bool buys = position.sizeE18 < 0;
        priceE8 = quote.priceE8(buys);
        _requireLimit(buys, priceE8, limitPriceE8);

        int256 carryE18 = book.carryPriceE18(quote.indexE8, priceE8);
        profit = PerpsBook.floorUnits(book.decrease(position, sizeE18, carryE18));
        if (position.sizeE18 != 0) _requireSize(market, position.sizeE18, priceE8);
        fee = PerpsBook.share(PerpsBook.notional(sizeE18, priceE8), book.config.feeBps);
    }

    /// @notice Closes as much of an account that is due as `PerpsPlan` says; or all of it, if that does not
    /// suffice or its cash does not pay for it. Only for the perpetuals.
    /// @dev Due is who is due at the better of index and mark: see `PerpsMark`.
    /// @param cash What the account has.
    function liquidate(address account, uint256 cash) external onlyPerps returns (Liquidation memory closed) {
        Exposure memory exposure = _exposureOf(account, false);
        int256 equity = cash.toInt256() + PerpsBook.floorUnits(exposure.bestProfitE36);
        if (equity >= exposure.maintenanceMargin.toInt256()) {
            revert AccountHealthy(account, equity, exposure.maintenanceMargin);
        }
        PerpsPlan.Holding[] memory held = _holdingsOf(account);
        bool isPart =
            PerpsPlan.reduce(held, equity, exposure.maintenanceMargin) && _canPay(account, cash, held);
        closed.equity = cash.toInt256() + PerpsBook.floorUnits(exposure.worstProfitE36);
        int256 profitE36 = 0;
        int256 worstE36 = 0;
        for (uint256 i = 0; i < held.length; ++i) {
            if (!isPart) held[i].closedE18 = held[i].sizeE18;
            if (held[i].closedE18 == 0) continue;
            int256 itsE36 = _closeHolding(account, held[i], closed);
            profitE36 += itsE36;
            if (itsE36 >= worstE36) continue;
            worstE36 = itsE36;
            (closed.lostMarket, closed.lostIsLong) = (held[i].market, held[i].isLong);
            closed.lostSizeE18 = held[i].closedE18;
        }
        closed.profit = PerpsBook.floorUnits(profitE36);
    }

    /// @notice Reverts unless `account`, with `cash`, has the margin to open or to withdraw, at fresh prices.
    /// The maintenance margin is asked for too, in case that the settings do not fit together.
    function requireInitialMargin(address account, uint256 cash) external view {
        Exposure memory exposure = _exposureOf(account, true);
        int256 loss = SignedMath.min(PerpsBook.floorUnits(exposure.worstProfitE36), 0);
        int256 available = cash.toInt256() + loss;
        uint256 required = Math.max(exposure.initialMargin, exposure.maintenanceMargin);
        if (available < required.toInt256()) revert MarginInsufficient(available, required);
    }

    /// @notice What the positions of `account` have won, by which it is liquidated: each at the better of the
    /// feed's price and the mark. Rounded down.
    function profitOf(address account) external view returns (int256) {
        return PerpsBook.floorUnits(_exposureOf(account, false).bestProfitE36);
    }

    /// @notice What `account` needs to open or to withdraw, and to stay.
    function marginOf(address account)
        external
        view
        returns (uint256 initialMargin, uint256 maintenanceMargin)
    {
        Exposure memory exposure = _exposureOf(account, false);
        return (exposure.initialMargin, exposure.maintenanceMargin);
    }

    /// @notice Full blocks between the last addition to a position and its closing.
    function minHoldBlocks() external view returns (uint256) {
        return _minHoldBlocks;
    }

    /// @dev All positions of `account`, whose markets are brought up to date.
    function _holdingsOf(address account) private returns (PerpsPlan.Holding[] memory held) {
        bytes32[] storage ids = _allMarkets();
        uint256 count = 0;
        for (uint256 i = 0; i < ids.length; ++i) {
            if (_position(account, ids[i]).sizeE18 != 0) ++count;
        }
        held = new PerpsPlan.Holding[](count);
        for (uint256 i = ids.length; i > 0; --i) {
            int256 sizeE18 = _position(account, ids[i - 1]).sizeE18;
            if (sizeE18 != 0) held[--count] = _holding(ids[i - 1], sizeE18);
        }
    }

    function _holding(bytes32 id, int256 sizeE18) private returns (PerpsPlan.Holding memory holding) {
        PerpsBook.Market storage market = _market(id);
        PerpsMark.Quote memory quote = _sync(id, false);
        holding.market = id;
        holding.isLong = sizeE18 > 0;
        holding.maintenanceBps = _maintenanceBps(market).toUint16();
        holding.feeBps = market.config.feeBps;
        holding.minNotional = market.config.minNotional;
        holding.bestE8 = quote.priceE8(holding.isLong);
        holding.closeE8 = quote.priceE8(!holding.isLong);
        holding.sizeE18 = SignedMath.abs(sizeE18);
    }

    /// @dev Whether cash and what is realised cover the costs, of which what closing gets less than `bestE8`
    /// says is one. What was won elsewhere pays only once it is closed.
    function _canPay(address account, uint256 cash, PerpsPlan.Holding[] memory held)
        private
        view
        returns (bool)
    {
        int256 profitE36 = 0;
        uint256 costs = 0;
        for (uint256 i = 0; i < held.length; ++i) {
            PerpsPlan.Holding memory holding = held[i];
            if (holding.closedE18 == 0) continue;
            profitE36 += _position(account, holding.market)
                .partProfitE36(holding.closedE18, _carryE18(holding.market, holding.bestE8));
            costs += PerpsPlan.costsOf(holding, holding.closedE18);
        }
        return cash.toInt256() + PerpsBook.floorUnits(profitE36) >= costs.toInt256();
    }

    /// @dev Closes what was planned, and adds its worth and its fee to `closed`.
    function _closeHolding(address account, PerpsPlan.Holding memory holding, Liquidation memory closed)
        private
        returns (int256 profitE36)
    {
        profitE36 = _market(holding.market)
            .decrease(
                _position(account, holding.market),
                holding.closedE18,
                _carryE18(holding.market, holding.closeE8)
            );
        uint256 notional = PerpsBook.notional(holding.closedE18, holding.closeE8);
        closed.notional += notional;
        closed.fee += PerpsBook.share(notional, holding.feeBps);
        int256 profit = PerpsBook.floorUnits(profitE36);
        emit PositionLiquidated(account, holding.market, holding.closedE18, holding.closeE8, profit);
    }

    /// @dev The funding is up to date, so that it does not depend on the index any more.
    function _carryE18(bytes32 market, uint256 priceE8) private view returns (int256) {
        return _market(market).carryPriceE18(priceE8, priceE8);
    }

    function _requireClosable(bytes32 market, PerpsBook.Position storage position, uint256 sizeE18)
        private
        view
    {
        uint256 heldE18 = SignedMath.abs(position.sizeE18);
        if (sizeE18 == 0) revert SizeZero();
        if (sizeE18 > heldE18) revert PositionTooSmall(market, sizeE18, heldE18);
        uint256 closableFromBlock = position.changedAtBlock + _minHoldBlocks + 1;
        if (block.number < closableFromBlock) revert PositionTooYoung(market, closableFromBlock);
    }

    function _requireSize(bytes32 market, int256 sizeE18, uint256 priceE8) private view {
        uint256 minNotional = _market(market).config.minNotional;
        uint256 notional = PerpsBook.notional(SignedMath.abs(sizeE18), priceE8);
        if (notional < minNotional) revert PositionBelowMinimum(market, notional, minNotional);
    }

    function _requireLimit(bool buys, uint256 priceE8, uint256 limitPriceE8) private pure {
        if (buys ? priceE8 > limitPriceE8 : priceE8 < limitPriceE8) {
            revert PriceBeyondLimit(priceE8, limitPriceE8);
        }
    }
}
