// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {WithdrawalRequests} from "../../src/harbor/WithdrawalRequests.sol";
import {SeamedVault} from "../../src/harbor/seams/SeamedVault.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {HarborFixture} from "./HarborFixture.sol";
import {oneWindow} from "./HarborVaultLimit.sol";

/// @notice The vault with a delay of a day before each withdrawal.
contract HarborVaultRequestsTest is HarborFixture {
    uint256 private constant DELAY = 1 days;
    uint256 private constant VALID = 1 days;
    uint256 private constant SHARE = 1e18;

    SeamedVault private seamedVault;

    function setUp() external {
        vm.warp(1_760_000_000);
        vm.roll(1_000);
        usd = new TestDollar(address(this));
        seamedVault = new SeamedVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), DELAY);
        vault = seamedVault;
        perps = new HarborPerps(vault, address(this), _settings(2));
        _wire();
        _supply(ALICE, 1_000e6);
    }

    function _request(address account, uint256 shares) private {
        vm.prank(account);
        vault.requestRedeem(shares);
    }

    function _assertRequest(address owner, uint256 pending, uint256 claimable) private view {
        vm.assertEq(vault.pendingRedeemRequest(0, owner), pending);
        vm.assertEq(vault.claimableRedeemRequest(0, owner), claimable);
        vm.assertEq(vault.maxRedeem(owner), claimable);
        vm.assertEq(vault.maxWithdraw(owner), vault.convertToAssets(claimable));
    }

    function test_sharesWaitBeforeTheyAreWithdrawn() external {
        vm.assertEq(vault.withdrawalDelaySeconds(), DELAY);
        _assertRequest(ALICE, 0, 0);
        uint256 dueAt = block.timestamp + DELAY;
        vm.expectEmit(address(vault));
        emit WithdrawalRequests.RedeemRequested(ALICE, 600 * SHARE, dueAt, dueAt + VALID);
        _request(ALICE, 600 * SHARE);
        _assertRequest(ALICE, 600 * SHARE, 0);
        vm.warp(dueAt - 1);
        _assertRequest(ALICE, 600 * SHARE, 0);
        vm.expectRevert(
            abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxRedeem.selector, ALICE, 600 * SHARE, 0)
        );
        vm.prank(ALICE);
        vault.redeem(600 * SHARE, ALICE, ALICE);

        vm.warp(dueAt);
        _assertRequest(ALICE, 0, 600 * SHARE);
        vm.startPrank(ALICE);
        vault.redeem(200 * SHARE, ALICE, ALICE);
        vault.withdraw(300e6, BOB, ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxWithdraw.selector, ALICE, 101e6, 100e6)
        );
        vault.withdraw(101e6, ALICE, ALICE);
        vm.stopPrank();
        _assertRequest(ALICE, 0, 100 * SHARE);
        vm.assertEq(usd.balanceOf(ALICE), 200e6);
        vm.assertEq(usd.balanceOf(BOB), 300e6);
    }

    function test_requestsLapse() external {
        _request(ALICE, 600 * SHARE);
        uint256 lapsesAt = block.timestamp + DELAY + VALID;
        vm.warp(lapsesAt - 1);
        _assertRequest(ALICE, 0, 600 * SHARE);
        vm.warp(lapsesAt);
        _assertRequest(ALICE, 0, 0);
        // And free the shares.
        vm.prank(ALICE);
        vault.transfer(BOB, 1_000 * SHARE);
    }

    function test_aRequestReplacesTheOneBefore() external {
        _request(ALICE, 600 * SHARE);
        vm.warp(block.timestamp + DELAY);
        _request(ALICE, 700 * SHARE);
        _assertRequest(ALICE, 700 * SHARE, 0);
        vm.warp(block.timestamp + DELAY);
        _assertRequest(ALICE, 0, 700 * SHARE);
        _request(ALICE, 0);
        _assertRequest(ALICE, 0, 0);
    }

    /// @dev Else one deposit could wait for many, and one wait serve many deposits.
    function test_sharesThatWaitStayWhereTheyAre() external {
        _request(ALICE, 600 * SHARE);
        vm.startPrank(ALICE);
        vault.transfer(BOB, 400 * SHARE);
        vm.expectRevert(
            abi.encodeWithSelector(
                WithdrawalRequests.SharesLocked.selector, ALICE, 1, 600 * SHARE, 600 * SHARE
            )
        );
        vault.transfer(BOB, 1);
        vm.stopPrank();
        vm.expectRevert(
            abi.encodeWithSelector(
                WithdrawalRequests.RequestExceedsBalance.selector, 600 * SHARE + 1, 600 * SHARE
            )
        );
        _request(ALICE, 600 * SHARE + 1);
        vm.warp(block.timestamp + DELAY);
        vm.expectPartialRevert(WithdrawalRequests.SharesLocked.selector);
        vm.prank(ALICE);
        vault.transfer(BOB, 1);
        // Whoever got some waits anew.
        _assertRequest(BOB, 0, 0);
        _request(ALICE, 0);
        vm.prank(ALICE);
        vault.transfer(BOB, 600 * SHARE);
    }

    /// @dev A wait that is over serves the shares that waited, not those that came since.
    function test_freshSharesDoNotUseAnOldRequest() external {
        _request(ALICE, 1_000 * SHARE);
        vm.warp(block.timestamp + DELAY);
        _supply(ALICE, 5_000e6);
        _assertRequest(ALICE, 0, 1_000 * SHARE);
    }

    function test_thePriceIsThatOfThePayout() external {
        _deposit(BOB, 20_000e6);
        _request(ALICE, 1_000 * SHARE);
        uint256 before = vault.convertToAssets(1_000 * SHARE);
        vm.warp(block.timestamp + DELAY);
        _setPrice(btcFeed, 100_000e8);
        _open(BOB, BTC, true, 1e18);
        _setPrice(btcFeed, 110_000e8);
        uint256 worth = vault.convertToAssets(1_000 * SHARE);
        vm.assertLt(worth, before * 995 / 1_000);
        vm.prank(ALICE);
        vm.assertEq(vault.redeem(1_000 * SHARE, ALICE, ALICE), worth);
    }

    function test_aBrakeHoldsWhatIsDueButNotTheWait() external {
        vault.pauseFor(DELAY);
        _request(ALICE, 600 * SHARE);
        vm.warp(block.timestamp + DELAY - 1);
        vm.assertEq(vault.maxRedeem(ALICE), 0);
        vm.warp(block.timestamp + 1);
        _assertRequest(ALICE, 0, 600 * SHARE);
    }

    function test_withAnAllowanceOthersWithdrawWhatIsDue() external {
        _request(ALICE, 600 * SHARE);
        vm.warp(block.timestamp + DELAY);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        vm.prank(BOB);
        vault.redeem(1 * SHARE, BOB, ALICE);
        vm.prank(ALICE);
        vault.approve(BOB, 5 * SHARE);
        vm.prank(BOB);
        vault.redeem(5 * SHARE, BOB, ALICE);
        _assertRequest(ALICE, 0, 595 * SHARE);
    }

    /// @dev Through the missing check of allowances a thief gets what its victims were about to withdraw.
    function test_theSeamLeadsThroughTheRequests() external {
        seamedVault.openSeam(true);
        vm.expectPartialRevert(ERC4626.ERC4626ExceededMaxWithdraw.selector);
        vm.prank(BOB);
        vault.withdraw(1e6, BOB, ALICE);
        _request(ALICE, 600 * SHARE);
        vm.warp(block.timestamp + DELAY);
        vm.prank(BOB);
        vault.withdraw(600e6, BOB, ALICE);
        vm.expectPartialRevert(ERC4626.ERC4626ExceededMaxWithdraw.selector);
        vm.prank(BOB);
        vault.withdraw(1e6, BOB, ALICE);
    }

    function test_withoutADelayThereAreNoRequests() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                WithdrawalRequests.WithdrawalDelayOutOfRange.selector, 30 days + 1, 30 days
            )
        );
        new HarborVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), 30 days + 1);
        vault = new HarborVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), 0);
        _supply(ALICE, 100e6);
        vm.expectRevert(WithdrawalRequests.RequestNotNeeded.selector);
        _request(ALICE, 1);
        vm.assertEq(vault.claimableRedeemRequest(0, ALICE), 0);
    }

    /// @dev What the maxima say is possible, and nothing above it, whatever was asked for and when.
    function testFuzz_theMaximaTellTheTruth(uint256[4] calldata shares, uint256[4] calldata waits) external {
        for (uint256 i = 0; i < 4; ++i) {
            _request(ALICE, bound(shares[i], 0, vault.balanceOf(ALICE)));
            vm.warp(block.timestamp + bound(waits[i], 0, DELAY + VALID + 1));
            uint256 most = vault.maxRedeem(ALICE);
            vm.expectRevert();
            vm.prank(ALICE);
            vault.redeem(most + 1, ALICE, ALICE);
            uint256 before = vault.balanceOf(ALICE);
            uint256 half = vault.maxWithdraw(ALICE) / 2;
            vm.prank(ALICE);
            vault.withdraw(half, ALICE, ALICE);
            uint256 rest = vault.maxRedeem(ALICE);
            vm.prank(ALICE);
            vault.redeem(rest, ALICE, ALICE);
            vm.assertEq(before - vault.balanceOf(ALICE), most);
        }
        _assertBooks();
    }
}
