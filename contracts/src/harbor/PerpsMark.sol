// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PerpsBook} from "./PerpsBook.sol";

/// @title The mark: a second price, which follows the feed's no faster than it may
/// @notice The feed's answer is the index. The mark moves towards it by at most s (`markStepBps`) in S
/// seconds (`markStepSeconds`), and by at most s in one step however long nobody came by. Prices in 1e-8 USD.
///
/// Of index and mark, what suits Harbor counts where somebody gains by the price, and what suits the account
/// where it can lose everything:
/// - a trade is filled at the worse of the two for who trades, and so are margins valued before anything is
///   opened or withdrawn;
/// - an account can be liquidated only when it is unhealthy at the better of the two.
///
/// Hence what bending the index for T seconds is good for: let a be s + s * T / S, so that the mark follows
/// by at most a (compounded: a factor of e^a). Nobody is liquidated who had (1 + m) * a of the notional more
/// than the maintenance margin, m of the notional, asks for; a trade, opened and closed, gains nothing while
/// the mark stands still, and at most a of its notional. Within a block, after the mark was first written
/// there, a bent update moves no mark at all; for the same reason, whoever writes it first in every block can
/// keep it a block behind.
///
/// What it costs: during an honest move faster than s in S seconds, trading is dearer by what the mark lags
/// behind, and liquidations come later. Beyond what the maintenance margin covers, that is bad debt; so s / S
/// is to be above the fastest move expected of the asset.
///
/// The vault's worth, and the profit that is shown, is at the index alone: a share price that lags could be
/// traded against.
library PerpsMark {
    using SafeCast for uint256;

    /// @param indexE8 The feed's answer.
    /// @param markE8 What follows it.
    struct Quote {
        uint256 indexE8;
        uint256 markE8;
    }

    /// @notice The mark now, if the index is `indexE8`. Within a block it stands still once it was written.
    function markNowE8(PerpsBook.Market storage market, uint256 indexE8) internal view returns (uint256) {
        uint256 stepSeconds = market.config.markStepSeconds;
        uint256 creditSeconds = Math.min(block.timestamp - market.markAtSeconds, stepSeconds);
        uint256 fromE8 = market.markE8;
        // Rounded up, so that the smallest price moves too.
        uint256 stepE8 =
            Math.ceilDiv(fromE8 * market.config.markStepBps * creditSeconds, stepSeconds * PerpsBook.BPS);
        if (indexE8 > fromE8) return Math.min(indexE8, fromE8 + stepE8);
        return Math.max(indexE8, Math.saturatingSub(fromE8, stepE8));
    }

    /// @notice Writes the mark.
    function follow(PerpsBook.Market storage market, uint256 markE8) internal {
        market.markE8 = markE8.toUint112();
        market.markAtSeconds = block.timestamp.toUint40();
    }

    /// @notice What one pays who buys, or gets who sells: the worse of the two.
    /// @dev The better of the two for who holds a long is what a buyer would pay, and so on.
    function priceE8(Quote memory quote, bool buys) internal pure returns (uint256) {
        return buys ? Math.max(quote.indexE8, quote.markE8) : Math.min(quote.indexE8, quote.markE8);
    }
}
