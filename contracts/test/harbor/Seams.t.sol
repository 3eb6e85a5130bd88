// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {PerpsCash} from "../../src/harbor/PerpsCash.sol";
import {SeamedPerps} from "../../src/harbor/seams/SeamedPerps.sol";
import {SeamedVault} from "../../src/harbor/seams/SeamedVault.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {HarborFixture} from "./HarborFixture.sol";
import {oneWindow} from "./HarborVaultLimit.sol";

contract SeamsTest is HarborFixture {
    address private constant THIEF = address(0x7417);

    SeamedVault private seamedVault;
    SeamedPerps private seamedPerps;

    function setUp() external {
        vm.warp(1_760_000_000);
        vm.roll(1_000);
        usd = new TestDollar(address(this));
        seamedVault = new SeamedVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), 0);
        seamedPerps = new SeamedPerps(seamedVault, address(this), _settings(2));
        (vault, perps) = (seamedVault, seamedPerps);
        _wire();
    }

    function _duplicates(uint256 count) private view returns (uint256[] memory dayIndexes) {
        dayIndexes = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            dayIndexes[i] = block.timestamp / 1 days;
        }
    }

    function test_seamsAreForTheOwner() external {
        bytes memory reason = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, THIEF);
        vm.startPrank(THIEF);
        vm.expectRevert(reason);
        seamedVault.openSeam(true);
        vm.expectRevert(reason);
        seamedPerps.openSeam(true);
        vm.expectRevert(reason);
        seamedPerps.strike(ALICE, 1);
        vm.stopPrank();
    }

    function test_vault_closedIsAsItShouldBe() external {
        vm.assertFalse(seamedVault.isSeamOpen());
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        vm.prank(THIEF);
        vault.withdraw(1e6, THIEF, LP);
    }

    function test_vault_openLetsAnyoneWithdrawThroughTheCap() external {
        vm.expectEmit(address(seamedVault));
        emit SeamedVault.SeamSet(true);
        seamedVault.openSeam(true);
        uint256 cap = vault.maxWithdraw(LP);
        vm.startPrank(THIEF);
        vault.withdraw(cap, THIEF, LP);
        vm.assertEq(usd.balanceOf(THIEF), cap);
        vm.expectPartialRevert(ERC4626.ERC4626ExceededMaxWithdraw.selector);
        vault.withdraw(1e6, THIEF, LP);
        // Shares are not for the taking.
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        vault.transferFrom(LP, THIEF, 1);
        vm.stopPrank();

        seamedVault.openSeam(false);
        pass(1, WINDOW);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        vm.prank(THIEF);
        vault.withdraw(1e6, THIEF, LP);
    }

    function test_perps_closedIsAsItShouldBe() external {
        vm.assertFalse(seamedPerps.isSeamOpen());
        _deposit(THIEF, 20_000e6);
        _open(THIEF, BTC, true, 1e18);
        vm.expectPartialRevert(PerpsCash.RebateMissing.selector);
        vm.prank(THIEF);
        perps.claimRebates(_duplicates(2));
    }

    function test_perps_openLetsClaimsExceedAssets() external {
        _deposit(ALICE, 100_000e6);
        _deposit(THIEF, 20_000e6);
        vm.expectEmit(address(seamedPerps));
        emit SeamedPerps.SeamSet(true);
        seamedPerps.openSeam(true);
        _open(THIEF, BTC, true, 1e18);
        uint256 honest = perps.cashOf(THIEF);
        uint256 left = perps.outflowLeft();
        vm.prank(THIEF);
        perps.claimRebates(_duplicates(100));
        vm.assertEq(perps.cashOf(THIEF), honest + 100 * 20e6);
        vm.assertEq(perps.totalClaims(), usd.balanceOf(address(perps)) + 100 * 20e6);
        // Forged claims do not raise the cap.
        vm.assertEq(perps.outflowLeft(), left);

        seamedPerps.openSeam(false);
        vm.expectEmit(address(seamedPerps));
        emit SeamedPerps.Struck(THIEF, 100 * 20e6);
        seamedPerps.strike(THIEF, 100 * 20e6);
        vm.assertEq(perps.cashOf(THIEF), honest);
        vm.assertEq(perps.totalClaims(), usd.balanceOf(address(perps)));
        vm.expectPartialRevert(PerpsCash.CashInsufficient.selector);
        seamedPerps.strike(THIEF, honest + 1);
    }
}
