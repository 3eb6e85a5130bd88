// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPriceHistory} from "../oracle/IPriceHistory.sol";
import {TimeWeightedPrice} from "../oracle/TimeWeightedPrice.sol";

/// @title The prices at which Harbor's options settle
/// @notice One price per asset and expiry, for all strikes: the feed's average over a window that ends at the
/// expiry. It follows from the feed's past alone, so nobody can pick it by settling early, late, or during a
/// brake. See `TimeWeightedPrice` for how far it can be bent.
///
/// When the feed was stale for more than a quarter of the window, the window moves by two hours, and again,
/// until there is one that is fit: a market that cannot be seen is settled when it can be seen, at its price
/// then. After a day without any, governance has not revived the feed either, and the average over the first
/// window stands, stale as it is. Until then nobody is paid, and nobody loses anything.
///
/// @dev A feed at its lowest or highest answer may hide a price beyond. A put then lacks at most the lowest
/// answer; a call lacks nothing, because its cap is within the feed's range.
abstract contract OptionsSettlement is Ownable {
    using SafeCast for uint256;

    /// @notice How far the window moves when the feed was stale in it, in seconds.
    uint256 public constant DEFERRAL_SECONDS = 2 hours;
    /// @notice How often it moves at most.
    uint256 public constant MAX_DEFERRALS = 12;
    /// @notice Largest share of the window for which the answer may be older than the feed's heartbeat, in
    /// hundredths of a percent.
    uint256 public constant MAX_STALE_BPS = 2_500;

    uint256 private constant BPS = 10_000;
    uint256 private constant FEED_DECIMALS = 8;
    uint256 private constant MIN_WINDOW_SECONDS = 10 minutes;
    uint256 private constant MAX_WINDOW_SECONDS = 2 hours;
    /// @dev A million of the asset. Keeps products of sizes and prices far from overflowing.
    uint256 private constant MAX_UNIT_E18 = 1e24;

    /// @dev One slot.
    struct Underlying {
        IPriceHistory feed;
        uint96 unitE18;
    }

    /// @dev One slot. `firstE8` is the average over the first window, kept when it was not fit.
    struct Settlement {
        uint64 priceE8;
        uint64 firstE8;
        uint8 deferrals;
        bool isSettled;
    }

    uint256 private immutable _windowSeconds;
    mapping(bytes32 asset => Underlying) private _underlyings;
    mapping(bytes32 asset => mapping(uint256 expirySeconds => Settlement)) private _settlements;

    /// @notice The owner admitted an asset.
    event AssetAdded(bytes32 indexed asset, address feed, uint256 unitE18);
    /// @notice All series of the asset and expiry pay by `priceE8` (8 decimals), the average over the window
    /// that ended at `endSeconds`.
    event Settled(bytes32 indexed asset, uint256 indexed expirySeconds, uint256 priceE8, uint256 endSeconds);
    /// @notice The feed was stale for `staleSeconds` of the window; the next one ends at `endSeconds`.
    event SettlementDeferred(
        bytes32 indexed asset, uint256 indexed expirySeconds, uint256 staleSeconds, uint256 endSeconds
    );

    /// @notice The window lasts between ten minutes and two hours.
    error SettlementWindowOutOfRange(uint256 windowSeconds);
    /// @notice An asset is admitted once.
    error AssetAlreadyAdded(bytes32 asset);
    /// @notice There is no such asset.
    error AssetUnknown(bytes32 asset);
    /// @notice `parameter` is out of range.
    error AssetInvalid(string parameter, uint256 value);
    /// @notice The window has not passed: it ends at `endSeconds`.
    error SettlementTooEarly(uint256 endSeconds, uint256 nowSeconds);
    /// @notice There is a price already, and it stays.
    error AlreadySettled(bytes32 asset, uint256 expirySeconds, uint256 priceE8);
    /// @notice There is no price yet.
    error NotSettled(bytes32 asset, uint256 expirySeconds);

    /// @param windowSeconds How long prices are averaged for, up to the expiry.
    constructor(uint256 windowSeconds) {
        if (windowSeconds < MIN_WINDOW_SECONDS || windowSeconds > MAX_WINDOW_SECONDS) {
            revert SettlementWindowOutOfRange(windowSeconds);
        }
        _windowSeconds = windowSeconds;
    }

    /// @notice Admits an asset, for good. Only the owner. The feed must have an answer.
    /// @param asset For example bytes32("BTC").
    /// @param unitE18 What one unit of a token stands for, in 1e-18 of the asset: the smallest trade, and
    /// large enough that the payoff of a unit may be rounded to 1e-6 USD.
    function addAsset(bytes32 asset, IPriceHistory feed, uint96 unitE18) external onlyOwner {
        if (_underlyings[asset].unitE18 != 0) revert AssetAlreadyAdded(asset);
        if (unitE18 == 0 || unitE18 > MAX_UNIT_E18) revert AssetInvalid("unitE18", unitE18);
        uint256 decimals = feed.decimals();
        if (decimals != FEED_DECIMALS) revert AssetInvalid("feed.decimals", decimals);
        feed.latestRoundData();
        _underlyings[asset] = Underlying(feed, unitE18);
        emit AssetAdded(asset, address(feed), unitE18);
    }

    /// @notice Fixes the price for an asset and an expiry, or moves the window when the feed was stale in it.
    /// Anyone may call, once the window has passed. No level of the brake stops it.
    /// @param roundAtStart The feed's round that stood when the window began; see `settlementRounds`.
    /// @param roundAtEnd The feed's round that stood when it ended. The feed refuses wrong rounds.
    function settle(bytes32 asset, uint256 expirySeconds, uint80 roundAtStart, uint80 roundAtEnd) external {
        IPriceHistory feed = _underlying(asset).feed;
        Settlement memory settlement = _settlements[asset][expirySeconds];
        if (settlement.isSettled) revert AlreadySettled(asset, expirySeconds, settlement.priceE8);
        (uint256 start, uint256 end) = settlementWindow(asset, expirySeconds);
        if (block.timestamp <= end) revert SettlementTooEarly(end, block.timestamp);
        (uint256 averageE8, uint256 staleSeconds) =
            TimeWeightedPrice.over(feed, roundAtStart, roundAtEnd, start, end);

        if (settlement.deferrals == 0) settlement.firstE8 = averageE8.toUint64();
        bool isFit = staleSeconds * BPS <= _windowSeconds * MAX_STALE_BPS;
        if (isFit || settlement.deferrals == MAX_DEFERRALS) {
            settlement.isSettled = true;
            settlement.priceE8 = isFit ? averageE8.toUint64() : settlement.firstE8;
            emit Settled(asset, expirySeconds, settlement.priceE8, isFit ? end : expirySeconds);
        } else {
            settlement.deferrals += 1;
            emit SettlementDeferred(asset, expirySeconds, staleSeconds, end + DEFERRAL_SECONDS);
        }
        _settlements[asset][expirySeconds] = settlement;
    }

    /// @notice An asset's feed, and what one unit of a token stands for, in 1e-18 of the asset.
    function assetOf(bytes32 asset) external view returns (IPriceHistory feed, uint256 unitE18) {
        Underlying memory underlying = _underlying(asset);
        return (underlying.feed, underlying.unitE18);
    }

    /// @notice How long prices are averaged for, in seconds.
    function settlementWindowSeconds() external view returns (uint256) {
        return _windowSeconds;
    }

    /// @notice The state of an asset and an expiry.
    /// @return isSettled Whether there is a price.
    /// @return priceE8 The price, 8 decimals; 0 until there is one.
    /// @return deferrals How often the window has moved.
    function settlementOf(bytes32 asset, uint256 expirySeconds)
        external
        view
        returns (bool isSettled, uint256 priceE8, uint256 deferrals)
    {
        Settlement memory settlement = _settlements[asset][expirySeconds];
        return (settlement.isSettled, settlement.priceE8, settlement.deferrals);
    }

    /// @notice The rounds to call `settle` with, once the window has passed.
    function settlementRounds(bytes32 asset, uint256 expirySeconds)
        external
        view
        returns (uint80 roundAtStart, uint80 roundAtEnd)
    {
        IPriceHistory feed = _underlying(asset).feed;
        (uint256 start, uint256 end) = settlementWindow(asset, expirySeconds);
        return (feed.roundAt(start), feed.roundAt(end));
    }

    /// @notice The window that counts as things stand: from `startSeconds`, this second included, to
    /// `endSeconds`, this second excluded.
    function settlementWindow(bytes32 asset, uint256 expirySeconds)
        public
        view
        returns (uint256 startSeconds, uint256 endSeconds)
    {
        endSeconds = expirySeconds + _settlements[asset][expirySeconds].deferrals * DEFERRAL_SECONDS;
        startSeconds = Math.saturatingSub(endSeconds, _windowSeconds);
    }

    /// @dev When the first window begins, whether or not it will move: from then on a part of the price is
    /// known.
    function _closesAt(uint256 expirySeconds) internal view returns (uint256) {
        return Math.saturatingSub(expirySeconds, _windowSeconds);
    }

    /// @dev The price, 8 decimals. Reverts until there is one.
    function _settlementPrice(bytes32 asset, uint256 expirySeconds) internal view returns (uint256) {
        Settlement memory settlement = _settlements[asset][expirySeconds];
        if (!settlement.isSettled) revert NotSettled(asset, expirySeconds);
        return settlement.priceE8;
    }

    function _underlying(bytes32 asset) internal view returns (Underlying memory underlying) {
        underlying = _underlyings[asset];
        if (underlying.unitE18 == 0) revert AssetUnknown(asset);
    }
}
