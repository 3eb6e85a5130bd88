// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Brakeable} from "../../src/harbor/Brakeable.sol";
import {Test} from "../Test.sol";

/// @notice One function behind each modifier.
contract BrakedFunctions is Brakeable {
    constructor(address owner_) Ownable(owner_) {}

    function withdraw() external view unlessWithdrawalsDelayed {}

    function open() external view unlessReduceOnly {}

    function trade() external view unlessPaused {}
}

contract BrakeableTest is Test {
    address private constant BREAKER = address(0xB4EA);

    BrakedFunctions private target;

    function setUp() external {
        vm.warp(1_760_000_000);
        target = new BrakedFunctions(address(this));
        target.setBreaker(BREAKER);
    }

    /// @dev What each function does, given the end of the brake at its level; 0 for an open one.
    function _assertOpen(uint256 delayedUntil, uint256 reduceOnlyUntil, uint256 pausedUntil) private {
        bytes4 selector = Brakeable.BrakeHolds.selector;
        vm.assertEq(target.areWithdrawalsDelayed(), delayedUntil != 0);
        vm.assertEq(target.isReduceOnly(), reduceOnlyUntil != 0);
        vm.assertEq(target.isPaused(), pausedUntil != 0);
        if (delayedUntil != 0) vm.expectRevert(abi.encodeWithSelector(selector, 1, delayedUntil));
        target.withdraw();
        if (reduceOnlyUntil != 0) vm.expectRevert(abi.encodeWithSelector(selector, 2, reduceOnlyUntil));
        target.open();
        if (pausedUntil != 0) vm.expectRevert(abi.encodeWithSelector(selector, 3, pausedUntil));
        target.trade();
    }

    function _brake(uint8 level, uint256 durationSeconds) private {
        vm.prank(BREAKER);
        if (level == 1) target.delayWithdrawalsFor(durationSeconds);
        else if (level == 2) target.reduceOnlyFor(durationSeconds);
        else target.pauseFor(durationSeconds);
    }

    function test_isOpenAtFirst() external {
        _assertOpen(0, 0, 0);
        vm.assertEq(target.breaker(), BREAKER);
    }

    function test_eachLevelIncludesTheMilderOnes() external {
        uint256 until = block.timestamp + 100;
        vm.expectEmit(address(target));
        emit Brakeable.Braked(1, until);
        _brake(1, 100);
        _assertOpen(until, 0, 0);
        _brake(2, 100);
        _assertOpen(until, until, 0);
        _brake(3, 100);
        _assertOpen(until, until, until);
        vm.warp(until);
        _assertOpen(0, 0, 0);
    }

    function test_neverGetsShorter() external {
        uint256 start = block.timestamp;
        _brake(2, 100);
        _brake(1, 50);
        _brake(2, 10);
        _assertOpen(start + 100, start + 100, 0);
        _brake(3, 20);
        _assertOpen(start + 100, start + 100, start + 20);
        _brake(1, 200);
        vm.warp(start + 20);
        _assertOpen(start + 200, start + 100, 0);
        vm.warp(start + 100);
        _assertOpen(start + 200, 0, 0);
    }

    function testFuzz_holdsAsLongAsTheLongestOfItsLevelOrAbove(uint256 seed) external {
        uint256[4] memory until;
        for (uint256 i = 0; i < 12; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint8 level = uint8(1 + random % 3);
            uint256 durationSeconds = 1 + (random >> 8) % 1 hours;
            _brake(level, durationSeconds);
            for (uint256 l = 1; l <= level; ++l) {
                if (block.timestamp + durationSeconds > until[l]) {
                    until[l] = block.timestamp + durationSeconds;
                }
            }
            vm.warp(block.timestamp + (random >> 32) % 1 hours);
            for (uint256 l = 1; l <= 3; ++l) {
                if (until[l] <= block.timestamp) until[l] = 0;
            }
            _assertOpen(until[1], until[2], until[3]);
        }
    }

    function test_liftEndsAllLevels() external {
        _brake(3, 100);
        _brake(1, 200);
        vm.expectEmit(address(target));
        emit Brakeable.BrakeLifted();
        vm.prank(BREAKER);
        target.lift();
        _assertOpen(0, 0, 0);
    }

    function test_onlyTheBreakerBrakes() external {
        bytes memory reason =
            abi.encodeWithSelector(Brakeable.CallerNotBreaker.selector, address(this), BREAKER);
        vm.expectRevert(reason);
        target.delayWithdrawalsFor(1);
        vm.expectRevert(reason);
        target.reduceOnlyFor(1);
        vm.expectRevert(reason);
        target.pauseFor(1);
        vm.expectRevert(reason);
        target.lift();
    }

    function test_theBreakerIsNamedOnceByTheOwner() external {
        target = new BrakedFunctions(address(this));
        vm.assertEq(target.breaker(), address(0));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, BREAKER));
        vm.prank(BREAKER);
        target.setBreaker(BREAKER);
        vm.expectRevert(Brakeable.BreakerZero.selector);
        target.setBreaker(address(0));
        vm.expectEmit(address(target));
        emit Brakeable.BreakerSet(BREAKER);
        target.setBreaker(BREAKER);
        vm.expectRevert(abi.encodeWithSelector(Brakeable.BreakerAlreadySet.selector, BREAKER));
        target.setBreaker(address(this));
    }

    function test_refusesADurationBeyondTime() external {
        vm.expectRevert();
        _brake(3, 1 << 40);
        vm.expectRevert();
        _brake(3, type(uint256).max);
    }
}
