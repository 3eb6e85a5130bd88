// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {OptionsBook} from "../../src/harbor/OptionsBook.sol";
import {InvariantGuard} from "../../src/inline/InvariantGuard.sol";
import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {oneWindow} from "./HarborVaultLimit.sol";
import {OptionsFixture} from "./OptionsFixture.sol";
import {CallbackDollar, TaxedDollar} from "./OptionsHostileTokens.sol";

/// @notice Options are for plain tokens. With one that calls back, nobody gets in between two steps either.
contract HarborOptionsReentrancyTest is OptionsFixture {
    CallbackDollar private dollar;
    /// @dev A series that is still open when the others are settled.
    uint256 private later;
    uint256 private offerId;
    bytes[] private inner;

    /// @dev A twentieth at once, so that there is something in the queue.
    function _limit() internal pure override returns (FlowLimits.Limit memory) {
        return oneWindow(500, 1 hours);
    }

    function setUp() external {
        dollar = new CallbackDollar(address(this));
        _deployOptions(dollar);
        usd.mint(ALICE, 1e15);
        OptionsBook.Terms memory terms = _put(100_000e8);
        terms.expirySeconds += 10 days;
        later = options.list(terms);
        vm.startPrank(ALICE);
        usd.approve(address(options), type(uint256).max);
        options.write(call_, 1_000);
        options.write(later, 150_000);
        offerId = options.offer(later, 1_000, 1e6);
        vm.stopPrank();
    }

    function _assertShut(address caller, bytes memory outer) private {
        for (uint256 i = 0; i < inner.length; ++i) {
            dollar.callNext(address(options), inner[i]);
            vm.prank(caller);
            (bool ok,) = address(options).call(outer);
            vm.assertTrue(ok, "the outer call failed");
            bytes4 shut = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
            vm.assertEq(dollar.outcome(), abi.encodePacked(shut));
        }
    }

    /// @dev As `_assertShut`, with a claim of its own for each call from within.
    function _assertShutAtClaims(address caller, bytes4 selector, uint256 firstId) private {
        bytes[] memory all = inner;
        for (uint256 i = 0; i < all.length; ++i) {
            inner = new bytes[](1);
            inner[0] = all[i];
            _assertShut(caller, abi.encodeWithSelector(selector, firstId + i));
        }
        inner = all;
    }

    function test_isShutWhileItMovesTokens() external {
        for (uint256 id = 1; id <= 16; ++id) {
            vm.prank(ALICE);
            vm.assertEq(options.redeemPair(later, 8_000), id);
        }
        _passExpiryAt(120_000e8);
        _settle();
        inner = [
            abi.encodeCall(options.write, (later, 1)),
            abi.encodeCall(options.redeemPair, (later, 1)),
            abi.encodeCall(options.redeem, (call_, 1)),
            abi.encodeCall(options.offer, (later, 1, 1)),
            abi.encodeCall(options.take, (offerId, 1)),
            abi.encodeCall(options.cancel, (offerId)),
            abi.encodeCall(options.claim, (16)),
            abi.encodeCall(options.releaseNow, (16))
        ];
        _assertShut(ALICE, abi.encodeCall(options.write, (later, 1)));
        _assertShut(ALICE, abi.encodeCall(options.take, (offerId, 1)));
        // In the next transaction, so to say: what was written in this one could leave without being counted.
        _assertShut(ALICE, abi.encodeCall(options.redeemPair, (later, 1)));
        _assertShut(ALICE, abi.encodeCall(options.redeem, (call_, 1)));
        _assertShutAtClaims(ALICE, options.claim.selector, 1);
        _assertShutAtClaims(address(this), options.releaseNow.selector, 9);
        _assertBooks();
    }
}

/// @notice A token that takes a fee, and collateral that is lost.
contract HarborOptionsTaxTest is OptionsFixture {
    function setUp() external {
        _deployOptions(new TaxedDollar(address(this)));
        usd.mint(ALICE, 1_000e6);
        vm.prank(ALICE);
        usd.approve(address(options), 1_000e6);
    }

    /// @dev Less would arrive than is promised.
    function test_aTokenWithAFeeIsRefused() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                InvariantGuard.InvariantBroken.selector, bytes32("options-backed"), 495e6, 500e6
            )
        );
        vm.prank(ALICE);
        options.write(call_, 10);
        // Unless somebody makes up for it.
        usd.mint(address(options), 5e6);
        vm.prank(ALICE);
        options.write(call_, 10);
        vm.assertEq(options.obligations(), usd.balanceOf(address(options)));
    }

    /// @dev With a hole in the collateral nobody is paid before the others.
    function test_nobodyIsPaidOutOfWhatIsNotThere() external {
        usd.mint(address(options), 5e6);
        vm.prank(ALICE);
        options.write(call_, 10);
        vm.prank(address(options));
        usd.transfer(BOB, 1e6);
        vm.expectPartialRevert(InvariantGuard.InvariantBroken.selector);
        vm.prank(ALICE);
        options.redeemPair(call_, 1);
    }
}
