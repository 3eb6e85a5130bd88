// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CircuitBreaker} from "../../src/breaker/CircuitBreaker.sol";
import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {InvariantTest} from "../Test.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";

/// @notice An owner who registers, changes, disarms and cancels at random, guardians who veto, strangers who
/// apply and who try, and time.
/// @dev Keeps its own record of what is in force, and of how strong each single bound was at which time.
contract ChangeHandler is BreakerFixture {
    uint256 private constant BOUNDS = 9;

    struct Announcement {
        bytes32 specHash;
        bytes limits;
        uint256 announcedAt;
        uint256 armDelaySeconds;
    }

    BrakeableTarget public target;
    Announcement private _announced;
    bytes32 private _specHash;
    /// @dev ABI encoded, as the limits of an announcement are.
    bytes private _encoded;
    uint256 private _now;
    uint256 public applied;
    uint256 public vetoed;

    constructor() {
        _deployBreaker();
        target = _deployTarget();
        (_specHash, _encoded) = (SPEC_HASH, abi.encode(_limits()));
        _now = block.timestamp;
    }

    /// @dev Forge resets the clock between calls.
    modifier atCurrentTime() {
        vm.warp(_now);
        _;
    }

    function theBreaker() external view returns (CircuitBreaker) {
        return breaker;
    }

    function inForce() external view returns (bytes32, IBrakeRegistrations.Limits memory) {
        return (_specHash, _inForce());
    }

    function _inForce() private view returns (IBrakeRegistrations.Limits memory) {
        return abi.decode(_encoded, (IBrakeRegistrations.Limits));
    }

    function change(uint256 seed) external atCurrentTime {
        bytes32 specHash = seed % 4 == 0 ? keccak256(abi.encode(seed)) : _specHash;
        IBrakeRegistrations.Limits memory limits = _random(seed);
        IBrakeRegistrations.Limits memory current = _inForce();
        uint256[BOUNDS] memory before = _strengths(current);
        vm.prank(OWNER);
        try breaker.change(address(target), specHash, limits) {
            (bytes32 pending,,) = breaker.pendingChangeOf(address(target));
            if (pending != 0) {
                _announced = Announcement(specHash, abi.encode(limits), _now, current.armDelaySeconds);
                return;
            }
            // At once: not weaker in any bound.
            uint256[BOUNDS] memory next = _strengths(limits);
            for (uint256 i = 0; i < BOUNDS; ++i) {
                vm.assertLe(before[i], next[i], "weakened at once");
            }
            vm.assertTrue(specHash == _specHash, "another specification at once");
            vm.assertTrue(
                limits.deadLevel == current.deadLevel && limits.heartbeatSeconds == current.heartbeatSeconds,
                "another dead mode at once"
            );
            _encoded = abi.encode(limits);
        } catch {}
    }

    function disarm() external atCurrentTime {
        vm.prank(OWNER);
        try breaker.disarm(address(target)) {
            IBrakeRegistrations.Limits memory none;
            _announced = Announcement(0, abi.encode(none), _now, _inForce().armDelaySeconds);
        } catch {}
    }

    function register(uint256 seed) external atCurrentTime {
        IBrakeRegistrations.Limits memory limits = _random(seed);
        vm.prank(OWNER);
        try breaker.register(address(target), SPEC_HASH, limits) {
            vm.assertTrue(_specHash == 0, "registered twice");
            (_specHash, _encoded) = (SPEC_HASH, abi.encode(limits));
        } catch {}
    }

    function applyChange(address caller) external atCurrentTime {
        if (_announced.announcedAt == 0) return;
        IBrakeRegistrations.Limits memory limits = abi.decode(_announced.limits, (IBrakeRegistrations.Limits));
        vm.prank(caller);
        try breaker.applyChange(address(target), _announced.specHash, limits) {
            vm.assertGe(_now, _announced.announcedAt + _announced.armDelaySeconds);
            vm.assertLt(_now, _announced.announcedAt + 8 * _announced.armDelaySeconds + 7 days);
            (_specHash, _encoded) = (_announced.specHash, _announced.limits);
            delete _announced;
            ++applied;
        } catch {}
    }

    function cancel() external atCurrentTime {
        vm.prank(OWNER);
        try breaker.cancelChange(address(target)) {
            delete _announced;
        } catch {}
    }

    function veto(uint256 bitmap) external atCurrentTime {
        bitmap = bound(bitmap, 0, 15);
        (bytes32 changeHash,, uint256 vetoes) = breaker.pendingChangeOf(address(target));
        IBrakeRegistrations.Veto memory signed =
            IBrakeRegistrations.Veto(address(target), changeHash, 1, uint64(_now));
        try breaker.vetoChange(signed, _certified(breaker.hashVeto(signed), bitmap)) {
            vm.assertGe(size(bitmap), 3);
            vm.assertLt(vetoes, 3);
            delete _announced;
            ++vetoed;
        } catch {}
    }

    function changeByOthers(address caller, uint256 seed) external atCurrentTime {
        if (caller == OWNER) return;
        vm.startPrank(caller);
        try breaker.change(address(target), SPEC_HASH, _random(seed)) {
            vm.assertTrue(false, "another than the owner changed");
        } catch {}
        try breaker.disarm(address(target)) {
            vm.assertTrue(false, "another than the owner disarmed");
        } catch {}
        try breaker.cancelChange(address(target)) {
            vm.assertTrue(false, "another than the owner cancelled");
        } catch {}
        vm.stopPrank();
    }

    function pass(uint256 seconds_) external {
        _now += bound(seconds_, 1, 3 days);
    }

    /// @dev One or two fields of what is in force, changed.
    function _random(uint256 seed) private view returns (IBrakeRegistrations.Limits memory limits) {
        limits = _specHash == 0 ? _limits() : _inForce();
        for (uint256 i = 0; i < 1 + seed % 2; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 field = random % 10;
            uint32 value = uint32((random >> 8) % 12 hours);
            if (field < 3) limits.actions[field].maxDurationSeconds = 1 + value;
            else if (field == 3) limits.cooldownSeconds = value % 30 minutes;
            else if (field == 4) limits.budgetSeconds = 2 days + value;
            else if (field == 5) limits.liftDelaySeconds = 30 minutes + value;
            else if (field == 6) limits.tailSeconds = value;
            else if (field == 7) limits.armDelaySeconds = 1 days + value;
            else if (field == 8) (limits.deadLevel, limits.heartbeatSeconds) = (2, 1 hours + value);
            else delete limits.actions[value % 3];
        }
    }

    /// @dev Each bound as a number that is larger the stronger it protects.
    function _strengths(IBrakeRegistrations.Limits memory limits)
        private
        pure
        returns (uint256[BOUNDS] memory)
    {
        return [
            _strength(limits.actions[0]),
            _strength(limits.actions[1]),
            _strength(limits.actions[2]),
            type(uint32).max - limits.cooldownSeconds,
            limits.budgetSeconds,
            limits.liftDelaySeconds,
            limits.tailSeconds,
            limits.armDelaySeconds,
            0
        ];
    }

    function _strength(IBrakeRegistrations.BoundedAction memory action) private pure returns (uint256) {
        return action.selector == 0 ? 0 : action.maxDurationSeconds;
    }
}

