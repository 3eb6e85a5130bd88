// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {PerpsBook} from "../../src/harbor/PerpsBook.sol";
import {PerpsEngine} from "../../src/harbor/PerpsEngine.sol";
import {PerpsLimits} from "../../src/harbor/PerpsLimits.sol";
import {PerpsMarkets} from "../../src/harbor/PerpsMarkets.sol";
import {PerpsParameters} from "../../src/harbor/PerpsParameters.sol";
import {HarborFixture} from "./HarborFixture.sol";

/// @notice What the steward may change, and what that does to open positions.
contract PerpsParametersTest is HarborFixture {
    address private constant STEWARD = address(0x57E);

    function setUp() external {
        _deployHarbor();
        _deposit(ALICE, 20_000e6);
        perps.setSteward(BTC, STEWARD);
    }

    function _set(PerpsParameters.Parameter parameter, uint256 value) private {
        vm.prank(STEWARD);
        engine.setParameter(BTC, parameter, value);
    }

    function _refuseValue(PerpsParameters.Parameter parameter, uint256 value, string memory name) private {
        _refuse(STEWARD, abi.encodeWithSelector(PerpsLimits.MarketConfigInvalid.selector, name, value));
        engine.setParameter(BTC, parameter, value);
    }

    function test_steward_isNamedByTheOwner() external {
        _refuse(ALICE, abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, ALICE));
        perps.setSteward(BTC, ALICE);
        vm.expectEmit(address(engine));
        emit PerpsParameters.StewardSet(BTC, BOB);
        perps.setSteward(BTC, BOB);
        vm.assertEq(engine.stewardOf(BTC), BOB);
        _refuse(STEWARD, abi.encodeWithSelector(PerpsParameters.CallerNotSteward.selector, STEWARD, BOB));
        engine.setParameter(BTC, PerpsParameters.Parameter.FeeBps, 1);
    }

    function test_parameters_areSetAndRead() external {
        uint256[5] memory values = [uint256(10), 300, 20, 1_000_000e6, 1e11];
        for (uint256 i = 0; i < 5; ++i) {
            PerpsParameters.Parameter parameter = PerpsParameters.Parameter(i);
            vm.expectEmit(address(engine));
            emit PerpsParameters.ParameterSet(BTC, parameter, values[i]);
            _set(parameter, values[i]);
            vm.assertEq(engine.parameterOf(BTC, parameter), values[i]);
        }
        PerpsBook.MarketConfig memory config = engine.marketOf(BTC);
        vm.assertEq(config.maxLeverage, 10);
        vm.assertEq(config.maintenanceMarginBps, 300);
        vm.assertEq(config.feeBps, 20);
        vm.assertEq(config.maxOpenInterest, 1_000_000e6);
        vm.assertEq(config.maxFundingPerSecondE18, 1e11);
        // Of the other market, nothing.
        vm.assertEq(abi.encode(engine.marketOf(ETH)), abi.encode(_config(ethFeed)));
        _refuse(
            STEWARD, abi.encodeWithSelector(PerpsParameters.CallerNotSteward.selector, STEWARD, address(0))
        );
        engine.setParameter(ETH, PerpsParameters.Parameter.FeeBps, 1);
        vm.expectRevert(abi.encodeWithSelector(PerpsMarkets.MarketUnknown.selector, bytes32("DOGE")));
        perps.setSteward("DOGE", STEWARD);
    }

    function test_parameters_stayInTheirBounds() external {
        _refuseValue(PerpsParameters.Parameter.MaxLeverage, 0, "maxLeverage");
        _refuseValue(PerpsParameters.Parameter.MaxLeverage, 101, "maxLeverage");
        _refuseValue(PerpsParameters.Parameter.MaintenanceMarginBps, 0, "maintenanceMarginBps");
        _refuseValue(PerpsParameters.Parameter.MaintenanceMarginBps, 10_000, "maintenanceMarginBps");
        _refuseValue(PerpsParameters.Parameter.FeeBps, 1_001, "feeBps");
        _refuseValue(PerpsParameters.Parameter.MaxOpenInterest, 0, "maxOpenInterest");
        _refuseValue(
            PerpsParameters.Parameter.MaxFundingPerSecondE18, 11_574_074_074_075, "maxFundingPerSecondE18"
        );
    }

    function test_consistency_isOfAllTogether() external {
        vm.assertTrue(engine.isConsistent(BTC));
        // 6 % at 20 times leverage does not go; at 10 times it does.
        _set(PerpsParameters.Parameter.MaintenanceMarginBps, 600);
        vm.assertFalse(engine.isConsistent(BTC));
        _set(PerpsParameters.Parameter.MaxLeverage, 10);
        vm.assertTrue(engine.isConsistent(BTC));
        // A liquidation costs 1 % and the fee.
        _set(PerpsParameters.Parameter.FeeBps, 500);
        vm.assertFalse(engine.isConsistent(BTC));
        _set(PerpsParameters.Parameter.FeeBps, 499);
        vm.assertTrue(engine.isConsistent(BTC));
    }

    /// @dev Settings that do not fit together open nothing that would be due at once.
    function test_inconsistentSettings_areHarmless() external {
        _set(PerpsParameters.Parameter.MaintenanceMarginBps, 1_000);
        pass(1, 1 days);
        btcFeed.submit(100_000e8);
        _refuse(
            ALICE, abi.encodeWithSelector(PerpsEngine.MarginInsufficient.selector, int256(19_700e6), 30_000e6)
        );
        perps.open(BTC, true, 3e18, type(uint256).max);
        _open(ALICE, BTC, true, 19e17);
        vm.expectPartialRevert(PerpsEngine.AccountHealthy.selector);
        perps.liquidate(ALICE);
    }

    // Open positions

    function test_aHigherMaintenanceMargin_comesOverADay() external {
        _open(ALICE, BTC, true, 3e18);
        _set(PerpsParameters.Parameter.MaintenanceMarginBps, 450);
        vm.assertEq(engine.maintenanceMarginBpsOf(BTC), 250);
        (, uint256 maintenance) = perps.marginOf(ALICE);
        vm.assertEq(maintenance, 7_500e6);
        vm.warp(block.timestamp + 12 hours);
        vm.assertEq(engine.maintenanceMarginBpsOf(BTC), 350);
        // Raised again, it goes on from here; lowered, it is there at once.
        _set(PerpsParameters.Parameter.MaintenanceMarginBps, 550);
        vm.assertEq(engine.maintenanceMarginBpsOf(BTC), 350);
        vm.warp(block.timestamp + 6 hours);
        vm.assertEq(engine.maintenanceMarginBpsOf(BTC), 400);
        _set(PerpsParameters.Parameter.MaintenanceMarginBps, 300);
        vm.assertEq(engine.maintenanceMarginBpsOf(BTC), 300);
        vm.warp(block.timestamp + 1 days);
        vm.assertEq(engine.maintenanceMarginBpsOf(BTC), 300);
    }

    function test_lowerLimits_concernOnlyWhoOpensOrWithdraws() external {
        _open(ALICE, BTC, true, 3e18);
        _set(PerpsParameters.Parameter.MaxLeverage, 2);
        _set(PerpsParameters.Parameter.MaxOpenInterest, 1e6);
        vm.expectPartialRevert(PerpsEngine.AccountHealthy.selector);
        perps.liquidate(ALICE);
        vm.expectPartialRevert(PerpsEngine.MarginInsufficient.selector);
        vm.prank(ALICE);
        perps.withdraw(1);
        _hold();
        _close(ALICE, BTC, 3e18);
    }

    function test_funding_ofThePastKeepsItsRate() external {
        _open(ALICE, BTC, true, 3e18);
        vm.warp(block.timestamp + 10 hours);
        int256 paid = _profitOf(ALICE, BTC);
        vm.assertApproxEqAbs(paid, -1_800e6, 1e4);
        _set(PerpsParameters.Parameter.MaxFundingPerSecondE18, 0);
        vm.assertEq(_profitOf(ALICE, BTC), paid);
        vm.warp(block.timestamp + 10 hours);
        vm.assertEq(_profitOf(ALICE, BTC), paid);
    }
}
