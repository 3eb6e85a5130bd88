// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC6909TokenSupply} from "@openzeppelin/contracts/token/ERC6909/extensions/ERC6909TokenSupply.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Brakeable} from "./Brakeable.sol";
import {OptionsBook} from "./OptionsBook.sol";
import {OptionsSettlement} from "./OptionsSettlement.sol";

/// @title The series of Harbor's options and the tokens that stand for them
/// @notice A series has two tokens (ERC-6909): the long one, whose id is the series', is paid what the option
/// is worth; the short one, whose id is the next number, the rest of the collateral. Both are counted in
/// whole units and are anybody's to hold and transfer, before the settlement and after it.
abstract contract OptionsSeries is ERC6909TokenSupply, OptionsSettlement, Brakeable {
    using OptionsBook for OptionsBook.Terms;

    /// @dev Longest time to an expiry.
    uint256 private constant MAX_TERM_SECONDS = 366 days;

    mapping(uint256 seriesId => OptionsBook.Terms) private _terms;

    /// @notice Somebody listed a series.
    event SeriesListed(uint256 indexed seriesId, OptionsBook.Terms terms);

    /// @notice There is no such series.
    error SeriesUnknown(uint256 seriesId);
    /// @notice A series is listed once.
    error SeriesAlreadyListed(uint256 seriesId);
    /// @notice `parameter` of the terms is out of range.
    error SeriesTermsInvalid(string parameter, uint256 value);
    /// @notice Since `closedAtSeconds`, when the settlement's window began, the series is neither written nor
    /// traded.
    error SeriesClosed(uint256 seriesId, uint256 closedAtSeconds);

    /// @notice Lists a series, so that it can be written. Anyone may, until its settlement's window begins.
    /// @return seriesId Follows from the terms.
    function list(OptionsBook.Terms calldata terms) external unlessReduceOnly returns (uint256 seriesId) {
        seriesId = OptionsBook.idOf(terms);
        if (_terms[seriesId].expirySeconds != 0) revert SeriesAlreadyListed(seriesId);
        _requireValid(terms);
        _terms[seriesId] = terms;
        emit SeriesListed(seriesId, terms);
    }

    /// @notice What a series promises.
    function termsOf(uint256 seriesId) public view returns (OptionsBook.Terms memory terms) {
        terms = _terms[seriesId];
        if (terms.expirySeconds == 0) revert SeriesUnknown(seriesId);
    }

    /// @notice The id of the short tokens of a series. That of the long tokens is the series' own.
    function shortIdOf(uint256 seriesId) external pure returns (uint256) {
        return seriesId | 1;
    }

    /// @notice What one unit of a series is backed by: the most that the long token can be paid, in units of
    /// the collateral.
    function maxPayoffOf(uint256 seriesId) public view returns (uint256) {
        OptionsBook.Terms memory terms = termsOf(seriesId);
        return terms.maxPayoff(_underlying(terms.asset).unitE18);
    }

    /// @notice What one unit of a token, long or short, is paid, in units of the collateral. Reverts until
    /// the expiry is settled.
    function payoffOf(uint256 tokenId) public view returns (uint256) {
        OptionsBook.Terms memory terms = termsOf(OptionsBook.seriesOf(tokenId));
        uint256 priceE8 = _settlementPrice(terms.asset, terms.expirySeconds);
        uint256 unitE18 = _underlying(terms.asset).unitE18;
        uint256 longs = terms.payoff(unitE18, priceE8);
        return OptionsBook.isShort(tokenId) ? terms.maxPayoff(unitE18) - longs : longs;
    }

    /// @dev Who writes or trades while the average builds up would do so against somebody who looks away.
    function _requireOpen(uint256 seriesId) internal view {
        uint256 closedAt = _closesAt(termsOf(seriesId).expirySeconds);
        if (block.timestamp >= closedAt) revert SeriesClosed(seriesId, closedAt);
    }

    function _requireValid(OptionsBook.Terms calldata terms) private view {
        Underlying memory underlying = _underlying(terms.asset);
        // Answers are positive; see `IPriceFeed`.
        uint256 lowestE8 = SafeCast.toUint256(underlying.feed.minAnswer());
        uint256 highestE8 = SafeCast.toUint256(underlying.feed.maxAnswer());
        if (terms.strikeE8 <= lowestE8 || terms.strikeE8 >= highestE8) {
            revert SeriesTermsInvalid("strikeE8", terms.strikeE8);
        }
        bool capFits =
            terms.isCall ? terms.capE8 > terms.strikeE8 && terms.capE8 <= highestE8 : terms.capE8 == 0;
        if (!capFits) revert SeriesTermsInvalid("capE8", terms.capE8);
        // What is averaged must be in the future as a whole: then the feed, which has an answer now, had one
        // when the window began.
        uint256 expiry = terms.expirySeconds;
        if (_closesAt(expiry) <= block.timestamp || expiry > block.timestamp + MAX_TERM_SECONDS) {
            revert SeriesTermsInvalid("expirySeconds", expiry);
        }
    }
}
