// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsLimits} from "./PerpsLimits.sol";

/// @title How much of an account is liquidated
/// @notice No more than brings it back above its maintenance margin by a buffer; the largest position first.
/// Amounts in units of the collateral, sizes in 1e-18 of the asset, prices in 1e-8 USD.
library PerpsPlan {
    using SafeCast for uint256;

    /// @dev How far above the maintenance margin, as a share of it, in hundredths of a percent.
    uint256 internal constant BUFFER_BPS = 2_000;

    /// @param market Its id.
    /// @param isLong Its side.
    /// @param maintenanceBps Maintenance margin in force, in hundredths of a percent of the notional.
    /// @param feeBps Fee, in hundredths of a percent of the notional closed.
    /// @param minNotional Smallest notional that may stay open.
    /// @param bestE8 That of index and mark by which the account is found due.
    /// @param closeE8 What closing gets: the other one.
    /// @param sizeE18 What is held.
    /// @param closedE18 What is to be closed of it.
    struct Holding {
        bytes32 market;
        bool isLong;
        uint16 maintenanceBps;
        uint16 feeBps;
        uint64 minNotional;
        uint256 bestE8;
        uint256 closeE8;
        uint256 sizeE18;
        uint256 closedE18;
    }

    /// @notice Sets `closedE18` of the holdings.
    /// @dev Closing all of a holding frees F = (1 + buffer) * maintenance of what equity must reach, and
    /// takes C = costs and what closing gets less than `bestE8` says from equity. What misses to the target
    /// is won back in proportion by closing that share of F - C. Where F <= C, closing does not help, and all
    /// of it goes.
    /// @param equity What the account has, at `bestE8`.
    /// @param maintenanceMargin What it needs, at `bestE8`.
    /// @return suffices Whether something stays open, and the account is healthy then.
    function reduce(Holding[] memory held, int256 equity, uint256 maintenanceMargin)
        internal
        pure
        returns (bool suffices)
    {
        uint256 margin = maintenanceMargin;
        for (uint256 i = 0; i < held.length; ++i) {
            int256 missing = _buffered(margin).toInt256() - equity;
            if (missing <= 0) break;
            Holding memory holding = _largestOpen(held);
            holding.closedE18 = _sizeToClose(holding, uint256(missing));
            equity -= costsOf(holding, holding.closedE18).toInt256();
            margin -= _maintenance(holding, holding.sizeE18);
            margin += _maintenance(holding, holding.sizeE18 - holding.closedE18);
            // That was enough, but for what was rounded.
            if (holding.closedE18 != holding.sizeE18) break;
        }
        return margin != 0 && equity >= margin.toInt256();
    }

    /// @dev What equity at `bestE8` loses when `sizeE18` are closed, rounded up.
    function costsOf(Holding memory holding, uint256 sizeE18) internal pure returns (uint256) {
        uint256 spreadE8 =
            Math.max(holding.bestE8, holding.closeE8) - Math.min(holding.bestE8, holding.closeE8);
        uint256 costBps = PerpsLimits.LIQUIDATION_COST_BPS + holding.feeBps;
        return PerpsBook.notional(sizeE18, spreadE8)
            + PerpsBook.share(PerpsBook.notional(sizeE18, holding.closeE8), costBps);
    }

    function _sizeToClose(Holding memory holding, uint256 missing) private pure returns (uint256 sizeE18) {
        uint256 whole = holding.sizeE18;
        uint256 frees = _buffered(_maintenance(holding, whole));
        uint256 costs = costsOf(holding, whole);
        if (frees <= costs || frees - costs <= missing) return whole;
        sizeE18 = Math.mulDiv(whole, missing, frees - costs, Math.Rounding.Ceil);
        bool isRestDust = PerpsBook.notional(whole - sizeE18, holding.bestE8) < holding.minNotional;
        if (isRestDust) return whole;
    }

    function _largestOpen(Holding[] memory held) private pure returns (Holding memory largest) {
        uint256 most = 0;
        for (uint256 i = 0; i < held.length; ++i) {
            if (held[i].closedE18 != 0) continue;
            uint256 notional = PerpsBook.notional(held[i].sizeE18, held[i].bestE8);
            if (notional > most) (most, largest) = (notional, held[i]);
        }
    }

    function _maintenance(Holding memory holding, uint256 sizeE18) private pure returns (uint256) {
        return PerpsBook.share(PerpsBook.notional(sizeE18, holding.bestE8), holding.maintenanceBps);
    }

    function _buffered(uint256 margin) private pure returns (uint256) {
        return PerpsBook.share(margin, PerpsBook.BPS + BUFFER_BPS);
    }
}
