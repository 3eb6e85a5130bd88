// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Adoption, IExistingMarket} from "../../examples/Adoption.sol";
import {Protection} from "../../examples/Protection.sol";
import {AccessManagerAdapter} from "../../src/breaker/adapters/AccessManagerAdapter.sol";
import {AdapterSet} from "../../src/breaker/adapters/AdapterSet.sol";
import {CapAdapter} from "../../src/breaker/adapters/CapAdapter.sol";
import {FlagAdapter} from "../../src/breaker/adapters/FlagAdapter.sol";
import {PausableAdapter} from "../../src/breaker/adapters/PausableAdapter.sol";
import {PauseForAdapter} from "../../src/breaker/adapters/PauseForAdapter.sol";
import {ToggleAdapter} from "../../src/breaker/adapters/ToggleAdapter.sol";
import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {IBrakeTarget} from "../../src/breaker/IBrakeTarget.sol";
import {
    ConfiguredTarget,
    ManagedTarget,
    PausableTarget,
    PausableUntilTarget
} from "../breaker/adapters/AdaptedTargets.sol";
import {BreakerFixture} from "../breaker/BreakerFixture.sol";

/// @notice Contracts that knew nothing of a breaker, braked by one.
contract AdoptionTest is BreakerFixture {
    uint256 private constant CAP = 1_000;

    PausableTarget private vault;
    ConfiguredTarget private market;

    function setUp() external {
        _deployBreaker();
        vault = new PausableTarget(OWNER);
        market = new ConfiguredTarget(OWNER);
        vm.prank(OWNER);
        market.setCap(Adoption.WITHDRAWALS, CAP);
    }

    function _market() private view returns (IExistingMarket) {
        return IExistingMarket(address(market));
    }

    /// @dev For an adapter of one level.
    function _register(address adapter, uint8 level) private {
        IBrakeRegistrations.Limits memory limits = Protection.pauseLimits();
        delete limits.actions[2];
        limits.actions[level - 1] = Protection.limits().actions[level - 1];
        vm.prank(OWNER);
        breaker.register(adapter, SPEC_HASH, limits);
    }

    function _brakeAndRelease(ToggleAdapter adapter, uint8 level) private {
        _register(address(adapter), level);
        _execute(_action(address(adapter), level, 1 hours));
        _assertStops(level);
        vm.warp(block.timestamp + 1 hours);
        adapter.release();
        _assertStops(0);
    }

    function _assertStops(uint8 level) private view {
        vm.assertEq(vault.paused(), level == 3);
        vm.assertEq(market.reduceOnly(), level == 2);
        vm.assertEq(market.capOf(Adoption.WITHDRAWALS), level == 1 ? 0 : CAP);
    }

    function test_pausable() external {
        vm.startPrank(OWNER);
        PausableAdapter adapter = Adoption.adaptPausable(address(breaker), OWNER, address(vault));
        vm.stopPrank();
        _brakeAndRelease(adapter, 3);
    }

    function test_flag() external {
        vm.startPrank(OWNER);
        FlagAdapter adapter = Adoption.adaptFlag(address(breaker), OWNER, _market());
        vm.stopPrank();
        _brakeAndRelease(adapter, 2);
    }

    function test_cap() external {
        vm.startPrank(OWNER);
        CapAdapter adapter = Adoption.adaptCap(address(breaker), OWNER, _market());
        vm.stopPrank();
        _brakeAndRelease(adapter, 1);
    }

    function test_pauseFor() external {
        PausableUntilTarget until = new PausableUntilTarget(OWNER);
        vm.startPrank(OWNER);
        PauseForAdapter adapter = Adoption.adaptPauseFor(address(breaker), OWNER, address(until));
        vm.stopPrank();
        _register(address(adapter), 3);
        _execute(_action(address(adapter), 3, 1 hours));
        vm.assertEq(until.getResumeSinceTimestamp(), block.timestamp + 1 hours);
        vm.warp(block.timestamp + 1 hours);
        vm.assertFalse(until.isPaused());
    }

    function test_managed() external {
        AccessManager manager = new AccessManager(OWNER);
        ManagedTarget managed = new ManagedTarget(address(manager));
        vm.startPrank(OWNER);
        AccessManagerAdapter adapter =
            Adoption.adaptManaged(address(breaker), OWNER, manager, address(managed));
        vm.stopPrank();
        _register(address(adapter), 3);
        _execute(_action(address(adapter), 3, 1 hours));
        vm.assertTrue(manager.isTargetClosed(address(managed)));
        vm.warp(block.timestamp + 1 hours);
        adapter.release();
        vm.assertFalse(manager.isTargetClosed(address(managed)));
    }

    /// @dev Each level includes the milder ones, and a pause ends in them.
    function test_together() external {
        vm.startPrank(OWNER);
        AdapterSet set = Adoption.adaptTogether(address(breaker), OWNER, address(vault), _market());
        breaker.register(address(set), SPEC_HASH, Protection.limits());
        vm.stopPrank();
        _execute(_action(address(set), 3, 1 hours));
        vm.assertTrue(vault.paused());
        vm.assertTrue(market.reduceOnly());
        vm.assertEq(market.capOf(Adoption.WITHDRAWALS), 0);

        vm.warp(block.timestamp + 1 hours);
        IBrakeTarget[3] memory parts = set.parts();
        ToggleAdapter(address(parts[2])).release();
        vm.assertFalse(vault.paused());
        vm.expectPartialRevert(ToggleAdapter.BrakeHolds.selector);
        ToggleAdapter(address(parts[1])).release();
        vm.warp(block.timestamp + 6 hours);
        ToggleAdapter(address(parts[1])).release();
        ToggleAdapter(address(parts[0])).release();
        _assertStops(0);
    }
}
