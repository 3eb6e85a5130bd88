// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PremiumStream} from "../../src/insure/PremiumStream.sol";
import {Test} from "../Test.sol";

contract PremiumStreamTest is Test {
    using PremiumStream for PremiumStream.Stream;

    struct Premium {
        uint256 amount;
        uint256 from;
        uint256 to;
    }

    PremiumStream.Stream private stream;
    Premium[] private _premiums;

    function setUp() external {
        // The turn of a week.
        vm.warp(2_910 * uint256(1 weeks));
    }

    function test_startsEmpty() external view {
        vm.assertEq(stream.unearned(), 0);
    }

    function test_isEarnedEvenly() external {
        uint256 start = block.timestamp;
        stream.start(700e6, start + 1 weeks);
        vm.assertEq(stream.unearned(), 700e6);
        vm.warp(start + 1 days);
        vm.assertApproxEqAbs(stream.unearned(), 600e6, 1);
        vm.warp(start + 7 days - 1);
        vm.assertGt(stream.unearned(), 0);
        vm.warp(start + 7 days);
        vm.assertEq(stream.unearned(), 0);
        vm.warp(start + 400 days);
        vm.assertEq(stream.unearned(), 0);
    }

    function test_premiumsEndAtTheirOwnTurns() external {
        uint256 start = block.timestamp;
        stream.start(100e6, start + 1 weeks);
        stream.start(200e6, start + 2 weeks);
        vm.warp(start + 1 weeks);
        vm.assertApproxEqAbs(stream.unearned(), 100e6, 1);
        stream.start(300e6, start + 4 weeks);
        vm.warp(start + 2 weeks);
        vm.assertApproxEqAbs(stream.unearned(), 200e6, 1);
        vm.warp(start + 4 weeks);
        vm.assertEq(stream.unearned(), 0);
    }

    function test_aWeekOfRestIsNoObstacle() external {
        stream.start(100e6, block.timestamp + 1 weeks);
        vm.warp(block.timestamp + 100 weeks);
        stream.start(100e6, block.timestamp + 1 weeks);
        vm.assertEq(stream.unearned(), 100e6);
        vm.warp(block.timestamp + 1 weeks);
        vm.assertEq(stream.unearned(), 0);
    }

    function test_theSmallestPremiumIsEarnedToo() external {
        stream.start(1, block.timestamp + 52 weeks);
        vm.assertEq(stream.unearned(), 1);
        vm.warp(block.timestamp + 52 weeks);
        vm.assertEq(stream.unearned(), 0);
    }

    /// @dev Against each premium by itself: never less is unearned, and at most a unit more for each.
    function testFuzz_isTheSumOfItsPremiums(uint256[8] calldata seeds) external {
        for (uint256 i = 0; i < seeds.length; ++i) {
            uint256 seed = seeds[i];
            vm.warp(block.timestamp + bound(seed, 0, 20 days));
            uint256 end = (block.timestamp / 1 weeks + 2 + (seed >> 32) % 50) * 1 weeks;
            uint256 amount = bound(seed >> 64, 1, 1_000_000e18);
            _premiums.push(Premium(amount, block.timestamp, end));
            stream.start(amount, end);
            _assertSum();
            vm.warp(block.timestamp + bound(seed >> 128, 0, 30 days));
            _assertSum();
        }
        vm.warp(block.timestamp + 53 weeks);
        vm.assertEq(stream.unearned(), 0);
    }

    function testFuzz_neverGrowsByItself(uint128 amount, uint256 weeks_, uint256 a, uint256 b) external {
        stream.start(amount, block.timestamp + bound(weeks_, 1, 52) * 1 weeks);
        vm.warp(block.timestamp + bound(a, 0, 60 weeks));
        uint256 before = stream.unearned();
        vm.assertLe(before, amount);
        vm.warp(block.timestamp + bound(b, 0, 60 weeks));
        vm.assertLe(stream.unearned(), before);
    }

    function _assertSum() private view {
        uint256 sum = 0;
        for (uint256 i = 0; i < _premiums.length; ++i) {
            Premium memory p = _premiums[i];
            if (block.timestamp < p.to) sum += p.amount * (p.to - block.timestamp) / (p.to - p.from);
        }
        vm.assertApproxEqAbs(stream.unearned(), sum, _premiums.length + 1);
    }
}
