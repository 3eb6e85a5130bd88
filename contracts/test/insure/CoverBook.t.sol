// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {CoverBook} from "../../src/insure/CoverBook.sol";
import {InsurancePool} from "../../src/insure/InsurancePool.sol";
import {InsuranceFixture} from "./InsuranceFixture.sol";

contract CoverBookTest is InsuranceFixture {
    address private constant STRANGER = address(0x5744);
    address private constant PRICER = address(0x9135);

    function setUp() external {
        _deployInsurance();
        _underwrite(UNA, 1_000_000e6);
    }

    function test_listsAProtocol() external {
        vm.expectEmit(address(pool));
        emit CoverBook.ProtocolListed(address(0x1), address(0x2), 5e6);
        pool.listProtocol(address(0x1), address(0x2), 5e6);
        CoverBook.Protocol memory listed = pool.protocolOf(address(0x1));
        vm.assertEq(listed.beneficiary, address(0x2));
        vm.assertEq(uint256(listed.cap), 5e6);
        vm.assertEq(uint256(listed.rateBps), 0);

        address[2] memory incomplete = [address(0x3), address(0)];
        for (uint256 i = 0; i < 2; ++i) {
            (address protocol, address beneficiary) = (incomplete[i], incomplete[1 - i]);
            vm.expectRevert(
                abi.encodeWithSelector(CoverBook.ListingIncomplete.selector, protocol, beneficiary)
            );
            pool.listProtocol(protocol, beneficiary, 5e6);
        }
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        pool.listProtocol(STRANGER, STRANGER, 5e6);
    }

    function test_thePricerSetsRatesWithinBounds() external {
        vm.prank(PRICER);
        vm.expectRevert(abi.encodeWithSelector(CoverBook.CallerNotPricer.selector, PRICER, address(0)));
        pool.setRate(PROTOCOL, 500);
        vm.expectEmit(address(pool));
        emit CoverBook.PricerSet(PRICER);
        pool.setPricer(PRICER);
        vm.assertEq(pool.pricer(), PRICER);

        vm.startPrank(PRICER);
        vm.expectEmit(address(pool));
        emit CoverBook.RateSet(PROTOCOL, 500);
        pool.setRate(PROTOCOL, 500);
        vm.assertEq(uint256(pool.protocolOf(PROTOCOL).rateBps), 500);
        uint16[2] memory rates = [MIN_RATE_BPS - 1, MAX_RATE_BPS + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    CoverBook.RateOutOfRange.selector, rates[i], MIN_RATE_BPS, MAX_RATE_BPS
                )
            );
            pool.setRate(PROTOCOL, rates[i]);
        }
        pool.setRate(PROTOCOL, MIN_RATE_BPS);
        pool.setRate(PROTOCOL, MAX_RATE_BPS);
        pool.setRate(PROTOCOL, 0);
        vm.expectRevert(abi.encodeWithSelector(CoverBook.ProtocolNotListed.selector, STRANGER));
        pool.setRate(STRANGER, 500);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, PRICER));
        pool.setPricer(STRANGER);
    }

    function test_sellsCover() external {
        uint256 end = _turn(10);
        uint256 premium = pool.premiumFor(PROTOCOL, 500_000e6, end);
        // 4 % a year, for the time that is left.
        vm.assertApproxEqAbs(premium, 500_000e6 * 4 * (end - block.timestamp) / (100 * 365 days), 1);
        vm.assertEq(pool.capacityFor(PROTOCOL), 800_000e6);
        _fund(BUYER, premium);
        vm.expectEmit(address(pool));
        emit CoverBook.CoverBought(1, PROTOCOL, BUYER, 500_000e6, premium, end);
        vm.prank(BUYER);
        pool.buyCover(PROTOCOL, 500_000e6, end, premium);

        CoverBook.Cover memory cover = pool.coverOf(1);
        vm.assertEq(cover.protocol, PROTOCOL);
        vm.assertEq(uint256(cover.startSeconds), block.timestamp);
        vm.assertEq(uint256(cover.endSeconds), end);
        vm.assertEq(uint256(cover.amount), 500_000e6);
        vm.assertEq(pool.coverCount(), 1);
        vm.assertEq(pool.activeCover(), 500_000e6);
        vm.assertEq(uint256(pool.protocolOf(PROTOCOL).covered), 500_000e6);
        vm.assertEq(pool.capacityFor(PROTOCOL), 300_000e6);
        vm.assertEq(pool.unearnedPremium(), premium);
        _assertSolvent();
    }

    function test_premiumsAreEarnedOverThePeriod() external {
        uint256 before = pool.totalAssets();
        _buyCover(500_000e6, 10);
        uint256 premium = pool.unearnedPremium();
        // Nothing at once: who deposits now does not share in it yet, and who is there does not have it yet.
        vm.assertEq(pool.totalAssets(), before);
        uint256 end = pool.coverOf(1).endSeconds;
        vm.warp(block.timestamp + (end - block.timestamp) / 2);
        vm.assertApproxEqAbs(pool.totalAssets(), before + premium / 2, 1);
        vm.warp(end);
        vm.assertEq(pool.totalAssets(), before + premium);
        vm.assertEq(pool.unearnedPremium(), 0);
    }

    function test_comingForThePremiumGainsNothing() external {
        _fund(UDO, 9_000_000e6);
        vm.prank(UDO);
        uint256 shares = pool.deposit(9_000_000e6, UDO);
        _buyCover(800_000e6, 51);
        vm.assertLe(pool.convertToAssets(shares), 9_000_000e6);
        // A day later, it earned its share of a day.
        uint256 dayShare = pool.unearnedPremium() * 1 days / (pool.coverOf(1).endSeconds - block.timestamp);
        vm.warp(block.timestamp + 1 days);
        vm.assertLe(pool.convertToAssets(shares), 9_000_000e6 + dayShare * 9 / 10 + 1);
    }

    function test_refusesWhatIsNotForSale() external {
        uint256 end = _turn(2);
        vm.expectRevert(abi.encodeWithSelector(CoverBook.RateNotSet.selector, STRANGER));
        pool.premiumFor(STRANGER, 1e6, end);
        vm.expectRevert(abi.encodeWithSelector(CoverBook.CoverZero.selector));
        pool.premiumFor(PROTOCOL, 0, end);
        pool.setRate(PROTOCOL, 0);
        vm.expectRevert(abi.encodeWithSelector(CoverBook.RateNotSet.selector, PROTOCOL));
        pool.buyCover(PROTOCOL, 1e6, end, 1e6);
    }

    function test_refusesAnEndOutOfRange() external {
        // Six days and a bit, 53 weeks, and not a turn.
        uint256 soon = (block.timestamp / 1 weeks + 1) * 1 weeks;
        vm.warp(soon - 6 days);
        uint256[3] memory ends = [soon, soon + 52 weeks, soon + 2 weeks + 1];
        for (uint256 i = 0; i < ends.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    CoverBook.CoverEndOutOfRange.selector,
                    ends[i],
                    block.timestamp + 1 weeks,
                    block.timestamp + 52 weeks
                )
            );
            pool.premiumFor(PROTOCOL, 1e6, ends[i]);
        }
        pool.premiumFor(PROTOCOL, 1e6, soon + 1 weeks);
        pool.premiumFor(PROTOCOL, 1e6, soon + 51 weeks);
    }

    function test_refusesAPremiumAboveTheBuyersLimit() external {
        uint256 end = _turn(2);
        uint256 premium = pool.premiumFor(PROTOCOL, 1e6, end);
        vm.expectRevert(abi.encodeWithSelector(CoverBook.PremiumTooHigh.selector, premium, premium - 1));
        pool.buyCover(PROTOCOL, 1e6, end, premium - 1);
    }

    function test_sellsNoMoreThanTheUtilisation() external {
        uint256 end = _turn(2);
        vm.expectRevert(abi.encodeWithSelector(CoverBook.CapacityExceeded.selector, 800_000e6 + 1, 800_000e6));
        pool.buyCover(PROTOCOL, 800_000e6 + 1, end, type(uint256).max);
        _buyCover(800_000e6, 2);
        vm.assertEq(pool.capacityFor(PROTOCOL), 0);
    }

    function test_sellsNoMoreThanTheProtocolsCap() external {
        pool.listProtocol(PROTOCOL, BENEFICIARY, 100e6);
        vm.assertEq(pool.capacityFor(PROTOCOL), 100e6);
        _buyCover(60e6, 2);
        vm.assertEq(pool.capacityFor(PROTOCOL), 40e6);
        pool.listProtocol(PROTOCOL, BENEFICIARY, 50e6);
        vm.assertEq(pool.capacityFor(PROTOCOL), 0);
    }

    function test_whatIsAskedForIsNotSold() external {
        _request(UNA, pool.balanceOf(UNA) / 2);
        vm.assertEq(pool.capacityFor(PROTOCOL), 400_000e6);
        _request(UNA, 0);
        vm.assertEq(pool.capacityFor(PROTOCOL), 800_000e6);
    }

    function test_releasesCoverOnceItCannotBeClaimed() external {
        uint256 coverId = _buyCover(500_000e6, 2);
        uint256 releasableAt = pool.coverOf(coverId).endSeconds + CLAIM_WINDOW;
        vm.warp(releasableAt);
        vm.expectRevert(
            abi.encodeWithSelector(CoverBook.CoverNotReleasable.selector, coverId, releasableAt, 0)
        );
        pool.releaseCover(coverId);
        vm.warp(releasableAt + 1);
        vm.expectEmit(address(pool));
        emit CoverBook.CoverReleased(coverId, 500_000e6);
        vm.prank(STRANGER);
        pool.releaseCover(coverId);
        vm.assertEq(pool.activeCover(), 0);
        vm.assertEq(uint256(pool.protocolOf(PROTOCOL).covered), 0);
        vm.expectRevert(abi.encodeWithSelector(CoverBook.CoverUnknown.selector, coverId));
        pool.releaseCover(coverId);
    }

    function test_coverWithAnOpenClaimIsNotReleased() external {
        uint256 coverId = _buyCover(500_000e6, 2);
        uint256 end = pool.coverOf(coverId).endSeconds;
        vm.warp(end - 1);
        uint256 claimId = _openClaim(_loss(coverId, 100e6));
        _challenge(claimId);
        vm.warp(end + CLAIM_WINDOW + 1);
        vm.expectRevert(
            abi.encodeWithSelector(CoverBook.CoverNotReleasable.selector, coverId, end + CLAIM_WINDOW, 1)
        );
        pool.releaseCover(coverId);
        pool.decide(claimId, true);
        pool.releaseCover(coverId);
        vm.assertEq(pool.activeCover(), 0);
    }

    function test_refusesTermsOutOfRange() external {
        CoverBook.CoverTerms memory terms = pool.coverTerms();
        vm.assertEq(uint256(terms.utilisationBps), UTILISATION_BPS);
        terms.minRateBps = 0;
        _refuseTerms(terms);
        terms = _coverTerms();
        terms.minRateBps = terms.maxRateBps + 1;
        _refuseTerms(terms);
        terms = _coverTerms();
        terms.maxRateBps = 10_001;
        _refuseTerms(terms);
        terms = _coverTerms();
        terms.utilisationBps = 10_001;
        _refuseTerms(terms);
        terms.utilisationBps = 0;
        _refuseTerms(terms);
        terms = _coverTerms();
        terms.claimWindowSeconds = 0;
        _refuseTerms(terms);
    }

    function testFuzz_theBuyerNeverPaysLessThanTheRate(uint128 amount, uint256 weeks_, uint16 rate) external {
        amount = uint128(bound(amount, 1, type(uint128).max));
        rate = uint16(bound(rate, MIN_RATE_BPS, MAX_RATE_BPS));
        pool.setRate(PROTOCOL, rate);
        uint256 end = _turn(bound(weeks_, 1, 51));
        uint256 premium = pool.premiumFor(PROTOCOL, amount, end);
        vm.assertGe(premium * (10_000 * uint256(365 days)), uint256(amount) * rate * (end - block.timestamp));
        vm.assertGt(premium, 0);
    }

    function _refuseTerms(CoverBook.CoverTerms memory terms) private {
        vm.expectRevert(abi.encodeWithSelector(CoverBook.CoverTermsOutOfRange.selector, terms));
        new InsurancePool(usd, address(this), registry, terms, _claimTerms(), _exitTerms());
    }
}
