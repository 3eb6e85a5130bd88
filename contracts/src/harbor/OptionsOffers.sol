// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {OptionsBook} from "./OptionsBook.sol";
import {OptionsSeries} from "./OptionsSeries.sol";

/// @title Tokens for sale
/// @notice Whoever has tokens, a writer of the longs just written for example, offers them at a premium;
/// whoever pays it gets them. The tokens wait here; the premium goes straight to the seller.
/// @dev The brake, reduce-only or higher, stops offering and taking. Cancelling never stops: it returns
/// tokens, not money, and nobody can be held to a price while the market moves.
abstract contract OptionsOffers is OptionsSeries, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @param seller Who offers; the zero address when there is nothing left.
    /// @param tokenId What is for sale.
    /// @param units How many are left.
    /// @param premium For one of them, in units of the collateral.
    struct Offer {
        address seller;
        uint256 tokenId;
        uint128 units;
        uint128 premium;
    }

    IERC20 private immutable _collateral;
    uint256 private _offersMade;
    mapping(uint256 offerId => Offer) private _offers;

    /// @notice Somebody offers `units` of a token for `premium` each.
    event Offered(
        uint256 indexed offerId,
        address indexed seller,
        uint256 indexed tokenId,
        uint256 units,
        uint256 premium
    );
    /// @notice Somebody bought `units` of an offer for `paid` together.
    event Taken(uint256 indexed offerId, address indexed buyer, uint256 units, uint256 paid);
    /// @notice The seller took back what was left.
    event Cancelled(uint256 indexed offerId, uint256 units);

    /// @notice Tokens come in whole units, at least one.
    error UnitsZero();
    /// @notice The offer has fewer units than were asked for; none if there is no such offer.
    error OfferTooSmall(uint256 offerId, uint256 requested, uint256 units);
    /// @notice Only the seller may do this.
    error CallerNotSeller(address caller, address seller);

    /// @param collateral_ What premiums are paid in.
    constructor(IERC20 collateral_) {
        _collateral = collateral_;
    }

    /// @notice Offers `units` of a token, which the caller holds, at `premium` each. Until the series closes.
    /// @return offerId Numbers from 1 on.
    function offer(uint256 tokenId, uint128 units, uint128 premium)
        external
        nonReentrant
        unlessReduceOnly
        returns (uint256 offerId)
    {
        if (units == 0) revert UnitsZero();
        _requireOpen(OptionsBook.seriesOf(tokenId));
        offerId = ++_offersMade;
        _offers[offerId] = Offer(msg.sender, tokenId, units, premium);
        _transfer(msg.sender, address(this), tokenId, units);
        emit Offered(offerId, msg.sender, tokenId, units, premium);
    }

    /// @notice Buys `units` of an offer at its premium, which the caller has allowed. Until the series
    /// closes.
    function take(uint256 offerId, uint128 units) external nonReentrant unlessReduceOnly {
        Offer memory taken = _offers[offerId];
        if (units == 0) revert UnitsZero();
        if (units > taken.units) revert OfferTooSmall(offerId, units, taken.units);
        _requireOpen(OptionsBook.seriesOf(taken.tokenId));

        if (units == taken.units) delete _offers[offerId];
        else _offers[offerId].units = taken.units - units;
        uint256 paid = uint256(units) * taken.premium;
        _transfer(address(this), msg.sender, taken.tokenId, units);
        emit Taken(offerId, msg.sender, units, paid);
        _collateral.safeTransferFrom(msg.sender, taken.seller, paid);
    }

    /// @notice Takes back what is left of the caller's offer, at any time.
    function cancel(uint256 offerId) external nonReentrant {
        Offer memory left = _offers[offerId];
        if (msg.sender != left.seller) revert CallerNotSeller(msg.sender, left.seller);
        delete _offers[offerId];
        _transfer(address(this), msg.sender, left.tokenId, left.units);
        emit Cancelled(offerId, left.units);
    }

    /// @notice An offer; all zero when nothing is left of it.
    function offerOf(uint256 offerId) external view returns (Offer memory) {
        return _offers[offerId];
    }

    /// @notice The token that collateral, premiums and payouts are paid in.
    function collateral() public view returns (IERC20) {
        return _collateral;
    }
}
