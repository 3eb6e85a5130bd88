// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CircuitBreaker} from "../../src/breaker/CircuitBreaker.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";
import {InvariantTest} from "../Test.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";

/// @notice Guardians who brake whenever and however they can, or fall silent, an owner who lifts, strangers
/// who try, and time.
contract BreakerHandler is BreakerFixture {
    /// @dev A stretch of time in which the target was braked without a gap.
    struct Stretch {
        uint256 from;
        uint256 to;
    }

    BrakeableTarget public target;
    Stretch[] private _stretches;
    ICircuitBreaker.Action private _last;
    IGuardianProof.Certificate private _lastCertificate;
    uint256 private _now;
    uint256 private _block;

    uint32 private constant TAIL_SECONDS = 2 hours;
    uint32 private constant HEARTBEAT_SECONDS = 3 days;
    uint8 private constant DEAD_LEVEL = 3;
    uint256 private constant SLICE_SECONDS = 1 hours;

    /// @notice When each level ends by what was executed, kept apart from the contracts.
    uint256[4] public until;
    /// @notice When each level ends by the dead mode.
    uint256[4] public deadUntil;
    uint256 private _heardAt;
    uint256 public executions;

    constructor() {
        _deployBreaker();
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.tailSeconds = TAIL_SECONDS;
        (limits.deadLevel, limits.heartbeatSeconds) = (DEAD_LEVEL, HEARTBEAT_SECONDS);
        target = _deployTarget(limits);
        _heardAt = block.timestamp;
        (_now, _block) = (block.timestamp, block.number);
    }

    /// @dev Forge resets the clock between calls.
    modifier atCurrentTime() {
        vm.warp(_now);
        vm.roll(_block);
        _;
        _block = block.number;
    }

    function currentTime() external view returns (uint256) {
        return _now;
    }

    function theBreaker() external view returns (CircuitBreaker) {
        return breaker;
    }

    function execute(uint8 level, uint32 durationSeconds) external atCurrentTime {
        level = uint8(bound(level, 1, 3));
        durationSeconds = uint32(bound(durationSeconds, 1, 30 hours));
        ICircuitBreaker.Action memory action = _action(address(target), level, durationSeconds);
        IGuardianProof.Certificate memory certificate = _certificate(action, QUORUM);
        uint256 left = breaker.budgetLeftSeconds(address(target));
        try breaker.execute(action, certificate) {
            _noteExecution(level, block.timestamp + durationSeconds, left);
            (_last, _lastCertificate) = (action, certificate);
        } catch {
            (uint256 anchorNumber,) = breaker.lastActionOf(address(target));
            vm.assertLt(anchorNumber, action.anchorNumber);
        }
    }

    /// @notice The same certificate again, at any later time.
    function replay() external atCurrentTime {
        if (executions == 0) return;
        try breaker.execute(_last, _lastCertificate) {
            vm.assertFalse(true, "an action was executed twice");
        } catch {}
    }

    /// @notice Fewer guardians than a quorum.
    function executeByMinority(uint8 level, uint256 bitmap) external atCurrentTime {
        bitmap = bound(bitmap, 0, 15);
        if (size(bitmap) > 2) bitmap &= 0x03;
        ICircuitBreaker.Action memory action = _action(address(target), uint8(bound(level, 1, 3)), 1 hours);
        IGuardianProof.Certificate memory certificate = _certificate(action, bitmap);
        try breaker.execute(action, certificate) {
            vm.assertFalse(true, "a minority braked");
        } catch {}
    }

    function scheduleLift() external atCurrentTime {
        vm.prank(OWNER);
        try breaker.scheduleLift(address(target), 0) {} catch {}
    }

    function lift() external atCurrentTime {
        vm.prank(OWNER);
        try breaker.lift(address(target)) {
            vm.assertFalse(isSilent(), "lifted while guardians were silent");
            if (until[1] > block.timestamp) _stretches[_stretches.length - 1].to = block.timestamp;
            delete until;
            delete deadUntil;
        } catch {}
    }

    function beat() external atCurrentTime {
        if (_heardAt >= block.timestamp) return;
        _beat();
        _heardAt = block.timestamp;
    }

    function enterDeadMode(address caller) external atCurrentTime {
        vm.prank(caller);
        try breaker.enterDeadMode(address(target)) {
            vm.assertTrue(isSilent(), "dead mode while guardians were there");
            uint256 end = block.timestamp + SLICE_SECONDS;
            deadUntil[3] = end;
            deadUntil[2] = deadUntil[1] = end + TAIL_SECONDS;
        } catch {
            vm.assertFalse(isSilent(), "no dead mode while guardians were silent");
        }
    }

    function isSilent() public view returns (bool) {
        return block.timestamp > _heardAt + HEARTBEAT_SECONDS;
    }

    /// @notice Guardians and strangers, who can neither announce a lift nor lift, at the breaker or at the
    /// target.
    function liftByOthers(address caller) external atCurrentTime {
        if (caller == OWNER || caller == address(breaker)) return;
        vm.startPrank(caller);
        try breaker.scheduleLift(address(target), 0) {
            vm.assertFalse(true, "another than the owner announced a lift");
        } catch {}
        try breaker.lift(address(target)) {
            vm.assertFalse(true, "another than the owner lifted");
        } catch {}
        try target.lift() {
            vm.assertFalse(true, "another than the breaker lifted");
        } catch {}
        vm.stopPrank();
    }

    function pass(uint256 seconds_) external {
        _now += bound(seconds_, 1, 4 days);
    }

    /// @notice Most seconds for which the target was braked in any 30 days.
    function worstThirtyDays() external view returns (uint256 worst) {
        // The worst span begins where a stretch begins, or ends where one ends.
        for (uint256 i = 0; i < _stretches.length; ++i) {
            worst = _max(worst, _brakedIn(_stretches[i].from, _stretches[i].from + 30 days));
            worst = _max(worst, _brakedIn(_stretches[i].to - 30 days, _stretches[i].to));
        }
    }

    function _noteExecution(uint8 level, uint256 untilSeconds, uint256 left) private {
        ++executions;
        uint256 held = _max(until[1], block.timestamp);
        uint256 end = _max(untilSeconds, held);
        for (uint256 l = 1; l <= level; ++l) {
            until[l] = _max(until[l], untilSeconds);
        }
        if (level == 3) {
            // The tail, or what the budget has left for it.
            uint256 longest = end + left - (end - held);
            uint256 tail = untilSeconds + TAIL_SECONDS;
            if (tail > longest) tail = longest;
            until[2] = _max(until[2], tail);
            until[1] = end = _max(end, tail);
        }
        if (_stretches.length != 0 && _stretches[_stretches.length - 1].to >= block.timestamp) {
            _stretches[_stretches.length - 1].to = end;
        } else {
            _stretches.push(Stretch(block.timestamp, end));
        }
    }

    function _brakedIn(uint256 from, uint256 to) private view returns (uint256 sum) {
        for (uint256 i = 0; i < _stretches.length; ++i) {
            uint256 start = _max(from, _stretches[i].from);
            uint256 end = to < _stretches[i].to ? to : _stretches[i].to;
            if (end > start) sum += end - start;
        }
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}

contract CircuitBreakerInvariantTest is InvariantTest {
    uint256 private constant BUDGET_SECONDS = 48 hours;
    uint256 private constant MAX_DURATION_SECONDS = 24 hours;

    BreakerHandler private handler;

    function setUp() external {
        handler = new BreakerHandler();
        bytes4[] memory selectors = new bytes4[](10);
        selectors[0] = BreakerHandler.execute.selector;
        // Twice, because it is where things happen.
        selectors[1] = BreakerHandler.execute.selector;
        selectors[2] = BreakerHandler.replay.selector;
        selectors[3] = BreakerHandler.executeByMinority.selector;
        selectors[4] = BreakerHandler.scheduleLift.selector;
        selectors[5] = BreakerHandler.lift.selector;
        selectors[6] = BreakerHandler.liftByOthers.selector;
        selectors[7] = BreakerHandler.pass.selector;
        selectors[8] = BreakerHandler.beat.selector;
        selectors[9] = BreakerHandler.enterDeadMode.selector;
        _target(address(handler), selectors);
    }

    function invariant_budgetIsNeverExceeded() external view {
        vm.assertLe(handler.worstThirtyDays(), BUDGET_SECONDS);
    }

    /// @dev Unless more is added: the dead mode is, while guardians are silent, by whoever asks.
    function invariant_everyBrakeEnds() external {
        vm.warp(handler.currentTime() + MAX_DURATION_SECONDS);
        vm.assertFalse(handler.target().areWithdrawalsDelayed());
        (uint8 level,,) = handler.theBreaker().statusOf(address(handler.target()));
        vm.assertEq(level, 0);
    }

    function invariant_breakerAndTargetHoldExactlyWhatWasExecuted() external {
        uint256 now_ = handler.currentTime();
        vm.warp(now_);
        BrakeableTarget target = handler.target();
        vm.assertEq(target.areWithdrawalsDelayed(), _until(1) > now_);
        vm.assertEq(target.isReduceOnly(), _until(2) > now_);
        vm.assertEq(target.isPaused(), _until(3) > now_);

        (uint8 level, uint256 untilSeconds,) = handler.theBreaker().statusOf(address(target));
        uint8 expected =
            target.isPaused() ? 3 : target.isReduceOnly() ? 2 : target.areWithdrawalsDelayed() ? 1 : 0;
        vm.assertEq(level, expected);
        vm.assertEq(untilSeconds, level == 0 ? 0 : _until(level));
    }

    function _until(uint8 level) private view returns (uint256) {
        (uint256 brake, uint256 dead) = (handler.until(level), handler.deadUntil(level));
        return brake > dead ? brake : dead;
    }

    function invariant_theBudgetLeftIsWithinItsHalf() external {
        vm.warp(handler.currentTime());
        vm.assertLe(handler.theBreaker().budgetLeftSeconds(address(handler.target())), BUDGET_SECONDS / 2);
    }
}
