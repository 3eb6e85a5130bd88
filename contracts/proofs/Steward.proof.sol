// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ParameterStewardStep} from "../src/govern/ParameterStewardStep.sol";
import {FlowWindow} from "../src/inline/FlowWindow.sol";

/// @notice One move of a parameter is at most half of each cap that is given, up and down alike.
contract MoveIsHalfACap {
    function prove(
        uint64 fullAt,
        uint64 nowTicks,
        uint64 periodTicks,
        uint128 value,
        uint128 next,
        uint16 maxStepBps,
        uint128 maxStep
    ) external pure {
        require(maxStepBps <= FlowWindow.BPS);
        require(maxStepBps != 0 || maxStep != 0);
        uint256 booked =
            ParameterStewardStep.advance(fullAt, nowTicks, periodTicks, value, next, maxStepBps, maxStep);
        require(booked != FlowWindow.NEVER);
        uint256 moved = value > next ? value - next : next - value;
        if (maxStep != 0) assert(2 * moved <= maxStep);
        if (maxStepBps != 0) assert(2 * moved * FlowWindow.BPS <= uint256(value) * maxStepBps);
    }
}

/// @notice A parameter without any cap of its own can never be moved.
contract NoCapNoMove {
    function prove(uint64 fullAt, uint64 nowTicks, uint64 periodTicks, uint128 value, uint128 next)
        external
        pure
    {
        require(value != next);
        assert(
            ParameterStewardStep.advance(fullAt, nowTicks, periodTicks, value, next, 0, 0) == FlowWindow.NEVER
        );
    }
}

/// @notice Of a move and the way back exactly one loosens, and none does that goes nowhere.
contract LooseningHasADirection {
    function prove(uint256 value, uint256 next, bool tightensUp) external pure {
        bool there = ParameterStewardStep.loosens(value, next, tightensUp);
        bool back = ParameterStewardStep.loosens(next, value, tightensUp);
        assert(value == next ? !there && !back : there != back);
        assert(ParameterStewardStep.distance(value, next) == ParameterStewardStep.distance(next, value));
    }
}
