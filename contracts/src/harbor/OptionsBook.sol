// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The arithmetic of options
/// @notice Prices in 1e-8 USD, payoffs in units of the collateral (1e-6 USD) for one unit of a token, which
/// stands for a fixed fraction of the asset.
/// @dev Tokens are counted in whole units, and both the payoff of a unit and its largest payoff are whole
/// numbers. So collateral and payouts are exact products and no sum of them is rounded: what the longs do not
/// get, the shorts get, to the last 1e-6 USD.
library OptionsBook {
    /// @dev From a fraction of the asset times a feed price (1e-26 USD) to units of the collateral.
    uint256 private constant E26_PER_UNIT = 1e20;

    /// @notice What a series promises.
    /// @param asset For example bytes32("BTC").
    /// @param strikeE8 The price above which a call pays, and below which a put does.
    /// @param capE8 The price above which a call pays no more; 0 for a put.
    /// @param expirySeconds Block timestamp before which the price counts.
    /// @param isCall Whether it is a call; else it is a put.
    struct Terms {
        bytes32 asset;
        uint64 strikeE8;
        uint64 capE8;
        uint40 expirySeconds;
        bool isCall;
    }

    /// @notice The series with these terms: an even number. It is also the id of the series' long tokens; the
    /// id of its short tokens is the next number.
    function idOf(Terms memory terms) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(terms))) & ~uint256(1);
    }

    /// @notice The series that a token is of.
    function seriesOf(uint256 tokenId) internal pure returns (uint256) {
        return tokenId & ~uint256(1);
    }

    /// @notice Whether the token is short: it gets what the long token does not.
    function isShort(uint256 tokenId) internal pure returns (bool) {
        return tokenId & 1 == 1;
    }

    /// @notice The most that one unit of the long token can be paid, rounded up.
    /// @param unitE18 What one unit of a token stands for, in 1e-18 of the asset.
    function maxPayoff(Terms memory terms, uint256 unitE18) internal pure returns (uint256) {
        uint256 mostE8 = terms.isCall ? terms.capE8 - terms.strikeE8 : terms.strikeE8;
        return Math.mulDiv(mostE8, unitE18, E26_PER_UNIT, Math.Rounding.Ceil);
    }

    /// @notice What one unit of the long token is paid at a price, rounded down; never more than `maxPayoff`.
    function payoff(Terms memory terms, uint256 unitE18, uint256 priceE8) internal pure returns (uint256) {
        uint256 paysE8 = terms.isCall
            ? Math.saturatingSub(Math.min(priceE8, terms.capE8), terms.strikeE8)
            : Math.saturatingSub(terms.strikeE8, priceE8);
        return Math.mulDiv(paysE8, unitE18, E26_PER_UNIT);
    }
}
