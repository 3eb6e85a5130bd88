// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {PerpsSettlement} from "../../src/harbor/PerpsSettlement.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {HarborFixture} from "./HarborFixture.sol";
import {RewardSink} from "./RewardSink.sol";

/// @notice Who gets what of a fee.
contract HarborPerpsFeesTest is HarborFixture {
    RewardSink private sink = new RewardSink();

    function setUp() external {
        _deployHarbor();
        _deposit(ALICE, 20_000e6);
    }

    function _settings(uint256 minHoldBlocks)
        internal
        override
        returns (HarborPerps.Settings memory settings)
    {
        sink.setToken(usd);
        settings = super._settings(minHoldBlocks);
        settings.feeShares = PerpsSettlement.FeeShares(REBATE_BPS, 1_000, 500);
        settings.guardianRewards = sink;
    }

    function test_fees_areShared() external {
        uint256 before = vault.bookedAssets();
        _open(ALICE, BTC, true, 1e18);
        vm.assertEq(perps.rebateOf(ALICE, block.timestamp / 1 days), 20e6);
        vm.assertEq(perps.insuranceFund(), 10e6);
        vm.assertEq(perps.guardianFees(), 5e6);
        vm.assertEq(vault.bookedAssets(), before + 65e6);
        vm.assertEq(perps.totalClaims(), 19_920e6);
        vm.assertEq(perps.obligations(), 19_935e6);
        vm.assertEq(address(perps.guardianRewards()), address(sink));
        vm.assertEq(abi.encode(perps.feeShares()), abi.encode(PerpsSettlement.FeeShares(2_000, 1_000, 500)));
        _assertBooks();
    }

    /// @dev None of it is lost or made by rounding.
    function testFuzz_fees_areSharedToTheUnit(uint256 sizeE18) external {
        uint256 before = vault.bookedAssets() + perps.obligations();
        _open(ALICE, BTC, true, bound(sizeE18, 1, 3e18));
        vm.assertEq(vault.bookedAssets() + perps.obligations(), before);
        _assertBooks();
    }

    function test_liquidations_payTheirFeeWithoutARebate() external {
        _open(ALICE, BTC, true, 2e18);
        uint256 rebate = perps.rebateOf(ALICE, block.timestamp / 1 days);
        _setPrice(btcFeed, 92_000e8);
        (uint256 fund, uint256 guardians) = (perps.insuranceFund(), perps.guardianFees());
        vm.prank(KEEPER);
        perps.liquidate(ALICE);
        vm.assertEq(perps.rebateOf(ALICE, block.timestamp / 1 days), rebate);
        // As much as the reward, and a tenth of a fee that is a fifth of it.
        uint256 reward = perps.cashOf(KEEPER);
        vm.assertApproxEqAbs(perps.insuranceFund(), fund + reward + reward / 50, 2);
        vm.assertApproxEqAbs(perps.guardianFees(), guardians + reward / 100, 2);
        _assertBooks();
    }

    function test_push_sendsTheGuardiansTheirs() external {
        _open(ALICE, BTC, true, 1e18);
        vm.expectEmit(address(perps));
        emit PerpsSettlement.GuardianFeesPushed(5e6);
        vm.prank(BOB);
        perps.pushGuardianFees();
        vm.assertEq(usd.balanceOf(address(sink)), 5e6);
        vm.assertEq(perps.guardianFees(), 0);
        _assertBooks();
        // Nothing more, and nothing wrong.
        perps.pushGuardianFees();
        vm.assertEq(usd.balanceOf(address(sink)), 5e6);
    }

    function test_push_mustBeTaken() external {
        _open(ALICE, BTC, true, 1e18);
        sink.leaveOver(1);
        vm.expectRevert(abi.encodeWithSelector(PerpsSettlement.GuardianFeesNotTaken.selector, 5e6, 1));
        perps.pushGuardianFees();
    }

    function test_push_waitsWhileWithdrawalsAreDelayed() external {
        _open(ALICE, BTC, true, 1e18);
        perps.delayWithdrawalsFor(100);
        vm.expectPartialRevert(Brakeable.BrakeHolds.selector);
        perps.pushGuardianFees();
    }
}
