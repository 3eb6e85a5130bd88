// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsDeleveraging} from "./PerpsDeleveraging.sol";
import {PerpsLimits} from "./PerpsLimits.sol";
import {PerpsMark} from "./PerpsMark.sol";
import {PerpsPlan} from "./PerpsPlan.sol";

/// @title Liquidation of accounts of Harbor's perpetuals
/// @notice Amounts in units of the collateral.
abstract contract PerpsLiquidation is PerpsDeleveraging {
    using PerpsBook for PerpsBook.Market;
    using PerpsBook for PerpsBook.Position;
    using PerpsMark for PerpsMark.Quote;
    using SafeCast for uint256;
    using SafeCast for int256;

    /// @notice What a liquidator gets, in hundredths of a percent of the notional closed, as far as equity
    /// goes.
    uint256 public constant LIQUIDATION_REWARD_BPS = 50;
    /// @notice What the insurance fund gets beside, as far as equity goes after that.
    uint256 public constant LIQUIDATION_PENALTY_BPS =
        PerpsLimits.LIQUIDATION_COST_BPS - LIQUIDATION_REWARD_BPS;

    /// @dev What closing came to. `lost` is the position that lost most.
    struct Closing {
        int256 profitE36;
        uint256 notional;
        uint256 fee;
        int256 worstE36;
        PerpsPlan.Holding lost;
    }

    /// @notice An account was liquidated, wholly or in part. `equity` is what it had at the prices at which it was
    /// closed, before fee, reward and penalty; if negative, it is the bad debt.
    event Liquidated(address indexed account, address indexed liquidator, int256 equity, uint256 reward);
    /// @notice What the liquidation closed. `profit` is without the costs, rounded down.
    event PositionLiquidated(
        address indexed account, bytes32 indexed market, uint256 sizeE18, uint256 priceE8, int256 profit
    );

    /// @notice The account covers its maintenance margin.
    error AccountHealthy(address account, int256 equity, uint256 maintenanceMargin);

    /// @notice Closes as much of an account whose equity is below its maintenance margin as brings it a fifth
    /// above it, the largest position first; or all of it, if that does not suffice or its cash does not pay for
    /// it. Anyone may call; the reward is credited to the caller's cash, the penalty to the insurance fund. For
    /// what the account cannot pay, see `deleverage`.
    /// @dev An account that could be reduced has enough equity for the costs of closing all of it, so that it is
    /// never worse off in parts. Due is who is due at the better of index and mark: see `PerpsMark`.
    function liquidate(address account) external nonReentrant unlessPaused {
        Exposure memory exposure = _exposureOf(account, false);
        uint256 cash = cashOf(account);
        int256 equity = cash.toInt256() + PerpsBook.floorUnits(exposure.bestProfitE36);
        if (equity >= exposure.maintenanceMargin.toInt256()) {
            revert AccountHealthy(account, equity, exposure.maintenanceMargin);
        }
        PerpsPlan.Holding[] memory held = _holdingsOf(account);
        bool isPart = PerpsPlan.reduce(held, equity, exposure.maintenanceMargin)
            && _canPay(account, cash, held);
        if (!isPart) {
            for (uint256 i = 0; i < held.length; ++i) {
                held[i].closedE18 = held[i].sizeE18;
            }
        }
        uint256 reward = _settleClosing(account, cash, _close(account, held));
        equity = cash.toInt256() + PerpsBook.floorUnits(exposure.worstProfitE36);
        emit Liquidated(account, msg.sender, equity, reward);
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

    /// @dev Whether cash and what is realised cover the costs. What is won elsewhere pays only once it is closed.
    function _canPay(address account, uint256 cash, PerpsPlan.Holding[] memory held)
        private
        view
        returns (bool)
    {
        int256 profitE36 = 0;
        uint256 costs = 0;
        for (uint256 i = 0; i < held.length; ++i) {
            if (held[i].closedE18 == 0) continue;
            profitE36 += _position(account, held[i].market).partProfitE36(held[i].closedE18, _carryE18(held[i]));
            costs += PerpsPlan.costsOf(held[i], held[i].closedE18);
        }
        return cash.toInt256() + PerpsBook.floorUnits(profitE36) >= costs.toInt256();
    }

    function _close(address account, PerpsPlan.Holding[] memory held)
        private
        returns (Closing memory closing)
    {
        for (uint256 i = 0; i < held.length; ++i) {
            PerpsPlan.Holding memory holding = held[i];
            uint256 sizeE18 = holding.closedE18;
            if (sizeE18 == 0) continue;
            PerpsBook.Market storage market = _market(holding.market);
            int256 profitE36 =
                market.decrease(_position(account, holding.market), sizeE18, _carryE18(holding));
            uint256 notional = PerpsBook.notional(sizeE18, holding.closeE8);
            closing.profitE36 += profitE36;
            closing.notional += notional;
            closing.fee += PerpsBook.share(notional, holding.feeBps);
            if (profitE36 < closing.worstE36) (closing.worstE36, closing.lost) = (profitE36, holding);
            int256 profit = PerpsBook.floorUnits(profitE36);
            emit PositionLiquidated(account, holding.market, sizeE18, holding.closeE8, profit);
        }
    }

    /// @dev The fee comes first, then the reward, then the penalty, as far as equity goes.
    function _settleClosing(address account, uint256 cash, Closing memory closing)
        private
        returns (uint256 reward)
    {
        int256 equity = cash.toInt256() + PerpsBook.floorUnits(closing.profitE36);
        uint256 left = SignedMath.max(equity, 0).toUint256();
        // What the vault gains by the account, before the fee.
        int256 toVault = cash.toInt256() - left.toInt256();
        uint256 fee = Math.min(closing.fee, left);
        left -= fee;
        reward = Math.min(PerpsBook.share(closing.notional, LIQUIDATION_REWARD_BPS), left);
        left -= reward;
        uint256 penalty = Math.min(PerpsBook.share(closing.notional, LIQUIDATION_PENALTY_BPS), left);
        left -= penalty;

        _debit(account, cash);
        _credit(account, left);
        _credit(msg.sender, reward);
        _reserve(penalty, 0);
        _settleWithVault(toVault + _shareFee(fee).toInt256());
        if (penalty != 0) emit InsuranceFunded(account, penalty);
        PerpsPlan.Holding memory lost = closing.lost;
        if (equity < 0) _bearLoss(lost.market, lost.isLong, lost.sizeE18, SignedMath.abs(equity));
    }

    function _carryE18(PerpsPlan.Holding memory holding) private view returns (int256) {
        // The funding is up to date, so that the index is not asked for.
        return _market(holding.market).carryPriceE18(holding.closeE8, holding.closeE8);
    }
}
