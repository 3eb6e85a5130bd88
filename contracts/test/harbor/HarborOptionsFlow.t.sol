// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {FlowQueue} from "../../src/inline/FlowQueue.sol";
import {oneWindow} from "./HarborVaultLimit.sol";
import {OptionsFixture} from "./OptionsFixture.sol";

/// @notice Options of which a fifth may be paid out at once.
/// @dev They are written in `setUp`, a transaction before that of a test.
contract HarborOptionsFlowTest is OptionsFixture {
    function _limit() internal pure override returns (FlowLimits.Limit memory) {
        return oneWindow(2_000, 1 hours);
    }

    function setUp() external {
        _deployOptions(new TestDollar(address(this)));
        _write(ALICE, call_, 800);
        _write(BOB, call_, 200);
        _passExpiryAt(150_000e8);
        _settle();
    }

    function _redeem(address account, uint128 units) private returns (uint256 claimId) {
        vm.prank(account);
        return options.redeem(call_, units);
    }

    function test_whatFitsIsPaidAtOnceAndTheRestWaits() external {
        vm.assertEq(options.outflowLeft(), 10_000e6);
        vm.assertEq(options.queueDelaySeconds(), QUEUE_DELAY);
        vm.assertEq(_redeem(BOB, 100), 0);
        vm.assertEq(usd.balanceOf(BOB), 5_000e6);

        uint256 readyAt = block.timestamp + QUEUE_DELAY;
        vm.expectEmit(address(options));
        emit FlowQueue.ClaimQueued(1, address(usd), ALICE, 40_000e6, readyAt);
        vm.assertEq(_redeem(ALICE, 800), 1);
        vm.assertEq(usd.balanceOf(ALICE), 0);
        vm.assertEq(options.balanceOf(ALICE, call_), 0);
        // What is owed to the claim is in the contract and out of the books.
        vm.assertEq(options.totalClaims(), 5_000e6);
        vm.assertEq(options.queuedTotal(address(usd)), 40_000e6);
        vm.assertEq(options.obligations(), 45_000e6);
        vm.assertEq(usd.balanceOf(address(options)), 45_000e6);

        vm.expectRevert(abi.encodeWithSelector(FlowQueue.ClaimNotReady.selector, 1, readyAt));
        options.claim(1);
        vm.warp(readyAt);
        vm.prank(STRANGER);
        options.claim(1);
        vm.assertEq(usd.balanceOf(ALICE), 40_000e6);
        vm.expectRevert(abi.encodeWithSelector(FlowQueue.ClaimUnknown.selector, 1));
        options.claim(1);
        _assertBooks();
    }

    /// @dev A brake that is tripped to bend an expiry finds nothing to bend: whatever it delays, the sum is
    /// the same.
    function test_theBrakeHoldsClaimsToo() external {
        _redeem(ALICE, 800);
        vm.warp(block.timestamp + QUEUE_DELAY);
        options.delayWithdrawalsFor(100);
        bytes memory reason = abi.encodeWithSelector(Brakeable.BrakeHolds.selector, 1, block.timestamp + 100);
        vm.expectRevert(reason);
        options.claim(1);
        vm.warp(block.timestamp + 100);
        options.claim(1);
        vm.assertEq(usd.balanceOf(ALICE), 40_000e6);
    }

    function test_theOwnerVouchesForClaims() external {
        _redeem(ALICE, 800);
        bytes memory reason = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER);
        vm.startPrank(STRANGER);
        vm.expectRevert(reason);
        options.releaseNow(1);
        vm.expectRevert(reason);
        options.announceStrike(1);
        vm.expectRevert(reason);
        options.strike(1);
        vm.stopPrank();
        options.releaseNow(1);
        vm.assertEq(usd.balanceOf(ALICE), 40_000e6);
    }

    /// @dev What a forged claim took out of the books comes back to them.
    function test_aStruckClaimIsTheTokensAgain() external {
        _redeem(ALICE, 800);
        options.announceStrike(1);
        vm.warp(block.timestamp + QUEUE_DELAY);
        options.strike(1);
        vm.assertEq(options.totalClaims(), 50_000e6);
        vm.assertEq(options.queuedTotal(address(usd)), 0);
        _assertBooks();
    }

    /// @dev A donation raises neither what may leave nor what anybody is paid.
    function test_aDonationMovesNothing() external {
        usd.mint(address(options), 1e12);
        vm.assertEq(options.outflowLeft(), 10_000e6);
        vm.assertEq(options.totalClaims(), 50_000e6);
        _redeem(BOB, 200);
        vm.assertEq(usd.balanceOf(BOB), 10_000e6);
    }
}
