// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsMark} from "./PerpsMark.sol";
import {PerpsMarkets} from "./PerpsMarkets.sol";

/// @title Losses that nobody has paid yet, and who is next to pay them
/// @notice What a liquidated account could not pay, and the insurance fund neither, is a deficit of the
/// market. For a while, those who have won on the other side of it can be made to bear it: their positions
/// are closed at the price at which the account that could not pay would have been at zero. What is left
/// then, because nobody was in profit or nobody called, the vault has borne. Amounts in units of the
/// collateral.
/// @dev Whose turn it is: anyone whose return (profit per notional) is at least the average of all positions
/// of the side. Where a side has won together there is always such an account, so that a deficit can be
/// cleared in the transaction that leaves it; as those who won most are closed, the average falls. Nobody is
/// closed who has not won, nor loses more than the profit of what is closed, nor more per size than the
/// deficit is per size that was liquidated. Who adds to a position lowers its return, and who opens another
/// one the average, at the price of fee and risk: that can change whose turn it is, never what it costs per
/// size.
///
/// For a pair of accounts that are one trader's, one of which goes bankrupt, this takes from the winner what
/// the loser owes; it is what makes such a pair pointless.
abstract contract PerpsDeficits is PerpsMarkets {
    using PerpsBook for PerpsBook.Market;
    using PerpsBook for PerpsBook.Position;
    using PerpsMark for PerpsMark.Quote;
    using SafeCast for uint256;
    using SafeCast for int256;

    /// @notice How long after the last loss that was not paid those who won can be deleveraged.
    uint256 public constant DELEVERAGING_SECONDS = 1 hours;

    /// @notice What one side of a market left unpaid.
    /// @param amount Units of the collateral.
    /// @param sizeE18 The size that is to be matched for it, in 1e-18 of the asset: a position gets the
    /// deficit per size less when it is deleveraged.
    /// @param untilSeconds Block timestamp from which on the vault has borne it.
    struct Deficit {
        uint128 amount;
        uint128 sizeE18;
        uint40 untilSeconds;
    }

    /// @notice What deleveraging closed.
    /// @param sizeE18 1e-18 of the asset.
    /// @param priceE8 The price that closing gets otherwise.
    /// @param profit What the account gets.
    /// @param forgone What it would have got more.
    struct Deleveraging {
        uint256 sizeE18;
        uint256 priceE8;
        uint256 profit;
        uint256 forgone;
    }

    mapping(bytes32 market => mapping(bool ofLongs => Deficit)) private _deficits;

    /// @notice Longs (or shorts) of a market left `amount` unpaid, after what the insurance fund paid.
    event DeficitLeft(bytes32 indexed market, bool ofLongs, uint256 amount, uint256 sizeE18);

    /// @notice The other side of the market left nothing unpaid.
    error DeficitMissing(bytes32 market, bool ofLongs);
    /// @notice It is the turn of those with a higher return. Both in 1e-18 of the notional.
    error ReturnBelowAverage(address account, int256 returnE18, int256 averageE18);

    /// @notice What longs (or shorts) of a market left unpaid, and can still be taken from those who won.
    function deficitOf(bytes32 market, bool ofLongs) public view returns (Deficit memory deficit) {
        _market(market);
        deficit = _deficits[market][ofLongs];
        if (block.timestamp >= deficit.untilSeconds) return Deficit(0, 0, 0);
    }

    /// @notice What the side that the position of `account` is not on left unpaid; reverts if nothing.
    function deficitAgainst(address account, bytes32 market) external view returns (uint256 amount) {
        bool ofLongs = _position(account, market).sizeE18 < 0;
        amount = deficitOf(market, ofLongs).amount;
        if (amount == 0) revert DeficitMissing(market, ofLongs);
    }

    /// @notice Books what nobody paid. Only for the perpetuals.
    /// @param ofLongs Side of the position that lost most.
    /// @param sizeE18 Its size, not 0.
    function leaveDeficit(bytes32 market, bool ofLongs, uint256 sizeE18, uint256 amount) external onlyPerps {
        Deficit memory deficit = deficitOf(market, ofLongs);
        deficit.amount = (deficit.amount + amount).toUint128();
        deficit.sizeE18 = (deficit.sizeE18 + sizeE18).toUint128();
        deficit.untilSeconds = (block.timestamp + DELEVERAGING_SECONDS).toUint40();
        _deficits[market][ofLongs] = deficit;
        emit DeficitLeft(market, ofLongs, amount, sizeE18);
    }

    /// @notice Closes a position, or a part of it, against the deficit of the other side. Only for the
    /// perpetuals.
    /// @param paid What was paid of the deficit meanwhile. If that is all of it, nothing is closed.
    function deleverage(address account, bytes32 market, uint256 paid)
        external
        onlyPerps
        returns (Deleveraging memory closed)
    {
        bool isShort = _position(account, market).sizeE18 < 0;
        Deficit storage deficit = _deficits[market][isShort];
        _reduce(deficit, paid);
        if (deficit.amount == 0) return closed;

        closed.priceE8 = _sync(market, false).priceE8(isShort);
        _requireTurn(account, market, closed.priceE8);
        uint256 matchedE18;
        (closed.sizeE18, matchedE18) = _match(account, market, deficit.sizeE18, closed.priceE8);
        uint256 due = Math.mulDiv(deficit.amount, matchedE18, deficit.sizeE18, Math.Rounding.Ceil);
        uint256 profit = _take(account, market, closed.sizeE18, closed.priceE8);
        closed.forgone = Math.min(due, profit);
        closed.profit = profit - closed.forgone;
        _reduce(deficit, closed.forgone);
    }

    /// @dev Takes `amount` off a deficit and its part of the size with it, so that the rest per size stays.
    function _reduce(Deficit storage deficit, uint256 amount) private {
        if (amount == 0) return;
        uint256 before = deficit.amount;
        uint256 rest = before - amount;
        deficit.sizeE18 = Math.mulDiv(deficit.sizeE18, rest, before, Math.Rounding.Ceil).toUint128();
        deficit.amount = rest.toUint128();
    }

    /// @dev Profit per notional, of the position and of its side, each at the price that closing it gets.
    function _requireTurn(address account, bytes32 market, uint256 priceE8) private view {
        PerpsBook.Position storage position = _position(account, market);
        PerpsBook.Market storage book = _market(market);
        bool isLong = position.sizeE18 > 0;
        int256 carryE18 = book.carryPriceE18(priceE8, priceE8);
        int256 returnE18 = _returnE18(position.profitE36(carryE18), SignedMath.abs(position.sizeE18), priceE8);
        uint256 sideE18 = isLong ? book.longSizeE18 : book.shortSizeE18;
        int256 averageE18 = _returnE18(book.sideProfitE36(isLong, carryE18), sideE18, priceE8);
        if (returnE18 <= 0 || returnE18 < averageE18) {
            revert ReturnBelowAverage(account, returnE18, averageE18);
        }
    }

    /// @dev How much of a position matches what was liquidated, and how much is closed: what would be too
    /// small to stay goes too, at the market's price.
    function _match(address account, bytes32 market, uint256 openE18, uint256 priceE8)
        private
        view
        returns (uint256 sizeE18, uint256 matchedE18)
    {
        sizeE18 = SignedMath.abs(_position(account, market).sizeE18);
        matchedE18 = Math.min(sizeE18, openE18);
        uint256 rest = PerpsBook.notional(sizeE18 - matchedE18, priceE8);
        if (rest >= _market(market).config.minNotional) sizeE18 = matchedE18;
    }

    /// @dev Closes `sizeE18` of a position that has won.
    function _take(address account, bytes32 market, uint256 sizeE18, uint256 priceE8)
        private
        returns (uint256 profit)
    {
        PerpsBook.Market storage book = _market(market);
        int256 carryE18 = book.carryPriceE18(priceE8, priceE8);
        int256 profitE36 = book.decrease(_position(account, market), sizeE18, carryE18);
        // A small part may have won nothing, by rounding.
        return SignedMath.max(PerpsBook.floorUnits(profitE36), 0).toUint256();
    }

    /// @dev 1e-36 USD of profit per 1e-26 USD of notional, scaled to 1e-18. Nothing has won nothing.
    function _returnE18(int256 profitE36, uint256 sizeE18, uint256 priceE8) private pure returns (int256) {
        return sizeE18 == 0 ? int256(0) : profitE36 * 1e8 / (sizeE18 * priceE8).toInt256();
    }
}
