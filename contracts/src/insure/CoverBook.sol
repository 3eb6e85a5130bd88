// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PoolLedger} from "./PoolLedger.sol";
import {PremiumStream} from "./PremiumStream.sol";

/// @title Which cover was sold, and what the pool holds for it
/// @notice The owner lists protocols; the owner or its pricer sets a rate for each, within bounds. Anyone can
/// then buy cover for a listed protocol, to the benefit of the address that the owner listed with it.
/// @dev All amounts in units of the asset. The active cover C is reserved until it was paid or the time for
/// claims has passed; it is sold, and underwriters leave, only as long as C <= u * A, where A is what belongs
/// to the underwriters and u <= 100 % the utilisation. Else A falls only by what is paid for claims, which
/// takes as much off C. So C <= A always: the pool can pay all cover it sold, at once.
abstract contract CoverBook is Ownable, PoolLedger {
    using PremiumStream for PremiumStream.Stream;
    using SafeCast for uint256;

    uint256 internal constant BPS = 10_000;
    uint256 private constant YEAR_SECONDS = 365 days;
    uint256 private constant MAX_PERIOD_SECONDS = 52 weeks;

    /// @notice What is fixed about cover.
    /// @param minRateBps Lowest premium, in hundredths of a percent of the cover per year.
    /// @param maxRateBps Highest premium, likewise.
    /// @param utilisationBps Most cover per underwriters' assets, in hundredths of a percent, at most 10,000.
    /// @param claimWindowSeconds How long after an incident it can be claimed.
    struct CoverTerms {
        uint16 minRateBps;
        uint16 maxRateBps;
        uint16 utilisationBps;
        uint32 claimWindowSeconds;
    }

    /// @notice A protocol that can be covered.
    /// @param beneficiary Who gets what is paid; zero when the protocol was never listed.
    /// @param rateBps Premium in hundredths of a percent of the cover per year; 0 while none is for sale.
    /// @param cap Most cover at any time.
    /// @param covered Active cover.
    struct Protocol {
        address beneficiary;
        uint16 rateBps;
        uint128 cap;
        uint128 covered;
    }

    /// @notice Cover that was bought.
    /// @param protocol For which protocol; zero when there is no such cover, or none any more.
    /// @param startSeconds Incidents after this block timestamp are covered,
    /// @param endSeconds and before this one.
    /// @param openClaims Claims that are not decided.
    /// @param amount What can still be paid.
    struct Cover {
        address protocol;
        uint40 startSeconds;
        uint40 endSeconds;
        uint16 openClaims;
        uint128 amount;
    }

    uint16 private immutable _minRateBps;
    uint16 private immutable _maxRateBps;
    uint16 private immutable _utilisationBps;
    uint32 private immutable _claimWindowSeconds;

    address private _pricer;
    mapping(address protocol => Protocol) private _protocols;
    mapping(uint256 coverId => Cover) private _covers;
    uint256 private _coverCount;
    uint256 private _activeCover;
    PremiumStream.Stream private _premiums;

    /// @notice The owner named who may set rates.
    event PricerSet(address indexed pricer);
    /// @notice The owner listed a protocol, or changed its listing.
    event ProtocolListed(address indexed protocol, address indexed beneficiary, uint256 cap);
    /// @notice The premium for new cover of a protocol changed.
    event RateSet(address indexed protocol, uint256 rateBps);
    /// @notice Cover was bought.
    event CoverBought(
        uint256 indexed coverId,
        address indexed protocol,
        address indexed buyer,
        uint256 amount,
        uint256 premium,
        uint256 endSeconds
    );
    /// @notice The time for claims has passed; `amount` is no longer reserved.
    event CoverReleased(uint256 indexed coverId, uint256 amount);

    /// @notice Rates are at most 10,000 hundredths of a percent and in order, the utilisation is 1 to 10,000,
    /// and there is time to claim.
    error CoverTermsOutOfRange(CoverTerms terms);
    /// @notice Only the pricer or the owner may do this.
    error CallerNotPricer(address caller, address pricer);
    /// @notice The owner did not list the protocol.
    error ProtocolNotListed(address protocol);
    /// @notice A listed protocol is one, and has somebody who is paid.
    error ListingIncomplete(address protocol, address beneficiary);
    /// @notice The rate must be 0, which stops the sale, or within the bounds.
    error RateOutOfRange(uint256 rateBps, uint256 minBps, uint256 maxBps);
    /// @notice No cover of the protocol is for sale.
    error RateNotSet(address protocol);
    /// @notice Cover must be of something.
    error CoverZero();
    /// @notice Cover ends at the turn of a week, at least one and at most 52 weeks ahead.
    error CoverEndOutOfRange(uint256 endSeconds, uint256 minSeconds, uint256 maxSeconds);
    /// @notice The protocol or the pool cannot take as much.
    error CapacityExceeded(uint256 amount, uint256 capacity);
    /// @notice The premium is higher than the buyer would pay.
    error PremiumTooHigh(uint256 premium, uint256 premiumMax);
    /// @notice There is no such cover, or none any more.
    error CoverUnknown(uint256 coverId);
    /// @notice Cover is reserved until its time for claims has passed, a block timestamp, and its claims are
    /// decided.
    error CoverNotReleasable(uint256 coverId, uint256 releasableAtSeconds, uint256 openClaims);

    constructor(CoverTerms memory terms) {
        bool ratesFit =
            terms.minRateBps > 0 && terms.minRateBps <= terms.maxRateBps && terms.maxRateBps <= BPS;
        bool utilisationFits = terms.utilisationBps > 0 && terms.utilisationBps <= BPS;
        if (!ratesFit || !utilisationFits || terms.claimWindowSeconds == 0) {
            revert CoverTermsOutOfRange(terms);
        }
        _minRateBps = terms.minRateBps;
        _maxRateBps = terms.maxRateBps;
        _utilisationBps = terms.utilisationBps;
        _claimWindowSeconds = terms.claimWindowSeconds;
    }

    /// @notice Names who may set rates beside the owner. Only the owner.
    function setPricer(address pricer_) external onlyOwner {
        _pricer = pricer_;
        emit PricerSet(pricer_);
    }

    /// @notice Lists a protocol, or changes its listing. Only the owner. What was sold is not touched, but
    /// for who gets what is paid.
    /// @param cap Most cover at any time; 0 stops the sale.
    function listProtocol(address protocol, address beneficiary, uint128 cap) external onlyOwner {
        if (protocol == address(0) || beneficiary == address(0)) {
            revert ListingIncomplete(protocol, beneficiary);
        }
        _protocols[protocol].beneficiary = beneficiary;
        _protocols[protocol].cap = cap;
        emit ProtocolListed(protocol, beneficiary, cap);
    }

    /// @notice Sets the premium for new cover of a protocol. Only the pricer or the owner.
    /// @param rateBps Hundredths of a percent of the cover per year, within the bounds; 0 stops the sale.
    function setRate(address protocol, uint16 rateBps) external {
        if (msg.sender != _pricer && msg.sender != owner()) revert CallerNotPricer(msg.sender, _pricer);
        if (_protocols[protocol].beneficiary == address(0)) revert ProtocolNotListed(protocol);
        if (rateBps != 0 && (rateBps < _minRateBps || rateBps > _maxRateBps)) {
            revert RateOutOfRange(rateBps, _minRateBps, _maxRateBps);
        }
        _protocols[protocol].rateBps = rateBps;
        emit RateSet(protocol, rateBps);
    }

    /// @notice Buys cover of a protocol from the caller's tokens. Anyone may.
    /// @param endSeconds Turn of a week (a multiple of 604,800), at least a week and at most 52 ahead.
    /// @param premiumMax Most that the caller pays.
    /// @return coverId Number of the cover, the first is 1.
    function buyCover(address protocol, uint128 amount, uint256 endSeconds, uint256 premiumMax)
        external
        nonReentrant
        returns (uint256 coverId)
    {
        uint256 premium = premiumFor(protocol, amount, endSeconds);
        if (premium > premiumMax) revert PremiumTooHigh(premium, premiumMax);
        uint256 capacity = capacityFor(protocol);
        if (amount > capacity) revert CapacityExceeded(amount, capacity);

        coverId = ++_coverCount;
        _covers[coverId] = Cover({
            protocol: protocol,
            startSeconds: uint40(block.timestamp),
            endSeconds: uint40(endSeconds),
            openClaims: 0,
            amount: amount
        });
        _activeCover += amount;
        _protocols[protocol].covered += amount;
        _premiums.start(premium, endSeconds);
        emit CoverBought(coverId, protocol, msg.sender, amount, premium, endSeconds);
        _bookIn(msg.sender, premium);
    }

    /// @notice Frees what is reserved for a cover once it can no longer be claimed. Anyone may.
    function releaseCover(uint256 coverId) external {
        Cover memory cover = _coverOf(coverId);
        uint256 releasableAt = uint256(cover.endSeconds) + _claimWindowSeconds;
        if (block.timestamp <= releasableAt || cover.openClaims != 0) {
            revert CoverNotReleasable(coverId, releasableAt, cover.openClaims);
        }
        _activeCover -= cover.amount;
        _protocols[cover.protocol].covered -= cover.amount;
        delete _covers[coverId];
        emit CoverReleased(coverId, cover.amount);
    }

    /// @notice Premium of new cover, rounded up. Reverts when no such cover is for sale.
    function premiumFor(address protocol, uint256 amount, uint256 endSeconds) public view returns (uint256) {
        uint256 rateBps = _protocols[protocol].rateBps;
        if (rateBps == 0) revert RateNotSet(protocol);
        if (amount == 0) revert CoverZero();
        uint256 minEnd = block.timestamp + PremiumStream.WEEK_SECONDS;
        uint256 maxEnd = block.timestamp + MAX_PERIOD_SECONDS;
        if (endSeconds < minEnd || endSeconds > maxEnd || endSeconds % PremiumStream.WEEK_SECONDS != 0) {
            revert CoverEndOutOfRange(endSeconds, minEnd, maxEnd);
        }
        uint256 duration = endSeconds - block.timestamp;
        return Math.mulDiv(amount, rateBps * duration, BPS * YEAR_SECONDS, Math.Rounding.Ceil);
    }

    /// @notice Most cover of a protocol that can be bought now. What underwriters asked to take out is not
    /// there to be sold.
    function capacityFor(address protocol) public view returns (uint256) {
        Protocol memory listed = _protocols[protocol];
        uint256 staying = Math.saturatingSub(_underwritten(), _leaving());
        uint256 sellable = Math.mulDiv(staying, _utilisationBps, BPS);
        return
            Math.min(
                Math.saturatingSub(listed.cap, listed.covered), Math.saturatingSub(sellable, _activeCover)
            );
    }

    /// @notice What is fixed about cover.
    function coverTerms() external view returns (CoverTerms memory) {
        return CoverTerms(_minRateBps, _maxRateBps, _utilisationBps, _claimWindowSeconds);
    }

    /// @notice Who may set rates beside the owner.
    function pricer() external view returns (address) {
        return _pricer;
    }

    /// @notice A protocol's listing; all zero when it has none.
    function protocolOf(address protocol) external view returns (Protocol memory) {
        return _protocols[protocol];
    }

    /// @notice A cover; all zero when there is none, or none any more.
    function coverOf(uint256 coverId) external view returns (Cover memory) {
        return _covers[coverId];
    }

    /// @notice Number of covers ever bought; the last one's number.
    function coverCount() external view returns (uint256) {
        return _coverCount;
    }

    /// @notice What all active cover could still be paid, together.
    function activeCover() public view returns (uint256) {
        return _activeCover;
    }

    /// @notice Premiums paid and not earned yet, rounded up.
    function unearnedPremium() external view returns (uint256) {
        return _premiums.unearned();
    }

    /// @dev What belongs to the underwriters: booked and earned, as far as it is really there.
    function _underwritten() internal view returns (uint256) {
        return Math.saturatingSub(_backedAssets(), _premiums.unearned());
    }

    /// @dev What underwriters may take out now.
    function _withdrawable() internal view returns (uint256) {
        uint256 reserved = Math.mulDiv(_activeCover, BPS, _utilisationBps, Math.Rounding.Ceil);
        return Math.saturatingSub(_underwritten(), reserved);
    }

    function _claimWindow() internal view returns (uint256) {
        return _claimWindowSeconds;
    }

    /// @dev Reverts when there is no such cover.
    function _coverOf(uint256 coverId) internal view returns (Cover memory cover) {
        cover = _covers[coverId];
        if (cover.protocol == address(0)) revert CoverUnknown(coverId);
    }

    /// @dev A claim was opened, or decided. Cover with open claims is not released.
    function _countClaim(uint256 coverId, bool opened) internal {
        if (opened) ++_covers[coverId].openClaims;
        else --_covers[coverId].openClaims;
    }

    /// @dev Pays a loss out of a cover, to the credit of its beneficiary. Should the pool hold less than all
    /// active cover, which takes the token's issuer to seize some, each cover gets the same share of its
    /// amount, in whatever order they are paid.
    function _payLoss(uint256 coverId, uint256 loss) internal returns (uint256 paid) {
        Cover storage cover = _covers[coverId];
        uint256 due = Math.min(loss, cover.amount);
        uint256 assets = _underwritten();
        paid = assets < _activeCover ? Math.mulDiv(due, assets, _activeCover) : due;

        cover.amount -= due.toUint128();
        _activeCover -= due;
        _protocols[cover.protocol].covered -= due.toUint128();
        _creditFromBooked(_protocols[cover.protocol].beneficiary, paid);
    }

    /// @dev What underwriters asked to take out and have not taken, in units of the asset.
    function _leaving() internal view virtual returns (uint256);
}
