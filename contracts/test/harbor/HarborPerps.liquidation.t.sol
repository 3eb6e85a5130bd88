// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PerpsBook} from "../../src/harbor/PerpsBook.sol";
import {PerpsEngine} from "../../src/harbor/PerpsEngine.sol";
import {PerpsLiquidation} from "../../src/harbor/PerpsLiquidation.sol";
import {PerpsSettlement} from "../../src/harbor/PerpsSettlement.sol";
import {IPriceFeed} from "../../src/oracle/IPriceFeed.sol";
import {HarborFixture} from "./HarborFixture.sol";

/// @notice Who is liquidated, how much of it, and who gets what.
contract HarborPerpsLiquidationTest is HarborFixture {
    function setUp() external {
        _deployHarbor();
        _deposit(ALICE, 20_000e6);
    }

    /// @dev No dust, and profits to the cent.
    function _config(IPriceFeed feed) internal pure override returns (PerpsBook.MarketConfig memory config) {
        config = super._config(feed);
        config.minNotional = 100e6;
        config.maxFundingPerSecondE18 = 0;
    }

    function _liquidate(address account) private {
        vm.prank(KEEPER);
        perps.liquidate(account);
    }

    function _sizeOf(address account, bytes32 market) private view returns (uint256) {
        (int256 sizeE18,,,) = perps.positionOf(account, market);
        return uint256(sizeE18 > 0 ? sizeE18 : -sizeE18);
    }

    function _maintenanceOf(address account) private view returns (uint256 maintenance) {
        (, maintenance) = perps.marginOf(account);
    }

    // A part

    function test_part_bringsBackAboveTheMargin() external {
        _open(ALICE, BTC, true, 2e18);
        _open(ALICE, ETH, true, 10e18);
        _setPrice(btcFeed, 92_500e8);
        int256 equity = perps.equityOf(ALICE);
        vm.assertLt(uint256(equity), _maintenanceOf(ALICE));
        uint256 vaultBefore = vault.totalAssets();
        _liquidate(ALICE);

        // Only of the larger one, and a fifth above the margin, to a unit or two of rounding.
        vm.assertEq(_sizeOf(ALICE, ETH), 10e18);
        uint256 closedE18 = 2e18 - _sizeOf(ALICE, BTC);
        vm.assertTrue(closedE18 > 1e18 && closedE18 < 13e17);
        uint256 target = _maintenanceOf(ALICE) * 12 / 10;
        vm.assertApproxEqAbs(perps.equityOf(ALICE), int256(target), 3);
        uint256 notional = closedE18 * 92_500e6 / 1e18;
        vm.assertApproxEqAbs(perps.cashOf(KEEPER), notional / 200, 2);
        vm.assertApproxEqAbs(perps.insuranceFund(), notional / 200, 2);
        vm.assertApproxEqAbs(vault.totalAssets(), vaultBefore + notional / 1_000, 3);
        vm.assertEq(perps.badDebt(), 0);
        _assertBooks();

        bytes memory reason = abi.encodeWithSelector(
            PerpsEngine.AccountHealthy.selector, ALICE, perps.equityOf(ALICE), _maintenanceOf(ALICE)
        );
        _refuse(KEEPER, reason);
        perps.liquidate(ALICE);
    }

    function test_part_isAnnounced() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 92_400e8);
        // Equity 4,600, margin 4,620: closing all would free 5,544 for 2,032.80.
        uint256 closedE18 = 2e18 * uint256(5_544e6 - 4_600e6) / (5_544e6 - 2_032.8e6) + 1;
        uint256 reward = PerpsBook.share(PerpsBook.notional(closedE18, 92_400e8), 50);
        int256 profit = -int256(closedE18 * 7_600e6 / 1e18) - 1;
        vm.expectEmit(address(engine));
        emit PerpsEngine.PositionLiquidated(ALICE, BTC, closedE18, 92_400e8, profit);
        vm.expectEmit(address(perps));
        emit PerpsSettlement.InsuranceFunded(ALICE, reward);
        vm.expectEmit(address(perps));
        emit PerpsLiquidation.Liquidated(ALICE, KEEPER, 4_600e6, reward);
        _liquidate(ALICE);
    }

    /// @dev The larger position first; then of the next only what is still missing.
    function test_part_goesOnWithTheNextPosition() external {
        _open(ALICE, BTC, true, 15e17);
        _open(ALICE, ETH, true, 35e18);
        _setPrice(btcFeed, 95_000e8);
        ethFeed.submit(3_770e8);
        vm.assertLt(uint256(perps.equityOf(ALICE)), _maintenanceOf(ALICE));
        _liquidate(ALICE);
        vm.assertEq(_sizeOf(ALICE, BTC), 0);
        vm.assertTrue(_sizeOf(ALICE, ETH) > 0 && _sizeOf(ALICE, ETH) < 35e18);
        vm.assertGe(perps.equityOf(ALICE), int256(_maintenanceOf(ALICE)));
        _assertBooks();
    }

    /// @dev What closing gets less than the better price is a cost once, not twice.
    function test_part_whenCashPaysForTheSpread() external {
        _open(ALICE, BTC, true, 2e18);
        _open(ALICE, ETH, true, 30e18);
        _setPrice(btcFeed, 92_150e8);
        ethFeed.submit(412_130_000_000);
        engine.syncMark(BTC);
        engine.syncMark(ETH);
        // Later in the same second, the mark stays where it was.
        vm.roll(block.number + 1);
        btcFeed.submit(91_228e8);
        _liquidate(ALICE);
        vm.assertEq(_sizeOf(ALICE, ETH), 30e18);
        vm.assertGt(_sizeOf(ALICE, BTC), 0);
        vm.assertGe(perps.equityOf(ALICE), int256(_maintenanceOf(ALICE)));
        _assertBooks();
    }

    // All of it

    function test_whole_whenEquityDoesNotPayTheCosts() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 90_500e8);
        int256 equity = perps.equityOf(ALICE);
        uint256 reward = 905e6;
        vm.assertLt(uint256(equity), 181_000e6 * 110 / 10_000);
        vm.expectEmit(address(perps));
        emit PerpsLiquidation.Liquidated(ALICE, KEEPER, equity, uint256(equity) - 181e6);
        _liquidate(ALICE);
        // The fee is paid first, the rest of it is less than the reward would be.
        vm.assertLt(perps.cashOf(KEEPER), reward);
        vm.assertEq(perps.insuranceFund(), 0);
        vm.assertEq(perps.cashOf(ALICE), 0);
        vm.assertEq(_sizeOf(ALICE, BTC), 0);
        vm.assertEq(perps.unrealisedProfit(), 0);
        _assertBooks();
    }

    /// @dev What cash cannot pay for, closing the rest does.
    function test_whole_whenCashDoesNotPayForAPart() external {
        _deposit(BOB, 20_000e6);
        _open(BOB, BTC, true, 2e18);
        _open(BOB, ETH, false, 45e18);
        _setPrice(btcFeed, 75_000e8);
        ethFeed.submit(3_270e8);
        int256 equity = perps.equityOf(BOB);
        vm.assertTrue(equity > 0 && equity < int256(_maintenanceOf(BOB)));
        vm.assertGt(-_profitOf(BOB, BTC), int256(perps.cashOf(BOB)));
        _liquidate(BOB);
        vm.assertEq(_sizeOf(BOB, BTC), 0);
        vm.assertEq(_sizeOf(BOB, ETH), 0);
        vm.assertEq(perps.badDebt(), 0);
        _assertBooks();
    }

    function test_whole_whenTheRestWouldBeDust() external {
        _deposit(BOB, 16.5e6);
        _open(BOB, BTC, true, 18e14);
        _setPrice(btcFeed, 93_000e8);
        vm.assertLt(uint256(perps.equityOf(BOB)), _maintenanceOf(BOB));
        _liquidate(BOB);
        vm.assertEq(_sizeOf(BOB, BTC), 0);
        vm.assertGt(perps.cashOf(BOB), 0);
        _assertBooks();
    }

    function test_whole_countsBadDebt() external {
        _open(ALICE, BTC, true, 3e18);
        _setPrice(btcFeed, 90_000e8);
        int256 equity = perps.equityOf(ALICE);
        vm.assertLt(uint256(-equity), 11_000e6);
        uint256 before = vault.bookedAssets();
        _liquidate(ALICE);
        vm.assertEq(perps.badDebt(), uint256(-equity));
        vm.assertEq(perps.cashOf(ALICE), 0);
        vm.assertEq(perps.cashOf(KEEPER), 0);
        // The vault got all there was.
        vm.assertEq(vault.bookedAssets(), before + 19_700e6);
        vm.assertEq(engine.deficitOf(BTC, true).amount, uint256(-equity));
        vm.assertEq(engine.deficitOf(BTC, true).sizeE18, 3e18);
        _assertBooks();
    }

    // Who

    /// @dev In the block in which it was opened, too: holding is asked of who trades, not of who is in
    /// danger.
    function test_doesNotWait() external {
        _open(ALICE, BTC, true, 39e17);
        _setPrice(btcFeed, 96_000e8);
        _liquidate(ALICE);
    }

    function test_sparesTheHealthy() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 93_000e8);
        bytes memory reason = abi.encodeWithSelector(
            PerpsEngine.AccountHealthy.selector, ALICE, perps.equityOf(ALICE), _maintenanceOf(ALICE)
        );
        _refuse(KEEPER, reason);
        perps.liquidate(ALICE);
        _refuse(KEEPER, abi.encodeWithSelector(PerpsEngine.AccountHealthy.selector, BOB, 0, 0));
        perps.liquidate(BOB);
    }

    function test_canBeAvertedByMargin() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 92_000e8);
        perps.pauseFor(1 hours);
        _deposit(ALICE, 5_000e6);
        vm.warp(block.timestamp + 1 hours);
        vm.expectPartialRevert(PerpsEngine.AccountHealthy.selector);
        vm.prank(KEEPER);
        perps.liquidate(ALICE);
    }

    function test_theEngineListensToThePerpsOnly() external {
        bytes memory reason = abi.encodeWithSelector(
            bytes4(keccak256("CallerNotPerps(address,address)")), address(this), address(perps)
        );
        vm.expectRevert(reason);
        engine.open(ALICE, BTC, true, 1e18, type(uint256).max);
        vm.expectRevert(reason);
        engine.close(ALICE, BTC, 1e18, 0);
        vm.expectRevert(reason);
        engine.liquidate(ALICE, 0);
        vm.expectRevert(reason);
        engine.leaveDeficit(BTC, true, 1, 1);
        vm.expectRevert(reason);
        engine.deleverage(ALICE, BTC, 0);
        vm.expectRevert(reason);
        engine.addMarket("SOL", _config(btcFeed));
        vm.expectRevert(reason);
        engine.setSteward(BTC, address(this));
    }

    // Whatever happens

    /// @dev Nobody gains by being liquidated, the books stay true, and what remains is healthy.
    function testFuzz_liquidation(
        uint256 btcE18,
        uint256 ethE18,
        uint256 btcPrice,
        uint256 ethPrice,
        uint256 signs
    ) external {
        btcE18 = bound(btcE18, 1e15, 2e18);
        ethE18 = bound(ethE18, 25e15, 40e18);
        _open(ALICE, BTC, signs % 2 == 0, btcE18);
        _open(ALICE, ETH, signs % 4 < 2, ethE18);
        _setPrice(btcFeed, int256(bound(btcPrice, 70_000e8, 130_000e8)));
        ethFeed.submit(int256(bound(ethPrice, 2_800e8, 5_200e8)));
        int256 equity = perps.equityOf(ALICE);
        if (equity >= int256(_maintenanceOf(ALICE))) return;
        uint256 worth = vault.totalAssets();
        _liquidate(ALICE);
        int256 rest = perps.equityOf(ALICE);
        vm.assertLe(rest, equity > 0 ? equity : int256(0));
        if (equity < 0) {
            vm.assertEq(perps.badDebt(), uint256(-equity));
            // The vault was owed no more than there was.
            vm.assertApproxEqAbs(int256(vault.totalAssets()), int256(worth) + equity, 2);
        } else {
            vm.assertEq(perps.badDebt(), 0);
            vm.assertTrue(rest >= int256(_maintenanceOf(ALICE)));
            vm.assertGe(vault.totalAssets() + 2, worth);
        }
        _assertBooks();
    }
}
