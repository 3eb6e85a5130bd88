// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ParameterStewardStep} from "../../src/govern/ParameterStewardStep.sol";
import {FlowWindow} from "../../src/inline/FlowWindow.sol";
import {Test} from "../Test.sol";

contract ParameterStewardStepTest is Test {
    uint256 private constant NOW = 1_760_000_000e9;
    uint256 private constant PERIOD = 7 days * 1e9;

    function testFuzz_distanceIsSymmetric(uint256 a, uint256 b) external pure {
        uint256 distance = ParameterStewardStep.distance(a, b);
        vm.assertEq(distance, ParameterStewardStep.distance(b, a));
        vm.assertEq((a < b ? a : b) + distance, a < b ? b : a);
    }

    function testFuzz_aMoveTightensOrLoosensOrIsNone(uint256 a, uint256 b, bool up) external pure {
        bool loosens = ParameterStewardStep.loosens(a, b, up);
        if (a == b) vm.assertFalse(loosens);
        else vm.assertTrue(loosens != ParameterStewardStep.loosens(b, a, up));
        vm.assertEq(loosens, a != b && (up == (b < a)));
    }

    /// @dev Up or down costs the same, and to and fro costs both.
    function testFuzz_bothWaysCost(uint256 value, uint256 step) external pure {
        value = bound(value, 1e6, 1e30);
        step = bound(step, 1, value / 10);
        uint256 up = ParameterStewardStep.advance(0, NOW, PERIOD, value, value + step, 5_000, 0);
        uint256 down = ParameterStewardStep.advance(0, NOW, PERIOD, value, value - step, 5_000, 0);
        vm.assertEq(up, down);
        vm.assertGt(up, NOW);
        uint256 back = ParameterStewardStep.advance(up, NOW, PERIOD, value + step, value, 5_000, 0);
        vm.assertGt(back, up);
    }

    function test_halfOfTheCapFillsThePeriod() external pure {
        vm.assertEq(ParameterStewardStep.advance(0, NOW, PERIOD, 1_000, 1_100, 2_000, 0), NOW + PERIOD);
        vm.assertEq(ParameterStewardStep.advance(0, NOW, PERIOD, 1_000, 900, 2_000, 200), NOW + PERIOD);
        vm.assertEq(ParameterStewardStep.advance(0, NOW, PERIOD, 1_000, 1_101, 2_000, 0), FlowWindow.NEVER);
        vm.assertEq(ParameterStewardStep.advance(0, NOW, PERIOD, 1_000, 1_000, 2_000, 0), 0);
    }
}
