// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BrakeModel} from "../../proofs/model/BrakeModel.sol";
import {Math as MathModel} from "../../proofs/model/Math.sol";
import {SafeCast as SafeCastModel} from "../../proofs/model/SafeCast.sol";
import {BrakeLedger} from "../../src/breaker/BrakeLedger.sol";
import {Test} from "../Test.sol";

/// @notice What the proofs are about is what runs: the models against the code, wherever fuzzing gets.
contract ModelTest is Test, BrakeModel {
    using BrakeLedger for BrakeLedger.Brake;

    /// @notice The model's cast, from outside, so that it can be seen to fail.
    function castByModel(uint256 value) external pure returns (uint64) {
        return SafeCastModel.toUint64(value);
    }

    /// @notice The library's.
    function castByLibrary(uint256 value) external pure returns (uint64) {
        return SafeCast.toUint64(value);
    }

    function testFuzz_mathMeansWhatTheModelSays(uint256 a, uint256 b) external pure {
        vm.assertEq(MathModel.max(a, b), Math.max(a, b));
        vm.assertEq(MathModel.min(a, b), Math.min(a, b));
        vm.assertEq(MathModel.saturatingSub(a, b), Math.saturatingSub(a, b));
        if (b != 0) vm.assertEq(MathModel.ceilDiv(a, b), Math.ceilDiv(a, b));
    }

    /// @dev Near each other, where the cases are.
    function testFuzz_mathMeansWhatTheModelSaysOfNeighbours(uint256 a, uint8 difference) external pure {
        a = bound(a, 1, type(uint256).max - 255);
        uint256 b = a + difference;
        vm.assertEq(MathModel.saturatingSub(a, b), Math.saturatingSub(a, b));
        vm.assertEq(MathModel.saturatingSub(b, a), Math.saturatingSub(b, a));
        vm.assertEq(MathModel.max(a, b), Math.max(a, b));
        vm.assertEq(MathModel.min(a, b), Math.min(a, b));
        vm.assertEq(MathModel.ceilDiv(b, a), Math.ceilDiv(b, a));
    }

    function testFuzz_castMeansWhatTheModelSays(uint256 value, bool fits) external view {
        if (fits) value = bound(value, 0, type(uint64).max);
        (bool modelPasses, bytes memory byModel) =
            address(this).staticcall(abi.encodeCall(this.castByModel, (value)));
        (bool codePasses, bytes memory byCode) =
            address(this).staticcall(abi.encodeCall(this.castByLibrary, (value)));
        vm.assertEq(modelPasses, codePasses);
        if (codePasses) vm.assertEq(byModel, byCode);
    }

    /// @dev A ledger in any state that it can be in, at any time.
    function _brake(uint256 seed, uint256 half) private returns (BrakeLedger.Brake memory brake) {
        uint256 now_ = 1_760_000_000;
        vm.warp(now_);
        // Ends around now, some of them past, and one equal to now every now and then.
        brake.delayedUntil = uint40(now_ + 40 days - uint256(uint64(seed)) % 80 days);
        if (seed % 7 == 0) brake.delayedUntil = uint40(now_);
        brake.reduceOnlyUntil = uint40(brake.delayedUntil - uint256(uint32(seed >> 64)) % 20 days);
        brake.pausedUntil = uint40(brake.reduceOnlyUntil - uint256(uint32(seed >> 96)) % 20 days);
        brake.usedSeconds = uint32(uint256(uint32(seed >> 128)) % (half + 1));
    }

    function _idleTimesHalf(BrakeLedger.Brake memory brake, uint256 half) private view returns (uint256) {
        return _idle(brake.delayedUntil, block.timestamp) * half;
    }

    function testFuzz_holdIsAsModelled(uint256 seed, uint256 budget, uint8 level, uint256 aheadSeconds)
        external
    {
        budget = bound(budget, 2, PERIOD);
        level = uint8(bound(level, 1, 3));
        BrakeLedger.Brake memory brake = _brake(seed, budget / 2);
        uint256 until = block.timestamp + bound(aheadSeconds, 0, 60 days);
        uint256 usedNow = _usedAfter(brake.usedSeconds, _idleTimesHalf(brake, budget / 2));
        uint256 added = _added(brake.delayedUntil, until, block.timestamp);
        vm.assertEq(brake.leftSeconds(budget), budget / 2 - usedNow);
        vm.assertEq(brake.addedSeconds(until), added);

        (uint256 delayed, uint256 reduceOnly, uint256 paused) =
            (brake.delayedUntil, brake.reduceOnlyUntil, brake.pausedUntil);
        brake.hold(level, until, budget);
        vm.assertEq(brake.usedSeconds, usedNow + added);
        vm.assertEq(brake.delayedUntil, _extended(delayed, 1, level, until));
        vm.assertEq(brake.reduceOnlyUntil, _extended(reduceOnly, 2, level, until));
        vm.assertEq(brake.pausedUntil, _extended(paused, 3, level, until));
    }

    function testFuzz_tailIsAsModelled(uint256 seed, uint256 budget, uint32 pauseSeconds, uint32 tailSeconds)
        external
    {
        budget = bound(budget, 2, PERIOD);
        BrakeLedger.Brake memory brake = _brake(seed, budget / 2);
        uint256 most =
            Math.max(brake.delayedUntil, block.timestamp) + brake.leftSeconds(budget) - block.timestamp;
        if (most == 0) return;
        uint256 pauseUntil = block.timestamp + bound(pauseSeconds, 1, most);
        brake.hold(3, pauseUntil, budget);
        uint256 expected = _tailUntil(
            brake.delayedUntil, brake.reduceOnlyUntil, pauseUntil, tailSeconds, brake.leftSeconds(budget)
        );
        vm.assertEq(brake.holdTail(pauseUntil, tailSeconds, budget), expected);
        if (expected != 0) vm.assertEq(brake.reduceOnlyUntil, expected);
    }

    function testFuzz_releaseIsAsModelled(uint256 seed, uint256 budget) external {
        budget = bound(budget, 2, PERIOD);
        BrakeLedger.Brake memory brake = _brake(seed, budget / 2);
        uint256 time = block.timestamp;
        if (brake.delayedUntil <= time) return;
        uint256 unserved = brake.delayedUntil - time;
        if (unserved > brake.usedSeconds) return;
        (uint256 reduceOnly, uint256 paused, uint256 used) =
            (brake.reduceOnlyUntil, brake.pausedUntil, brake.usedSeconds);
        brake.release();
        vm.assertEq(brake.usedSeconds, used - unserved);
        vm.assertEq(brake.delayedUntil, time);
        vm.assertEq(brake.reduceOnlyUntil, _released(reduceOnly, time));
        vm.assertEq(brake.pausedUntil, _released(paused, time));
    }
}