contract BrakeRegistrationsInvariantTest is InvariantTest {
    ChangeHandler private handler;

    function setUp() external {
        handler = new ChangeHandler();
        bytes4[] memory selectors = new bytes4[](9);
        selectors[0] = ChangeHandler.change.selector;
        // Twice, because it is where things happen.
        selectors[1] = ChangeHandler.change.selector;
        selectors[2] = ChangeHandler.disarm.selector;
        selectors[3] = ChangeHandler.register.selector;
        selectors[4] = ChangeHandler.applyChange.selector;
        selectors[5] = ChangeHandler.cancel.selector;
        selectors[6] = ChangeHandler.veto.selector;
        selectors[7] = ChangeHandler.changeByOthers.selector;
        selectors[8] = ChangeHandler.pass.selector;
        _target(address(handler), selectors);
    }

    /// @dev With what the handler asserts of each step: what is in force is what strengthened at once, or was
    /// announced an arming delay before and not vetoed.
    function invariant_inForceIsWhatTheRecordSays() external view {
        (bytes32 specHash, IBrakeRegistrations.Limits memory limits) = handler.inForce();
        (bytes32 actualHash, IBrakeRegistrations.Limits memory actual) =
            handler.theBreaker().registrationOf(address(handler.target()));
        vm.assertEq(actualHash, specHash);
        vm.assertEq(abi.encode(actual), abi.encode(limits));
    }
}
