// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {LendingMarket} from "../../examples/LendingMarket.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {FlowQueue} from "../../src/inline/FlowQueue.sol";
import {InvariantGuard} from "../../src/inline/InvariantGuard.sol";
import {LendingFixture} from "./LendingFixture.sol";

/// @notice What the market's own protections do, guardians or not.
/// forge-config: default.isolate = true
contract LendingMarketTest is LendingFixture {
    address private constant COUNCIL = address(0xC0);

    function setUp() external {
        _deployLending();
    }

    function _borrow(uint256 amount) private returns (uint256 claimId) {
        vm.prank(BORROWER);
        claimId = market.borrow(amount);
    }

    /// @dev The price falls by a seventh, in steps that the feed admits.
    function _fall() private {
        for (uint256 i = 0; i < 4; ++i) {
            pass(1, 12);
            (, int256 answer,,,) = feed.latestRoundData();
            feed.submit(answer * 96 / 100);
        }
    }

    // What it is for

    function test_lendsAndIsRepaid() external {
        vm.assertEq(_borrow(80_000e6), 0);
        vm.assertEq(dollar.balanceOf(BORROWER), 10_080_000e6);
        vm.prank(BORROWER);
        market.repay(BORROWER, 80_000e6);
        LendingMarket.Account memory account = market.accountOf(BORROWER);
        vm.assertEq(uint256(account.debt), 0);
        vm.prank(BORROWER);
        market.removeCollateral(10e18);
        vm.assertEq(market.bookedAssets(), market.totalSupplied());
    }

    function test_lendsNoMoreThanTheCollateralAllows() external {
        vm.expectRevert(
            abi.encodeWithSelector(LendingMarket.CollateralTooLow.selector, BORROWER, 280_001e6, 280_000e6)
        );
        _borrow(280_001e6);
        _borrow(280_000e6);
        vm.expectPartialRevert(LendingMarket.CollateralTooLow.selector);
        vm.prank(BORROWER);
        market.removeCollateral(1e18);
    }

    function test_givesNobodyWhatIsNotTheirs() external {
        bytes memory reason = abi.encodeWithSelector(LendingMarket.AmountTooLarge.selector, 1, 0);
        vm.startPrank(KEEPER);
        vm.expectRevert(reason);
        market.withdraw(1);
        vm.expectRevert(reason);
        market.removeCollateral(1);
        vm.expectRevert(reason);
        market.repay(BORROWER, 1);
        vm.stopPrank();
    }

    function test_liquidatesAndCreditsTheCollateral() external {
        _borrow(280_000e6);
        vm.expectPartialRevert(LendingMarket.AccountHealthy.selector);
        vm.prank(KEEPER);
        market.liquidate(BORROWER, 50_000e6);
        _fall();
        uint256 flowLeft = market.flowLeft(address(collateral));
        (, int256 price,,,) = feed.latestRoundData();
        vm.prank(KEEPER);
        market.liquidate(BORROWER, 50_000e6);
        uint256 seized = market.accountOf(KEEPER).collateral;
        // The bonus is 5 %.
        vm.assertApproxEqAbs(seized * uint256(price) / 1e20, 52_500e6, 1);
        vm.assertEq(uint256(market.accountOf(BORROWER).collateral), 100e18 - seized);
        vm.assertEq(market.flowLeft(address(collateral)), flowLeft);
    }

    /// @dev As far as the collateral goes; the rest of the debt stays, and is the suppliers' loss.
    function test_liquidatesWhatIsWorthLessThanItsDebt() external {
        _borrow(280_000e6);
        for (uint256 i = 0; i < 4; ++i) {
            _fall();
        }
        vm.expectPartialRevert(LendingMarket.AmountTooLarge.selector);
        vm.prank(KEEPER);
        market.liquidate(BORROWER, 279_000e6);
        (, int256 price,,,) = feed.latestRoundData();
        vm.prank(KEEPER);
        market.liquidate(BORROWER, 100 * uint256(price) / 100 * 10_000 / 10_500);
        vm.assertApproxEqAbs(market.accountOf(KEEPER).collateral, 100e18, 1e15);
        vm.assertGt(uint256(market.accountOf(BORROWER).debt), 80_000e6);
    }

    // The feed

    function test_doesNothingAtAPriceThatIsOldOrAtItsBounds() external {
        pass(1, 3_601);
        vm.expectPartialRevert(LendingMarket.PriceStale.selector);
        _borrow(1e6);
        vm.expectPartialRevert(LendingMarket.PriceStale.selector);
        vm.prank(KEEPER);
        market.liquidate(BORROWER, 1e6);
        while (true) {
            pass(1, 12);
            (, int256 answer,,,) = feed.latestRoundData();
            if (answer == 100e8) break;
            feed.submit(answer * 96 / 100 > 100e8 ? answer * 96 / 100 : int256(100e8));
        }
        vm.expectRevert(abi.encodeWithSelector(LendingMarket.PriceAtBound.selector, int256(100e8)));
        _borrow(1e6);
    }

    // The flow limit

    function test_queuesWhatExceedsTheLimit() external {
        // Half of 20 % at once, and a tenth of that for small withdrawals.
        vm.assertEq(market.flowLeft(address(dollar)), 90_000e6);
        vm.prank(SUPPLIER);
        uint256 claimId = market.withdraw(90_001e6);
        vm.assertEq(claimId, 1);
        vm.assertEq(dollar.balanceOf(SUPPLIER), 9_000_000e6);
        vm.warp(block.timestamp + QUEUE_DELAY);
        market.claim(claimId);
        vm.assertEq(dollar.balanceOf(SUPPLIER), 9_090_001e6);
    }

    function test_paysSmallWithdrawalsOutOfTheReserve() external {
        vm.prank(SUPPLIER);
        vm.assertEq(market.withdraw(90_000e6), 0);
        vm.assertEq(market.flowLeft(address(dollar)), 0);
        vm.assertEq(_borrow(1_000e6), 0);
        vm.assertGt(_borrow(1_000e6), 0);
    }

    function test_ownerVouchesForAClaimAndTheCouncilStrikes() external {
        vm.prank(SUPPLIER);
        uint256 good = market.withdraw(200_000e6);
        uint256 forged = _borrow(200_000e6);
        vm.expectEmit(address(market));
        emit LendingMarket.ClaimCouncilSet(COUNCIL);
        vm.prank(OWNER);
        market.setClaimCouncil(COUNCIL);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, COUNCIL));
        vm.prank(COUNCIL);
        market.releaseNow(good);
        vm.prank(OWNER);
        market.releaseNow(good);

        vm.expectRevert(abi.encodeWithSelector(LendingMarket.CallerNotClaimCouncil.selector, KEEPER, COUNCIL));
        vm.prank(KEEPER);
        market.announceStrike(forged);
        vm.prank(COUNCIL);
        market.announceStrike(forged);
        vm.warp(block.timestamp + QUEUE_DELAY);
        vm.expectPartialRevert(FlowQueue.ClaimNotReady.selector);
        market.claim(forged);
        vm.prank(COUNCIL);
        market.strike(forged);
        vm.assertEq(market.queuedTotal(address(dollar)), 0);
        vm.assertEq(market.obligations(address(dollar)), dollar.balanceOf(address(market)));
    }

    /// @dev What waits is held back with the rest, and its delay goes on.
    function test_brakeHoldsClaimsBack() external {
        uint256 claimId = _borrow(200_000e6);
        vm.warp(block.timestamp + QUEUE_DELAY);
        _execute(_action(address(market), 1, 2 hours));
        vm.expectPartialRevert(Brakeable.BrakeHolds.selector);
        market.claim(claimId);
        vm.warp(block.timestamp + 2 hours);
        market.claim(claimId);
        vm.assertEq(dollar.balanceOf(BORROWER), 10_200_000e6);
    }

    // The invariants

    /// @dev What should be there has gone. Who would leave first cannot; who makes the market safer can.
    function test_letsNothingOutOnceTheBooksAreBroken() external {
        _borrow(80_000e6);
        vm.prank(address(market));
        dollar.transfer(KEEPER, 1);
        vm.expectPartialRevert(InvariantGuard.InvariantBroken.selector);
        vm.prank(SUPPLIER);
        market.withdraw(1e6);
        vm.expectPartialRevert(InvariantGuard.InvariantBroken.selector);
        _borrow(1e6);
        vm.startPrank(BORROWER);
        market.repay(BORROWER, 80_000e6);
        market.addCollateral(1e18);
        vm.stopPrank();
    }

    // The brake

    struct Call {
        address caller;
        bytes data;
        uint8 stopsAtLevel;
    }

    uint8 private constant NEVER = 4;
    uint256 private constant LIQUIDATION = 7;

    function _calls() private view returns (Call[8] memory) {
        return [
            Call(SUPPLIER, abi.encodeCall(market.supply, (1e6)), 3),
            Call(SUPPLIER, abi.encodeCall(market.withdraw, (1e6)), 1),
            Call(BORROWER, abi.encodeCall(market.addCollateral, (1e18)), NEVER),
            Call(BORROWER, abi.encodeCall(market.removeCollateral, (1e15)), 1),
            Call(BORROWER, abi.encodeCall(market.borrow, (1e6)), 1),
            Call(BORROWER, abi.encodeCall(market.repay, (BORROWER, 1e6)), NEVER),
            Call(KEEPER, abi.encodeCall(market.claim, (1)), 1),
            Call(KEEPER, abi.encodeCall(market.liquidate, (BORROWER, 1e6)), 3)
        ];
    }

    function _assertOpen(Call memory call, bool isOpen) private {
        vm.prank(call.caller);
        (bool success, bytes memory reason) = address(market).call(call.data);
        vm.assertEq(success, isOpen);
        if (!isOpen) vm.assertEq(bytes32(bytes4(reason)), bytes32(Brakeable.BrakeHolds.selector));
    }

    /// @dev Nobody is due until the price falls; nobody who is due can borrow, whatever the level.
    function test_stopsAtEachLevelWhatTheMatrixSays() external {
        _borrow(80_000e6);
        vm.prank(SUPPLIER);
        market.withdraw(200_000e6);
        vm.warp(block.timestamp + QUEUE_DELAY);
        pass(1, 12);
        feed.submit(4_000e8);
        Call[8] memory calls = _calls();
        for (uint256 i = 0; i < calls.length; ++i) {
            if (i == LIQUIDATION) {
                for (uint256 j = 0; j < 10; ++j) {
                    _fall();
                }
            }
            _assertOpen(calls[i], true);
        }
        for (uint8 level = 1; level <= 3; ++level) {
            _execute(_action(address(market), level, 1 hours));
            for (uint256 i = 0; i < calls.length; ++i) {
                _assertOpen(calls[i], level < calls[i].stopsAtLevel);
            }
        }
    }

    /// @dev Four guardians, three signatures, a stranger who carries them; and it ends by itself.
    function test_isBrakedAndReleasedByTime() external {
        _execute(_action(address(market), 3, 1 hours));
        vm.assertTrue(market.isPaused());
        vm.warp(block.timestamp + 1 hours);
        vm.assertFalse(market.isPaused());
        // The tail: reduce-only, and withdrawals wait.
        vm.assertTrue(market.isReduceOnly());
        vm.warp(block.timestamp + 6 hours);
        vm.assertFalse(market.areWithdrawalsDelayed());
    }
}
