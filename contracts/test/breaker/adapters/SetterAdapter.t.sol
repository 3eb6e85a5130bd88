// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CapAdapter} from "../../../src/breaker/adapters/CapAdapter.sol";
import {FlagAdapter} from "../../../src/breaker/adapters/FlagAdapter.sol";
import {SetterAdapter} from "../../../src/breaker/adapters/SetterAdapter.sol";
import {ConfiguredTarget} from "./AdaptedTargets.sol";
import {AdapterFixture} from "./AdapterFixture.sol";

/// @notice A flag that is set, and a cap that is lowered.
contract SetterAdapterTest is AdapterFixture {
    bytes32 private constant MARKET = "ETH";
    uint256 private constant CAP = 1_000;
    uint256 private constant LOWERED = 100;

    ConfiguredTarget private configured;
    FlagAdapter private flag;
    CapAdapter private cap;

    function setUp() external {
        _deployBreaker();
        configured = new ConfiguredTarget(OWNER);
        flag = new FlagAdapter(address(breaker), OWNER, _flagValue());
        cap = new CapAdapter(address(breaker), OWNER, _capValue(), LOWERED);
        bytes32 role = configured.DEFAULT_ADMIN_ROLE();
        vm.startPrank(OWNER);
        configured.grantRole(role, address(flag));
        configured.grantRole(role, address(cap));
        configured.setCap(MARKET, CAP);
        vm.stopPrank();
        _register(flag, 2);
        _register(cap, 1);
    }

    function _flagValue() private view returns (SetterAdapter.Value memory) {
        return SetterAdapter.Value(
            address(configured),
            abi.encodePacked(ConfiguredTarget.setReduceOnly.selector),
            abi.encodePacked(configured.reduceOnly.selector)
        );
    }

    function _capValue() private view returns (SetterAdapter.Value memory) {
        return SetterAdapter.Value(
            address(configured),
            abi.encodeWithSelector(ConfiguredTarget.setCap.selector, MARKET),
            abi.encodeCall(configured.capOf, (MARKET))
        );
    }

    function _capNow() private view returns (uint256) {
        return configured.capOf(MARKET);
    }

    function _setCap(uint256 value) private {
        vm.prank(OWNER);
        configured.setCap(MARKET, value);
    }

    function test_flagIsSetAndReleasedByAnyone() external {
        vm.assertEq(abi.encode(flag.adapted()), abi.encode(_flagValue()));
        _assertReleases(flag, 2);
        vm.assertFalse(configured.reduceOnly());
        _brake(flag, 2, 6 hours);
        vm.assertTrue(configured.reduceOnly());
        vm.assertTrue(flag.isReduceOnly());
        _lift(flag);
        vm.assertFalse(configured.reduceOnly());
    }

    function test_flagThatTheOwnerSetStays() external {
        vm.prank(OWNER);
        configured.setReduceOnly(true);
        _brake(flag, 2, 6 hours);
        _lift(flag);
        vm.assertTrue(configured.reduceOnly());
    }

    function test_capIsLoweredAndRestored() external {
        vm.assertEq(cap.loweredCap(), LOWERED);
        _assertReleases(cap, 1);
        vm.assertEq(_capNow(), CAP);
        _brake(cap, 1, 6 hours);
        vm.assertEq(_capNow(), LOWERED);
        vm.assertEq(cap.capBefore(), CAP);
        vm.assertTrue(cap.areWithdrawalsDelayed());
        _lift(cap);
        vm.assertEq(_capNow(), CAP);
    }

    /// @dev Higher or lower: what governance decided while it held is newer than what was before.
    function test_capThatWasSetMeanwhileStays() external {
        _brake(cap, 1, 1 hours);
        _setCap(LOWERED - 1);
        vm.assertTrue(cap.areWithdrawalsDelayed());
        vm.warp(block.timestamp + 1 hours);
        cap.release();
        vm.assertEq(_capNow(), LOWERED - 1);

        _setCap(CAP);
        _brake(cap, 1, 1 hours);
        _setCap(CAP / 2);
        vm.assertFalse(cap.areWithdrawalsDelayed());
        vm.warp(block.timestamp + COOLDOWN_SECONDS);
        _brake(cap, 1, 2 hours);
        vm.assertEq(_capNow(), LOWERED);
        vm.warp(block.timestamp + 2 hours);
        cap.release();
        vm.assertEq(_capNow(), CAP / 2);
    }

    function test_capThatIsLowEnoughIsLeftAlone() external {
        _setCap(LOWERED / 2);
        _brake(cap, 1, 6 hours);
        vm.assertTrue(cap.areWithdrawalsDelayed());
        vm.assertFalse(cap.isOurs());
        _lift(cap);
        vm.assertEq(_capNow(), LOWERED / 2);
    }

    function test_eitherLevelCanBeServed() external {
        FlagAdapter delays = new FlagAdapter(address(breaker), OWNER, _flagValue());
        bytes32 role = configured.DEFAULT_ADMIN_ROLE();
        vm.prank(OWNER);
        configured.grantRole(role, address(delays));
        _register(delays, 1);
        _brake(delays, 1, 1 hours);
        vm.assertTrue(delays.areWithdrawalsDelayed());
        CapAdapter reduces = new CapAdapter(address(breaker), OWNER, _capValue(), LOWERED);
        vm.prank(OWNER);
        configured.grantRole(role, address(reduces));
        _register(reduces, 2);
        _brake(reduces, 2, 1 hours);
        vm.assertTrue(reduces.isReduceOnly());
    }

    function test_obeyTheBreakerAlone() external {
        _assertObeysTheBreakerAlone(flag, 2);
        _assertObeysTheBreakerAlone(cap, 1);
        _assertRegistrationIsForTheOwner(new FlagAdapter(address(breaker), OWNER, _flagValue()));
        _assertStrangersAdapterIsRefused(new FlagAdapter(address(breaker), address(this), _flagValue()), 2);
        _assertStrangersAdapterIsRefused(
            new CapAdapter(address(breaker), address(this), _capValue(), LOWERED), 1
        );
    }
}
