// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "../../src/oracle/AggregatorV3Interface.sol";
import {IParameterSteward} from "../../src/govern/IParameterSteward.sol";
import {ParameterSteward} from "../../src/govern/ParameterSteward.sol";
import {ParameterStewardGroups} from "../../src/govern/ParameterStewardGroups.sol";
import {IGuardianRegistry} from "../../src/guardians/IGuardianRegistry.sol";
import {PerpsMarketSettings} from "../../src/harbor/PerpsMarketSettings.sol";
import {HarborFixture} from "./HarborFixture.sol";

/// @notice Guardians who agree to everything.
contract AgreeingRegistry {
    function verifyCertificate(bytes32, uint64, uint256, bytes calldata) external pure returns (bool) {
        return true;
    }
}

/// @notice A market's settings in the hands of the parameter steward.
contract PerpsStewardTest is HarborFixture {
    bytes32 private constant RISK = "BTC risk";

    ParameterSteward private steward;
    PerpsMarketSettings private settings;

    function setUp() external {
        _deployHarbor();
        AgreeingRegistry registry = new AgreeingRegistry();
        steward = new ParameterSteward(IGuardianRegistry(address(registry)), address(this));
        settings = new PerpsMarketSettings(engine, BTC, address(steward));
        perps.setSteward(BTC, address(settings));
        steward.setGroup(RISK, _risk());
    }

    /// @dev Leverage down and maintenance up are tighter, by half of what there is at once.
    function _risk() private view returns (ParameterStewardGroups.Group memory group) {
        group.target = address(settings);
        group.check = PerpsMarketSettings.isConsistent.selector;
        group.loosenDelaySeconds = 1 days;
        group.maxInputAgeSeconds = 1 hours;
        group.feed = AggregatorV3Interface(address(btcFeed));
        group.parameters = new ParameterStewardGroups.Parameter[](2);
        group.parameters[0] = ParameterStewardGroups.Parameter({
            setter: PerpsMarketSettings.setMaxLeverage.selector,
            getter: PerpsMarketSettings.maxLeverage.selector,
            tightensUp: false,
            maxStepBps: 10_000,
            periodSeconds: 1 hours,
            maxStep: 0,
            min: 2,
            max: 25
        });
        group.parameters[1] = ParameterStewardGroups.Parameter({
            setter: PerpsMarketSettings.setMaintenanceMarginBps.selector,
            getter: PerpsMarketSettings.maintenanceMarginBps.selector,
            tightensUp: true,
            maxStepBps: 0,
            periodSeconds: 1 hours,
            maxStep: 1_000,
            min: 200,
            max: 1_000
        });
    }

    function _submit(uint256 leverage, uint256 maintenanceBps) private {
        uint256[] memory values = new uint256[](2);
        (values[0], values[1]) = (leverage, maintenanceBps);
        IParameterSteward.Change memory change = IParameterSteward.Change({
            group: RISK,
            values: values,
            previousHash: keccak256(abi.encodePacked(steward.valuesOf(RISK))),
            nonce: steward.nonceOf(RISK),
            epoch: 1,
            inputAtSeconds: uint64(block.timestamp),
            deadlineSeconds: uint64(block.timestamp)
        });
        steward.submit(change, 0, "");
    }

    function test_whatDependsOnEachOther_changesTogether() external {
        _submit(10, 600);
        vm.assertEq(engine.marketOf(BTC).maxLeverage, 10);
        vm.assertEq(engine.marketOf(BTC).maintenanceMarginBps, 600);
        vm.assertEq(engine.maintenanceMarginBpsOf(BTC), 250);
        vm.assertTrue(settings.isConsistent());
    }

    function test_whatDoesNotFitTogether_doesNotChange() external {
        uint256[] memory values = new uint256[](2);
        (values[0], values[1]) = (20, 600);
        IParameterSteward.Change memory change = IParameterSteward.Change({
            group: RISK,
            values: values,
            previousHash: keccak256(abi.encodePacked(steward.valuesOf(RISK))),
            nonce: steward.nonceOf(RISK),
            epoch: 1,
            inputAtSeconds: uint64(block.timestamp),
            deadlineSeconds: uint64(block.timestamp)
        });
        vm.expectRevert(abi.encodeWithSelector(ParameterStewardGroups.GroupInconsistent.selector, RISK));
        steward.submit(change, 0, "");
        vm.assertEq(engine.marketOf(BTC).maintenanceMarginBps, 250);
    }

    function test_settings_areTheStewardsOnly() external {
        bytes memory reason = abi.encodeWithSelector(
            PerpsMarketSettings.CallerNotSteward.selector, address(this), address(steward)
        );
        vm.expectRevert(reason);
        settings.setMaxLeverage(1);
        vm.expectRevert(reason);
        settings.setMaintenanceMarginBps(1);
        vm.expectRevert(reason);
        settings.setFeeBps(1);
        vm.expectRevert(reason);
        settings.setMaxOpenInterest(1);
        vm.expectRevert(reason);
        settings.setMaxFundingPerSecondE18(1);
    }

    function test_settings_tellAndSetEachItsOwn() external {
        vm.assertEq(address(settings.engine()), address(engine));
        vm.assertEq(settings.market(), BTC);
        vm.assertEq(settings.steward(), address(steward));
        vm.startPrank(address(steward));
        settings.setMaxLeverage(11);
        settings.setMaintenanceMarginBps(222);
        settings.setFeeBps(3);
        settings.setMaxOpenInterest(4e12);
        settings.setMaxFundingPerSecondE18(5);
        vm.stopPrank();
        vm.assertEq(settings.maxLeverage(), 11);
        vm.assertEq(settings.maintenanceMarginBps(), 222);
        vm.assertEq(settings.feeBps(), 3);
        vm.assertEq(settings.maxOpenInterest(), 4e12);
        vm.assertEq(settings.maxFundingPerSecondE18(), 5);
    }
}
