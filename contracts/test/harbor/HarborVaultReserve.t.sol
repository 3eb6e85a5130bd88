// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {HarborFixture} from "./HarborFixture.sol";
import {oneWindow} from "./HarborVaultLimit.sol";

/// @notice A vault with a way around the maxima.
contract OpenVault is HarborVault {
    constructor(IERC20 asset_, address owner_, Limit memory limit) HarborVault(asset_, owner_, limit, 0) {}

    function withdrawPastMaxima(uint256 assets) external {
        _withdraw(msg.sender, msg.sender, msg.sender, assets, 0);
    }
}

/// @notice A vault whose limit keeps a tenth for withdrawals of up to 500 dollars an hour and provider.
/// @dev The providers deposit in `setUp`, which is a transaction before that of a test.
contract HarborVaultReserveTest is HarborFixture {
    function setUp() external {
        vm.warp(1_760_000_000);
        usd = new TestDollar(address(this));
        FlowLimits.Limit memory limit = oneWindow(CAP_BPS, WINDOW);
        limit.windows[0].reserveBps = 1_000;
        limit.smallAmount = 500e6;
        limit.smallSeconds = 1 hours;
        vault = new OpenVault(usd, address(this), limit);
        _supply(LP, LIQUIDITY);
        _supply(ALICE, 10_000e6);
        _supply(BOB, 10_000e6);
    }

    /// @dev A large provider takes all that it can; small ones still get theirs, and the maxima say so.
    function test_smallWithdrawalsDoNotWaitForLargeOnes() external {
        uint256 large = vault.maxWithdraw(LP);
        vm.assertApproxEqAbs(large, (LIQUIDITY + 20_000e6) * 9 / 50, 1);
        vm.prank(LP);
        vault.withdraw(large, LP, LP);
        vm.assertEq(vault.outflowLeft(), 0);
        address[2] memory small = [ALICE, BOB];
        for (uint256 i = 0; i < 2; ++i) {
            vm.assertEq(vault.maxWithdraw(small[i]), 500e6);
            vm.prank(small[i]);
            vault.withdraw(500e6, small[i], small[i]);
            vm.assertEq(vault.maxWithdraw(small[i]), 0);
        }
        // Not by way of another receiver either.
        vm.expectRevert();
        vm.prank(ALICE);
        vault.withdraw(1e6, KEEPER, ALICE);
    }

    /// @dev The maxima hold for all that is public. Past them the limit itself says no, and queues nothing.
    function test_withoutTheMaximaTheLimitStillHolds() external {
        vm.expectRevert(abi.encodeWithSelector(HarborVault.OutflowExceeded.selector, LIQUIDITY / 2));
        OpenVault(address(vault)).withdrawPastMaxima(LIQUIDITY / 2);
        vm.assertEq(vault.claimCount(), 0);
    }

    /// @dev ERC-4626: what the maxima say can be withdrawn by whoever they say it of.
    function testFuzz_theMaximaTellTheTruth(uint256[6] calldata amounts, uint256[6] calldata waits) external {
        address[3] memory owners = [LP, ALICE, BOB];
        for (uint256 i = 0; i < 6; ++i) {
            address owner = owners[amounts[i] % 3];
            uint256 most = vault.maxWithdraw(owner);
            vm.prank(owner);
            vault.withdraw(bound(amounts[i], most / 2, most), owner, owner);
            vm.warp(block.timestamp + waits[i] % WINDOW);
            uint256 shares = vault.maxRedeem(owner);
            vm.expectRevert();
            vm.prank(owner);
            vault.redeem(shares + 1e12, owner, owner);
            vm.prank(owner);
            vault.redeem(shares, owner, owner);
        }
        vm.assertEq(usd.balanceOf(address(vault)), vault.bookedAssets());
    }
}
