// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IBrakeRegistrations} from "../../../src/breaker/IBrakeRegistrations.sol";
import {IBrakeTarget} from "../../../src/breaker/IBrakeTarget.sol";
import {ICircuitBreaker} from "../../../src/breaker/ICircuitBreaker.sol";
import {AdapterSet} from "../../../src/breaker/adapters/AdapterSet.sol";
import {CapAdapter} from "../../../src/breaker/adapters/CapAdapter.sol";
import {FlagAdapter} from "../../../src/breaker/adapters/FlagAdapter.sol";
import {ObeysBreaker} from "../../../src/breaker/adapters/ObeysBreaker.sol";
import {IPausable, PausableAdapter} from "../../../src/breaker/adapters/PausableAdapter.sol";
import {SetterAdapter} from "../../../src/breaker/adapters/SetterAdapter.sol";
import {BreakerFixture} from "../BreakerFixture.sol";
import {ConfiguredTarget, PausableTarget} from "./AdaptedTargets.sol";

/// @notice A protocol with a pause, a reduce-only flag and a cap on withdrawals, as one target.
contract AdapterSetTest is BreakerFixture {
    uint32 private constant TAIL_SECONDS = 2 hours;
    uint256 private constant CAP = 1_000;
    bytes32 private constant WITHDRAWALS = "withdrawals";

    AdapterSet private set;
    PausableTarget private paused;
    ConfiguredTarget private configured;
    PausableAdapter private pauses;
    FlagAdapter private reduces;
    CapAdapter private delays;

    function setUp() external {
        _deployBreaker();
        paused = new PausableTarget(OWNER);
        configured = new ConfiguredTarget(OWNER);
        set = new AdapterSet(address(breaker), OWNER);
        pauses = new PausableAdapter(address(set), OWNER, IPausable(address(paused)));
        reduces = new FlagAdapter(
            address(set),
            OWNER,
            SetterAdapter.Value(
                address(configured),
                abi.encodePacked(ConfiguredTarget.setReduceOnly.selector),
                abi.encodePacked(configured.reduceOnly.selector)
            )
        );
        delays = new CapAdapter(
            address(set),
            OWNER,
            SetterAdapter.Value(
                address(configured),
                abi.encodeWithSelector(ConfiguredTarget.setCap.selector, WITHDRAWALS),
                abi.encodeCall(configured.capOf, (WITHDRAWALS))
            ),
            0
        );
        bytes32 pauser = paused.PAUSER_ROLE();
        bytes32 admin = configured.DEFAULT_ADMIN_ROLE();
        vm.startPrank(OWNER);
        paused.grantRole(pauser, address(pauses));
        configured.grantRole(admin, address(reduces));
        configured.grantRole(admin, address(delays));
        configured.setCap(WITHDRAWALS, CAP);
        vm.stopPrank();
    }

    function _parts() private view returns (IBrakeTarget[3] memory) {
        return [IBrakeTarget(address(delays)), IBrakeTarget(address(reduces)), IBrakeTarget(address(pauses))];
    }

    function _wire() private {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.tailSeconds = TAIL_SECONDS;
        vm.startPrank(OWNER);
        vm.expectEmit(address(set));
        emit AdapterSet.PartsSet(_parts());
        set.setParts(_parts());
        breaker.register(address(set), SPEC_HASH, limits);
        vm.stopPrank();
        vm.assertEq(abi.encode(set.parts()), abi.encode(_parts()));
    }

    function _assertHolds(uint8 level) private view {
        vm.assertEq(set.areWithdrawalsDelayed(), level >= 1);
        vm.assertEq(set.isReduceOnly(), level >= 2);
        vm.assertEq(set.isPaused(), level == 3);
        vm.assertEq(configured.capOf(WITHDRAWALS), level >= 1 ? 0 : CAP);
        vm.assertEq(configured.reduceOnly(), level >= 2);
        vm.assertEq(paused.paused(), level == 3);
    }

    function test_eachLevelIncludesTheMilderOnes() external {
        _wire();
        for (uint8 level = 1; level <= 3; ++level) {
            _execute(_action(address(set), level, 1 hours));
            _assertHolds(level);
        }
    }

    function test_aPauseEndsInReduceOnly() external {
        _wire();
        _execute(_action(address(set), 3, 1 hours));
        vm.warp(block.timestamp + 1 hours);
        pauses.release();
        vm.expectRevert();
        reduces.release();
        _assertHolds(2);
        vm.warp(block.timestamp + TAIL_SECONDS);
        reduces.release();
        delays.release();
        _assertHolds(0);
    }

    function test_isLiftedAsAWhole() external {
        _wire();
        _execute(_action(address(set), 3, 6 hours));
        vm.startPrank(OWNER);
        breaker.scheduleLift(address(set), keccak256("report"));
        vm.warp(block.timestamp + LIFT_DELAY_SECONDS);
        breaker.lift(address(set));
        vm.stopPrank();
        _assertHolds(0);
    }

    /// @dev A part that was undone by hand shows at its level and above.
    function test_holdsOnlyWithAllItsParts() external {
        _wire();
        _execute(_action(address(set), 3, 1 hours));
        vm.prank(OWNER);
        configured.setCap(WITHDRAWALS, CAP);
        vm.assertFalse(set.areWithdrawalsDelayed());
        vm.assertFalse(set.isReduceOnly());
        vm.assertFalse(set.isPaused());
    }

    function test_canDoWithoutALevel() external {
        IBrakeTarget[3] memory some = _parts();
        (some[0], some[1]) = (IBrakeTarget(address(0)), IBrakeTarget(address(0)));
        vm.startPrank(OWNER);
        set.setParts(some);
        bytes memory reason = abi.encodeWithSelector(AdapterSet.PartMissing.selector, 1);
        IBrakeRegistrations.Limits memory limits = _limits();
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.TargetReverted.selector, address(set), reason));
        breaker.register(address(set), SPEC_HASH, limits);
        breaker.register(address(set), SPEC_HASH, _pauseLimits());
        vm.stopPrank();
        _execute(_action(address(set), 3, 1 hours));
        vm.assertTrue(set.isPaused());
    }

    function test_obeysTheBreakerAlone() external {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        set.setParts(_parts());
        _wire();
        vm.expectRevert(AdapterSet.PartsAlreadySet.selector);
        vm.prank(OWNER);
        set.setParts(_parts());
        bytes memory reason =
            abi.encodeWithSelector(ObeysBreaker.CallerNotBreaker.selector, address(this), address(breaker));
        vm.expectRevert(reason);
        set.delayWithdrawalsFor(1);
        vm.expectRevert(reason);
        set.reduceOnlyFor(1);
        vm.expectRevert(reason);
        set.pauseFor(1);
        vm.expectRevert(reason);
        set.lift();
    }
}
