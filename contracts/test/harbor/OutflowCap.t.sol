// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {OutflowCap} from "../../src/harbor/OutflowCap.sol";
import {Test} from "../Test.sol";

/// @notice A purse of plain numbers behind the cap.
contract CappedPurse is OutflowCap {
    uint256 public base;

    constructor(uint256 capBps, uint256 windowSeconds) OutflowCap(capBps, windowSeconds) {}

    function put(uint256 amount) external {
        base += amount;
    }

    function putDeferred(uint256 amount) external {
        _deferInflow(amount);
        base += amount;
    }

    function giveBack(uint256 amount) external {
        _returnInflow(amount);
        base -= amount;
    }

    function take(uint256 amount) external {
        _spendOutflow(amount);
        base -= amount;
    }

    function _outflowBase() internal view override returns (uint256) {
        return base;
    }
}

contract OutflowCapTest is Test {
    uint256 private constant WINDOW = 1 hours;

    CappedPurse private purse;

    function setUp() external {
        vm.warp(1_760_000_000);
        purse = new CappedPurse(1_000, WINDOW);
        purse.put(1_000_000);
    }

    function _refuse(uint256 amount, uint256 left, uint256 retryAtSeconds) private {
        vm.expectRevert(
            abi.encodeWithSelector(OutflowCap.OutflowCapExceeded.selector, amount, left, retryAtSeconds)
        );
        purse.take(amount);
    }

    function test_letsTheCapGoAtOnce() external {
        vm.assertEq(purse.outflowCapBps(), 1_000);
        vm.assertEq(purse.outflowWindowSeconds(), WINDOW);
        vm.assertEq(purse.outflowLeft(), 100_000);
        purse.take(100_000);
        vm.assertEq(purse.outflowLeft(), 0);
    }

    function test_refillsEvenly() external {
        purse.take(100_000);
        vm.warp(block.timestamp + WINDOW / 4);
        // A quarter of the cap, of the 900,000 that are left.
        vm.assertEq(purse.outflowLeft(), 22_500);
        vm.warp(block.timestamp + WINDOW);
        vm.assertEq(purse.outflowLeft(), 90_000);
    }

    function test_saysHowMuchIsLeftAndWhenThereIsMore() external {
        uint256 start = block.timestamp;
        purse.take(60_000);
        // 4 % of the first base are left, of 940,000 now.
        _refuse(47_000, 37_600, start + WINDOW / 10);
        vm.warp(start + WINDOW / 10 - 1);
        vm.expectPartialRevert(OutflowCap.OutflowCapExceeded.selector);
        purse.take(47_000);
        vm.warp(start + WINDOW / 10);
        purse.take(47_000);
    }

    function test_saysNeverForMoreThanTheCap() external {
        _refuse(100_001, 100_000, type(uint256).max);
        _refuse(type(uint256).max, 100_000, type(uint256).max);
    }

    function test_letsNothingGoFromNothing() external {
        purse = new CappedPurse(1_000, WINDOW);
        purse.take(0);
        _refuse(1, 0, type(uint256).max);
    }

    function test_countsADeferredInflowAsItAges() external {
        purse.putDeferred(9_000_000);
        vm.assertEq(purse.outflowLeft(), 100_000);
        vm.warp(block.timestamp + WINDOW / 3);
        vm.assertEq(purse.outflowLeft(), 400_000);
        vm.warp(block.timestamp + WINDOW);
        vm.assertEq(purse.outflowLeft(), 1_000_000);
    }

    function test_addsUpDeferredInflows() external {
        purse.putDeferred(6_000_000);
        vm.warp(block.timestamp + WINDOW / 2);
        purse.putDeferred(3_000_000);
        // Half of the first and nothing of the second.
        vm.assertEq(purse.outflowLeft(), 400_000);
        vm.warp(block.timestamp + WINDOW / 2);
        vm.assertEq(purse.outflowLeft(), 700_000);
    }

    /// @dev What came in from elsewhere and goes back there leaves things as they were.
    function test_aDeferredInflowThatGoesBackLowersNothing() external {
        for (uint256 i = 0; i < 20; ++i) {
            purse.putDeferred(900_000);
            purse.giveBack(900_000);
            vm.assertEq(purse.outflowLeft(), 100_000);
        }
        purse.giveBack(100_000);
        vm.assertEq(purse.outflowLeft(), 90_000);
    }

    function test_aPartThatGoesBackLeavesTheRestItsAge() external {
        purse.putDeferred(800_000);
        vm.warp(block.timestamp + WINDOW / 2);
        // Half of it counts by now; of the other half, half goes back.
        purse.giveBack(200_000);
        vm.assertEq(purse.outflowLeft(), 140_000);
        vm.warp(block.timestamp + WINDOW / 4);
        vm.assertEq(purse.outflowLeft(), 150_000);
        vm.warp(block.timestamp + WINDOW / 4);
        vm.assertEq(purse.outflowLeft(), 160_000);
    }

    /// @dev Nor does it raise anything, in whatever order and at whatever times.
    function testFuzz_whatOthersBringAndTakeDoesNotRaiseTheCapAtOnce(uint256 seed) external {
        uint256 brought = 0;
        for (uint256 i = 0; i < 20; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 left = purse.outflowLeft();
            if (random % 2 == 0) {
                purse.putDeferred((random >> 8) % 1e9);
                brought += (random >> 8) % 1e9;
            } else {
                uint256 back = (random >> 8) % (brought + 1);
                brought -= back;
                purse.giveBack(back);
            }
            vm.assertLe(purse.outflowLeft(), left);
            vm.warp(block.timestamp + (random >> 128) % WINDOW);
            vm.assertLe(purse.outflowLeft(), purse.base() / 10);
        }
    }

    /// @dev Amounts too small for the bucket's unit are booked as one unit.
    function test_booksCrumbs() external {
        purse.put(1e30);
        uint256 left = purse.outflowLeft();
        for (uint256 i = 0; i < 10; ++i) {
            purse.take(1e12 - 1);
        }
        vm.assertLe(purse.outflowLeft(), left - 10 * (1e12 - 1));
    }

    function test_refusesASenselessCap() external {
        vm.expectRevert(abi.encodeWithSelector(OutflowCap.OutflowCapOutOfRange.selector, 0));
        new CappedPurse(0, WINDOW);
        vm.expectRevert(abi.encodeWithSelector(OutflowCap.OutflowCapOutOfRange.selector, 5_001));
        new CappedPurse(5_001, WINDOW);
        vm.expectRevert(OutflowCap.OutflowWindowMissing.selector);
        new CappedPurse(1_000, 0);
    }

    /// @dev What was said to be left can leave, and not a unit more.
    function testFuzz_whatIsLeftCanLeave(uint256 capBps, uint256 base, uint256 first, uint256 waitSeconds)
        external
    {
        purse = new CappedPurse(bound(capBps, 1, 5_000), WINDOW);
        purse.put(bound(base, 1, 1e30));
        purse.take(bound(first, 0, purse.outflowLeft()));
        vm.warp(block.timestamp + bound(waitSeconds, 0, 2 * WINDOW));
        uint256 left = purse.outflowLeft();
        vm.expectPartialRevert(OutflowCap.OutflowCapExceeded.selector);
        purse.take(left + 1);
        purse.take(left);
    }

    /// @dev The time that a refusal names is the first at which the same request passes.
    function testFuzz_retryAtIsTheFirstTimeThatServes(uint256 capBps, uint256 first, uint256 request)
        external
    {
        purse = new CappedPurse(bound(capBps, 1, 5_000), WINDOW);
        purse.put(1e15);
        purse.take(bound(first, 1, purse.outflowLeft()));
        uint256 left = purse.outflowLeft();
        request = bound(request, left + 1, purse.base() * purse.outflowCapBps() / 10_000);
        try purse.take(request) {
            vm.assertFalse(true, "more than was left could leave");
        } catch (bytes memory reason) {
            uint256 retryAt;
            assembly ("memory-safe") {
                retryAt := mload(add(reason, 0x64))
            }
            vm.warp(retryAt - 1);
            vm.expectPartialRevert(OutflowCap.OutflowCapExceeded.selector);
            purse.take(request);
            vm.warp(retryAt);
            purse.take(request);
        }
    }

    struct Step {
        uint256 time;
        uint256 base;
        uint256 paidIn;
        uint256 taken;
    }

    /// @dev Whoever takes all that can be taken, and pays in to take more, at whatever times: in each span
    /// the total is bounded by the largest base in it, and, while cap * (1 + span / window) <= 1, the balance
    /// by the first one.
    function testFuzz_boundHoldsOverAnySpan(uint256 seed) external {
        uint256 capBps = 1 + seed % 5_000;
        purse = new CappedPurse(capBps, WINDOW);
        purse.put(1e12);
        Step[] memory steps = new Step[](24);
        for (uint256 i = 0; i < steps.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            steps[i].time = block.timestamp;
            steps[i].base = purse.base();
            if (random % 4 == 0) {
                steps[i].paidIn = (random >> 8) % 1e13;
                purse.put(steps[i].paidIn);
            }
            steps[i].taken = (random >> 64) % 3 == 0 ? purse.outflowLeft() / 2 : purse.outflowLeft();
            purse.take(steps[i].taken);
            vm.warp(block.timestamp + (random >> 128) % (WINDOW / 2));
        }
        for (uint256 i = 0; i < steps.length; ++i) {
            _assertSpansFrom(steps, i, capBps);
        }
    }

    function _assertSpansFrom(Step[] memory steps, uint256 i, uint256 capBps) private pure {
        uint256 taken = 0;
        uint256 paidIn = 0;
        uint256 largest = 0;
        for (uint256 j = i; j < steps.length; ++j) {
            taken += steps[j].taken;
            paidIn += steps[j].paidIn;
            uint256 base = steps[j].base + steps[j].paidIn;
            if (base > largest) largest = base;
            // The share c * (1 + w / window), times 1e18, rounded up.
            uint256 shareE18 = capBps * 1e14 * (WINDOW + steps[j].time - steps[i].time) / WINDOW + 1;
            vm.assertLe(taken, largest * shareE18 / 1e18 + 1);
            if (shareE18 <= 1e18 && taken > paidIn) {
                vm.assertLe(taken - paidIn, steps[i].base * shareE18 / 1e18 + 1);
            }
        }
    }
}
