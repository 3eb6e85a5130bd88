// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsMark} from "./PerpsMark.sol";
import {PerpsMarkets} from "./PerpsMarkets.sol";
import {PerpsSettlement} from "./PerpsSettlement.sol";

/// @title Who bears the losses that liquidated accounts of Harbor's perpetuals cannot pay
/// @notice First the insurance fund. What it cannot pay is a deficit of the market, which those who have won on
/// the other side of it can be made to bear for a while: their positions are closed at the price at which the
/// account that could not pay would have been at zero. What is left then, because nobody is in profit or
/// nobody called, the vault has borne. Amounts in units of the collateral.
/// @dev Whose turn it is: anyone whose return (profit per notional) is at least the average of all positions of
/// the side. Where a side has won together, there always is such an account, so that a deficit can be cleared
/// in the transaction that leaves it; as those who won most are closed, the average falls. Nobody is closed
/// who has not won, nor loses more than the profit of what is closed, nor more per size than the deficit is per
/// size that was liquidated.
///
/// For a pair of accounts that are one trader's, one of which goes bankrupt, this takes from the winner what
/// the loser owes; it is what makes such a pair pointless.
abstract contract PerpsDeleveraging is PerpsMarkets, PerpsSettlement {
    using PerpsBook for PerpsBook.Market;
    using PerpsBook for PerpsBook.Position;
    using PerpsMark for PerpsMark.Quote;
    using SafeCast for uint256;
    using SafeCast for int256;

    /// @notice How long after the last loss that was not paid those who won can be deleveraged.
    uint256 public constant DELEVERAGING_SECONDS = 1 hours;

    /// @notice What one side of a market left unpaid.
    /// @param amount Units of the collateral.
    /// @param sizeE18 The size that is to be matched for it, in 1e-18 of the asset: the deficit per size is what
    /// a position is worth less when it is deleveraged.
    /// @param untilSeconds Block timestamp from which on the vault has borne it.
    struct Deficit {
        uint128 amount;
        uint128 sizeE18;
        uint40 untilSeconds;
    }

    uint256 private _badDebt;
    mapping(bytes32 market => mapping(bool ofLongs => Deficit)) private _deficits;

    /// @notice Longs (or shorts) of a market left `amount` unpaid, after what the insurance fund paid.
    event DeficitLeft(bytes32 indexed market, bool ofLongs, uint256 amount, uint256 sizeE18);
    /// @notice The insurance fund paid for a loss.
    event InsurancePaid(bytes32 indexed market, uint256 amount);
    /// @notice A position was closed, or a part of it, because the other side could not pay.
    /// @param profit What the account got. It would have been `forgone` more.
    event Deleveraged(
        address indexed account,
        bytes32 indexed market,
        uint256 sizeE18,
        uint256 priceE8,
        uint256 profit,
        uint256 forgone
    );

    /// @notice The other side of the market left nothing unpaid.
    error DeficitMissing(bytes32 market, bool ofLongs);
    /// @notice It is the turn of those with a higher return. Both in 1e-18 of the notional.
    error ReturnBelowAverage(address account, int256 returnE18, int256 averageE18);

    /// @notice Closes a position that has won, at the price at which the other side's losses are paid: as much of
    /// it as that takes. Anyone may call. The insurance fund pays first.
    function deleverage(address account, bytes32 market) external nonReentrant unlessPaused {
        _market(market);
        bool isLong = _position(account, market).sizeE18 > 0;
        Deficit storage deficit = _deficits[market][!isLong];
        if (deficit.amount == 0 || block.timestamp >= deficit.untilSeconds) {
            revert DeficitMissing(market, !isLong);
        }
        _reduce(deficit, _payInsurance(market, deficit.amount));
        if (deficit.amount == 0) return;

        PerpsMark.Quote memory quote = _sync(market, false);
        uint256 priceE8 = quote.priceE8(!isLong);
        _requireTurn(account, market, priceE8);
        (uint256 sizeE18, uint256 matchedE18) = _match(account, market, deficit.sizeE18, priceE8);
        uint256 forgone = Math.mulDiv(deficit.amount, matchedE18, deficit.sizeE18, Math.Rounding.Ceil);
        uint256 profit = _take(account, market, sizeE18, priceE8);
        forgone = Math.min(forgone, profit);
        profit -= forgone;
        _reduce(deficit, forgone);
        _credit(account, profit);
        _settleWithVault(-profit.toInt256());
        emit Deleveraged(account, market, sizeE18, priceE8, profit, forgone);
    }

    /// @notice Losses that liquidated accounts could not pay, since the beginning, whoever has borne them.
    function badDebt() external view returns (uint256) {
        return _badDebt;
    }

    /// @notice What longs (or shorts) of a market left unpaid, and can still be taken from those who won.
    function deficitOf(bytes32 market, bool ofLongs) external view returns (Deficit memory deficit) {
        _market(market);
        deficit = _deficits[market][ofLongs];
        if (block.timestamp >= deficit.untilSeconds) return Deficit(0, 0, 0);
    }

    /// @dev Counts a loss that an account could not pay, has the insurance fund pay what it can, and books the
    /// rest as a deficit.
    /// @param ofLongs Side of the position that lost most.
    /// @param sizeE18 Its size.
    function _bearLoss(bytes32 market, bool ofLongs, uint256 sizeE18, uint256 loss) internal {
        _badDebt += loss;
        uint256 amount = loss - _payInsurance(market, loss);
        if (amount == 0) return;
        Deficit storage deficit = _deficits[market][ofLongs];
        // What was left before has been the vault's since it lapsed.
        if (block.timestamp >= deficit.untilSeconds) (deficit.amount, deficit.sizeE18) = (0, 0);
        deficit.amount = (deficit.amount + amount).toUint128();
        deficit.sizeE18 = (deficit.sizeE18 + sizeE18).toUint128();
        deficit.untilSeconds = (block.timestamp + DELEVERAGING_SECONDS).toUint40();
        emit DeficitLeft(market, ofLongs, amount, sizeE18);
    }

    /// @dev Pays the vault up to `amount` out of the insurance fund.
    function _payInsurance(bytes32 market, uint256 amount) private returns (uint256 paid) {
        paid = _takeInsurance(amount);
        if (paid == 0) return 0;
        emit InsurancePaid(market, paid);
        _settleWithVault(paid.toInt256());
    }

    /// @dev Takes `amount` off a deficit and its part of the size with it, so that the rest per size stays.
    function _reduce(Deficit storage deficit, uint256 amount) private {
        uint256 before = deficit.amount;
        uint256 rest = before - amount;
        deficit.sizeE18 = Math.mulDiv(deficit.sizeE18, rest, before, Math.Rounding.Ceil).toUint128();
        deficit.amount = rest.toUint128();
    }

    /// @dev Profit per notional, of the position and of its side, each at the price that closing it gets.
    function _requireTurn(address account, bytes32 market, uint256 priceE8) private view {
        PerpsBook.Position storage position = _position(account, market);
        if (position.sizeE18 == 0) revert ReturnBelowAverage(account, 0, 0);
        PerpsBook.Market storage book = _market(market);
        bool isLong = position.sizeE18 > 0;
        int256 carryE18 = book.carryPriceE18(priceE8, priceE8);
        int256 returnE18 =
            _returnE18(position.profitE36(carryE18), SignedMath.abs(position.sizeE18), priceE8);
        uint256 sideE18 = isLong ? book.longSizeE18 : book.shortSizeE18;
        int256 averageE18 = _returnE18(book.sideProfitE36(isLong, carryE18), sideE18, priceE8);
        if (returnE18 <= 0 || returnE18 < averageE18) {
            revert ReturnBelowAverage(account, returnE18, averageE18);
        }
    }

    /// @dev How much of a position matches what was liquidated, and how much is closed: what would be too small
    /// to stay goes too, at the market's price.
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

    /// @dev 1e-36 USD of profit per 1e-26 USD of notional, scaled to 1e-18.
    function _returnE18(int256 profitE36, uint256 sizeE18, uint256 priceE8) private pure returns (int256) {
        return profitE36 * 1e8 / (sizeE18 * priceE8).toInt256();
    }
}
