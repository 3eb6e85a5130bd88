// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {OptionsOffers} from "../../src/harbor/OptionsOffers.sol";
import {OptionsSeries} from "../../src/harbor/OptionsSeries.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {OptionsFixture} from "./OptionsFixture.sol";

contract OptionsOffersTest is OptionsFixture {
    uint256 private offerId;

    function setUp() external {
        _deployOptions(new TestDollar(address(this)));
        _write(ALICE, call_, 10);
        vm.prank(ALICE);
        offerId = options.offer(call_, 6, 3e6);
        usd.mint(BOB, 100e6);
        vm.prank(BOB);
        usd.approve(address(options), 100e6);
    }

    function _take(uint128 units) private {
        vm.prank(BOB);
        options.take(offerId, units);
    }

    function test_tokensOfferedWaitHere() external {
        vm.expectEmit(address(options));
        emit OptionsOffers.Offered(2, ALICE, call_ + 1, 1, 45e6);
        vm.prank(ALICE);
        vm.assertEq(options.offer(call_ + 1, 1, 45e6), 2);
        vm.assertEq(options.balanceOf(ALICE, call_), 4);
        vm.assertEq(options.balanceOf(address(options), call_), 6);
        OptionsOffers.Offer memory left = options.offerOf(offerId);
        vm.assertEq(left.seller, ALICE);
        vm.assertEq(left.tokenId, call_);
        vm.assertEq(uint256(left.units), 6);
        vm.assertEq(uint256(left.premium), 3e6);
    }

    function test_thePremiumGoesStraightToTheSeller() external {
        vm.expectEmit(address(options));
        emit OptionsOffers.Taken(offerId, BOB, 2, 6e6);
        _take(2);
        vm.assertEq(usd.balanceOf(ALICE), 6e6);
        vm.assertEq(usd.balanceOf(BOB), 94e6);
        vm.assertEq(options.balanceOf(BOB, call_), 2);
        vm.assertEq(uint256(options.offerOf(offerId).units), 4);
        _assertBooks();
        _take(4);
        vm.assertEq(usd.balanceOf(ALICE), 18e6);
        // Nothing of it is left.
        vm.assertEq(options.offerOf(offerId).seller, address(0));
        vm.expectRevert(abi.encodeWithSelector(OptionsOffers.OfferTooSmall.selector, offerId, 1, 0));
        _take(1);
    }

    function test_nobodyTakesMoreThanThereIs() external {
        vm.expectRevert(abi.encodeWithSelector(OptionsOffers.OfferTooSmall.selector, offerId, 7, 6));
        _take(7);
        vm.expectRevert(OptionsOffers.UnitsZero.selector);
        _take(0);
        vm.expectRevert(abi.encodeWithSelector(OptionsOffers.OfferTooSmall.selector, 99, 1, 0));
        vm.prank(BOB);
        options.take(99, 1);
        // Who cannot pay gets nothing.
        vm.expectRevert();
        vm.prank(STRANGER);
        options.take(offerId, 1);
    }

    function test_nobodyOffersWhatHeDoesNotHave() external {
        vm.expectRevert(
            abi.encodeWithSelector(ERC6909.ERC6909InsufficientBalance.selector, ALICE, 4, 5, call_)
        );
        vm.prank(ALICE);
        options.offer(call_, 5, 1);
        vm.expectRevert(OptionsOffers.UnitsZero.selector);
        vm.prank(ALICE);
        options.offer(call_, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(OptionsSeries.SeriesUnknown.selector, 6));
        vm.prank(ALICE);
        options.offer(7, 1, 1);
    }

    function test_theSellerTakesBackWhatIsLeft() external {
        _take(1);
        vm.expectRevert(abi.encodeWithSelector(OptionsOffers.CallerNotSeller.selector, BOB, ALICE));
        vm.prank(BOB);
        options.cancel(offerId);
        vm.expectEmit(address(options));
        emit OptionsOffers.Cancelled(offerId, 5);
        vm.prank(ALICE);
        options.cancel(offerId);
        vm.assertEq(options.balanceOf(ALICE, call_), 9);
        vm.expectRevert(abi.encodeWithSelector(OptionsOffers.CallerNotSeller.selector, ALICE, address(0)));
        vm.prank(ALICE);
        options.cancel(offerId);
        vm.expectRevert(abi.encodeWithSelector(OptionsOffers.OfferTooSmall.selector, offerId, 1, 0));
        _take(1);
    }

    /// @dev A forgotten offer is not picked off when the outcome is known, and is not lost either.
    function test_anOfferEndsWhenTheSeriesCloses() external {
        uint256 closedAt = EXPIRY - WINDOW;
        bytes memory reason = abi.encodeWithSelector(OptionsSeries.SeriesClosed.selector, call_, closedAt);
        vm.warp(closedAt - 1);
        _take(1);
        vm.warp(closedAt);
        vm.expectRevert(reason);
        _take(1);
        vm.expectRevert(reason);
        vm.prank(ALICE);
        options.offer(call_ + 1, 1, 1);
        _passExpiryAt(140_000e8);
        _settle();
        vm.expectRevert(reason);
        _take(1);
        vm.prank(ALICE);
        options.cancel(offerId);
        vm.assertEq(_redeemAll(ALICE, call_), 9 * 40e6);
    }
}
