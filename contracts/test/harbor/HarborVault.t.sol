// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {InvariantGuard} from "../../src/inline/InvariantGuard.sol";
import {FlowQueue} from "../../src/inline/FlowQueue.sol";
import {HarborFixture} from "./HarborFixture.sol";
import {oneWindow} from "./HarborVaultLimit.sol";
import {TaxedDollar} from "./OptionsHostileTokens.sol";

contract HarborVaultTest is HarborFixture {
    uint256 private constant SHARE = 1e18;

    function setUp() external {
        _deployHarbor();
    }

    function _balances() private view returns (uint256 booked, uint256 tokens) {
        return (vault.bookedAssets(), usd.balanceOf(address(vault)));
    }

    function test_sharesAndAssets() external {
        vm.assertEq(vault.decimals(), 18);
        vm.assertEq(vault.asset(), address(usd));
        vm.assertEq(vault.perps(), address(perps));
        vm.assertEq(vault.totalAssets(), LIQUIDITY);
        vm.assertEq(vault.convertToAssets(SHARE), 1e6);
        vm.assertEq(vault.balanceOf(LP), LIQUIDITY * 1e12);

        _supply(ALICE, 500e6);
        vm.assertEq(vault.balanceOf(ALICE), 500 * SHARE);
        vm.prank(ALICE);
        vault.withdraw(200e6, BOB, ALICE);
        vm.assertEq(usd.balanceOf(BOB), 200e6);
        vm.prank(ALICE);
        vault.redeem(300 * SHARE, BOB, ALICE);
        vm.assertEq(usd.balanceOf(BOB), 500e6);
        vm.assertEq(vault.balanceOf(ALICE), 0);
        (uint256 booked, uint256 tokens) = _balances();
        vm.assertEq(booked, LIQUIDITY);
        vm.assertEq(tokens, LIQUIDITY);
    }

    function test_mintTakesWhatItCosts() external {
        _fund(ALICE, address(vault), 100e6);
        vm.prank(ALICE);
        vm.assertEq(vault.mint(100 * SHARE, ALICE), 100e6);
        vm.assertEq(vault.bookedAssets(), LIQUIDITY + 100e6);
    }

    // Books

    function test_aDonationMovesNothing() external {
        usd.mint(address(vault), 1_000_000e6);
        vm.assertEq(vault.totalAssets(), LIQUIDITY);
        vm.assertEq(vault.convertToAssets(SHARE), 1e6);
        vm.assertEq(vault.outflowLeft(), LIQUIDITY / 5);
        vm.assertEq(vault.maxWithdraw(LP), LIQUIDITY / 5);
    }

    /// @dev The attack on the first depositor: a share of one unit, then a donation that makes it dear.
    function testFuzz_theFirstDepositorIsSafe(uint256 first, uint256 donation, uint256 victims) external {
        vault = new HarborVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), 0);
        first = bound(first, 1, 1e6);
        donation = bound(donation, 0, 1e15);
        victims = bound(victims, 1, 1e12);
        _supply(ALICE, first);
        usd.mint(address(vault), donation);
        _supply(BOB, victims);
        vm.assertGe(vault.convertToAssets(vault.balanceOf(BOB)) + 1, victims);
        vm.assertLe(vault.convertToAssets(vault.balanceOf(ALICE)), first);
    }

    function test_isTheCounterpartyOfTheTraders() external {
        _deposit(ALICE, 20_000e6);
        _open(ALICE, BTC, true, 1e18);
        uint256 fee = 100e6;
        uint256 afterFee = LIQUIDITY + fee - fee * REBATE_BPS / 10_000;
        vm.assertEq(vault.totalAssets(), afterFee);
        _setPrice(btcFeed, 101_000e8);
        // Up to what it has earned in funding meanwhile.
        vm.assertApproxEqAbs(vault.totalAssets(), afterFee - 1_000e6, 0.2e6);
        _setPrice(btcFeed, 99_000e8);
        vm.assertApproxEqAbs(vault.totalAssets(), afterFee + 1_000e6, 0.2e6);
        vm.assertEq(vault.bookedAssets(), afterFee);
    }

    function test_isNeverWorthLessThanNothing() external {
        _deposit(ALICE, 30_000e6);
        _open(ALICE, BTC, true, 5e18);
        _setPrice(btcFeed, 200_000e8);
        _setPrice(btcFeed, 400_000e8);
        vm.assertEq(vault.totalAssets(), 0);
        // Shares would be free now, at the cost of those who hold them.
        vm.assertEq(vault.maxDeposit(BOB), 0);
        vm.assertEq(vault.maxMint(BOB), 0);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxDeposit.selector, BOB, 1, 0));
        vm.prank(BOB);
        vault.deposit(1, BOB);
    }

    function test_paysOnlyThePerps() external {
        bytes memory reason =
            abi.encodeWithSelector(HarborVault.CallerNotPerps.selector, address(this), address(perps));
        vm.expectRevert(reason);
        vault.payOut(1);
        vm.expectRevert(reason);
        vault.payIn(1);
    }

    function test_paysInAndOut() external {
        vm.expectEmit(address(vault));
        emit HarborVault.PaidOut(300e6);
        vm.prank(address(perps));
        vault.payOut(300e6);
        vm.assertEq(usd.balanceOf(address(perps)), 300e6);
        vm.assertEq(vault.bookedAssets(), LIQUIDITY - 300e6);
        vm.expectEmit(address(vault));
        emit HarborVault.PaidIn(100e6);
        vm.prank(address(perps));
        vault.payIn(100e6);
        (uint256 booked, uint256 tokens) = _balances();
        vm.assertEq(booked, LIQUIDITY - 200e6);
        vm.assertEq(tokens, booked);
    }

    function test_cannotPayWhatItDoesNotHave() external {
        usd.mint(address(vault), 1e6);
        vm.expectRevert(
            abi.encodeWithSelector(HarborVault.AssetsInsufficient.selector, LIQUIDITY + 1, LIQUIDITY)
        );
        vm.prank(address(perps));
        vault.payOut(LIQUIDITY + 1);
    }

    function test_thePerpsAreNamedOnceByTheOwner() external {
        vm.expectRevert(abi.encodeWithSelector(HarborVault.PerpsAlreadySet.selector, address(perps)));
        vault.setPerps(BOB);
        vault = new HarborVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), 0);
        vm.expectRevert(HarborVault.PerpsZero.selector);
        vault.setPerps(address(0));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, BOB));
        vm.prank(BOB);
        vault.setPerps(BOB);
        vm.expectEmit(address(vault));
        emit HarborVault.PerpsSet(BOB);
        vault.setPerps(BOB);
    }

    // Cap and brake

    function test_capsWithdrawals() external {
        uint256 cap = LIQUIDITY / 5;
        vm.assertEq(vault.maxWithdraw(LP), cap);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxWithdraw.selector, LP, cap + 1, cap));
        vm.prank(LP);
        vault.withdraw(cap + 1, LP, LP);
        vm.expectRevert(
            abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxRedeem.selector, LP, cap * 1e12 + 1, cap * 1e12)
        );
        vm.prank(LP);
        vault.redeem(cap * 1e12 + 1, LP, LP);
        vm.prank(LP);
        vault.withdraw(cap, LP, LP);
        vm.assertEq(vault.maxWithdraw(LP), 0);
        vm.assertEq(vault.maxRedeem(LP), 0);
        pass(150, 12);
        // Half of a fifth of what is left.
        vm.assertEq(vault.maxWithdraw(LP), (LIQUIDITY - cap) / 10);
    }

    function test_theCapDoesNotFollowThePrice() external {
        _deposit(ALICE, 30_000e6);
        _open(ALICE, BTC, true, 5e18);
        uint256 left = vault.outflowLeft();
        _setPrice(btcFeed, 50_000e8);
        vm.assertGt(vault.totalAssets(), LIQUIDITY * 6 / 5);
        // The fees that came in count by and by.
        vm.assertApproxEqAbs(vault.outflowLeft(), left, 100e6);
        _setPrice(btcFeed, 100_000e8);
        _setPrice(btcFeed, 150_000e8);
        vm.assertApproxEqAbs(vault.outflowLeft(), left, 100e6);
    }

    /// @dev Whoever bends the price can take everybody's margin to the vault: not to raise its cap on the
    /// way.
    function test_theCapDoesNotFollowWhatTradersHaveJustLost() external {
        address[4] memory traders = [ALICE, BOB, address(0xCA401), address(0xDA7E)];
        for (uint256 i = 0; i < 4; ++i) {
            _deposit(traders[i], 40_000e6);
            _open(traders[i], BTC, true, 1e18);
        }
        uint256 left = vault.outflowLeft();
        _setPrice(btcFeed, 60_000e8);
        for (uint256 i = 0; i < 4; ++i) {
            perps.liquidate(traders[i]);
        }
        vm.assertGt(vault.bookedAssets(), LIQUIDITY + 159_000e6);
        vm.assertApproxEqAbs(vault.outflowLeft(), left, 100e6);
        pass(1, WINDOW);
        vm.assertEq(vault.outflowLeft(), vault.bookedAssets() / 5);
    }

    function test_otherRefusalsKeepTheirReason() external {
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxWithdraw.selector, ALICE, 1e6, 0));
        vm.prank(ALICE);
        vault.withdraw(1e6, ALICE, ALICE);
        vm.expectRevert();
        vm.prank(ALICE);
        vault.withdraw(1e6, ALICE, LP);
    }

    /// @dev ERC-4626: what maxWithdraw and maxRedeem say must be possible.
    function testFuzz_theMaximaTellTheTruth(uint256 price, uint256 taken, uint256 waitSeconds, bool redeems)
        external
    {
        _deposit(ALICE, 20_000e6);
        _open(ALICE, BTC, true, 3e18);
        _setPrice(btcFeed, int256(bound(price, 1_000e8, 200_000e8)));
        taken = bound(taken, 0, vault.maxWithdraw(LP));
        vm.prank(LP);
        vault.withdraw(taken, LP, LP);
        pass(1, bound(waitSeconds, 0, 2 * WINDOW));
        if (redeems) {
            uint256 shares = vault.maxRedeem(LP);
            vm.prank(LP);
            vault.redeem(shares, LP, LP);
        } else {
            uint256 assets = vault.maxWithdraw(LP);
            vm.prank(LP);
            vault.withdraw(assets, LP, LP);
        }
        (uint256 booked, uint256 tokens) = _balances();
        vm.assertEq(booked, tokens);
    }

    function test_everyLevelStopsWithdrawals() external {
        vault.delayWithdrawalsFor(100);
        uint256 until = block.timestamp + 100;
        vm.assertEq(vault.maxWithdraw(LP), 0);
        vm.assertEq(vault.maxRedeem(LP), 0);
        bytes memory reason = abi.encodeWithSelector(Brakeable.BrakeHolds.selector, 1, until);
        vm.expectRevert(reason);
        vm.prank(LP);
        vault.withdraw(1, LP, LP);
        vm.expectRevert(reason);
        vm.prank(LP);
        vault.redeem(1e12, LP, LP);
        // Money may still come in.
        _supply(BOB, 1e6);
        vm.warp(until);
        vm.prank(LP);
        vault.withdraw(1, LP, LP);
    }

    function test_aPauseStopsDepositsToo() external {
        vault.pauseFor(100);
        vm.assertEq(vault.maxDeposit(BOB), 0);
        vm.assertEq(vault.maxMint(BOB), 0);
        bytes memory reason = abi.encodeWithSelector(Brakeable.BrakeHolds.selector, 3, block.timestamp + 100);
        vm.startPrank(BOB);
        vm.expectRevert(reason);
        vault.deposit(1, BOB);
        vm.expectRevert(reason);
        vault.mint(1, BOB);
        vm.stopPrank();
        // The settlement with the perpetuals goes on.
        vm.prank(address(perps));
        vault.payOut(1);
    }

    // The flow limit's finer points

    /// @dev What comes and goes in one transaction moves no window.
    function test_aFlashLoanDoesNotUseUpTheLimit() external {
        uint256 left = vault.outflowLeft();
        _supply(ALICE, 100_000e6);
        vm.assertEq(vault.outflowLeft(), left);
        vm.prank(ALICE);
        vault.withdraw(100_000e6, ALICE, ALICE);
        vm.assertEq(vault.outflowLeft(), left);
    }

    /// @dev Nothing is ever queued, whoever governs.
    function test_nothingIsQueued() external {
        vm.assertEq(vault.claimCount(), 0);
        vm.expectRevert(abi.encodeWithSelector(FlowQueue.ClaimUnknown.selector, 1));
        vault.releaseNow(1);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, BOB));
        vm.prank(BOB);
        vault.releaseNow(1);
    }

    /// @dev A token with a fee brings less than is booked.
    function test_aTokenWithAFeeIsRefused() external {
        usd = new TaxedDollar(address(this));
        vault = new HarborVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), 0);
        _fund(ALICE, address(vault), 100e6);
        vm.expectRevert(
            abi.encodeWithSelector(
                InvariantGuard.InvariantBroken.selector, bytes32("vault-backed"), 99e6, 100e6
            )
        );
        vm.prank(ALICE);
        vault.deposit(100e6, ALICE);
    }

    /// @dev With a hole in the vault nobody leaves before the others.
    function test_nobodyIsPaidOutOfWhatIsNotThere() external {
        vm.prank(address(vault));
        usd.transfer(BOB, 1e6);
        vm.expectPartialRevert(InvariantGuard.InvariantBroken.selector);
        vm.prank(LP);
        vault.withdraw(1e6, LP, LP);
        vm.expectPartialRevert(InvariantGuard.InvariantBroken.selector);
        vm.prank(address(perps));
        vault.payOut(1e6);
        // What traders lose still comes in, and makes up for it.
        usd.mint(address(perps), 2e6);
        vm.prank(address(perps));
        vault.payIn(2e6);
    }
}
