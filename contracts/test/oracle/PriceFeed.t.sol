// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {Test} from "../Test.sol";

contract PriceFeedTest is Test {
    int256 private constant MIN = 1_000e8;
    int256 private constant MAX = 1_000_000e8;
    uint256 private constant STEP_BPS = 500;
    address private constant STRANGER = address(0x57a6);

    PriceFeed private feed;

    function setUp() external {
        vm.warp(1_760_000_000);
        vm.roll(100);
        feed = new PriceFeed(address(this), "BTC / USD", MIN, MAX, STEP_BPS, 60);
        feed.setReporter(address(this));
    }

    function _assertRound(uint80 round, int256 answer, uint256 time) private view {
        (uint80 roundId, int256 actual, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            feed.getRoundData(round);
        vm.assertEq(roundId, round);
        vm.assertEq(actual, answer);
        vm.assertEq(startedAt, time);
        vm.assertEq(updatedAt, time);
        vm.assertEq(answeredIn, round);
    }

    function test_saysWhatItIs() external view {
        vm.assertEq(feed.decimals(), 8);
        vm.assertEq(feed.version(), 1);
        vm.assertEq(feed.description(), "BTC / USD");
        vm.assertEq(feed.heartbeatSeconds(), 60);
        vm.assertEq(feed.minAnswer(), MIN);
        vm.assertEq(feed.maxAnswer(), MAX);
        vm.assertEq(feed.maxStepBps(), STEP_BPS);
        vm.assertEq(feed.reporter(), address(this));
        vm.assertEq(feed.owner(), address(this));
    }

    function test_keepsEveryRound() external {
        uint256 start = block.timestamp;
        vm.expectEmit(address(feed));
        emit PriceFeed.AnswerUpdated(60_000e8, 1, start);
        feed.submit(60_000e8);
        pass(3, 12);
        feed.submit(61_000e8);
        _assertRound(1, 60_000e8, start);
        _assertRound(2, 61_000e8, start + 36);
        (uint80 roundId, int256 answer,, uint256 updatedAt,) = feed.latestRoundData();
        vm.assertEq(roundId, 2);
        vm.assertEq(answer, 61_000e8);
        vm.assertEq(updatedAt, start + 36);
    }

    function test_hasNoRoundBeforeTheFirst() external {
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.RoundUnknown.selector, 0));
        feed.latestRoundData();
        feed.submit(60_000e8);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.RoundUnknown.selector, 2));
        feed.getRoundData(2);
    }

    function test_takesOneUpdatePerBlock() external {
        feed.submit(60_000e8);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.AlreadyUpdatedInBlock.selector, block.number));
        feed.submit(60_000e8);
        pass(1, 12);
        feed.submit(60_000e8);
    }

    function test_haltsRatherThanJumps() external {
        feed.submit(60_000e8);
        pass(1, 12);
        bytes4 selector = PriceFeed.StepTooLarge.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, 63_000e8 + 1, 60_000e8, STEP_BPS));
        feed.submit(63_000e8 + 1);
        vm.expectRevert(abi.encodeWithSelector(selector, 57_000e8 - 1, 60_000e8, STEP_BPS));
        feed.submit(57_000e8 - 1);
        feed.submit(63_000e8);
        pass(1, 12);
        feed.submit(59_850e8);
    }

    function test_staysInItsRange() external {
        bytes4 selector = PriceFeed.AnswerOutOfRange.selector;
        int256[4] memory answers = [MIN - 1, MAX + 1, int256(0), -60_000e8];
        for (uint256 i = 0; i < answers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(selector, answers[i], MIN, MAX));
            feed.submit(answers[i]);
        }
        feed.submit(MIN);
    }

    function test_hearsOnlyTheReporter() external {
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.CallerNotReporter.selector, STRANGER, address(this)));
        vm.prank(STRANGER);
        feed.submit(60_000e8);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        vm.prank(STRANGER);
        feed.setReporter(STRANGER);
        vm.expectEmit(address(feed));
        emit PriceFeed.ReporterSet(STRANGER);
        feed.setReporter(STRANGER);
        vm.prank(STRANGER);
        feed.submit(60_000e8);
        // The history survives a change of the reporter, and so does the step.
        feed.setReporter(address(this));
        pass(1, 12);
        vm.expectPartialRevert(PriceFeed.StepTooLarge.selector);
        feed.submit(70_000e8);
    }

    function test_refusesSenselessSettings() external {
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.AnswerRangeInvalid.selector, 0, MAX));
        new PriceFeed(address(this), "", 0, MAX, STEP_BPS, 60);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.AnswerRangeInvalid.selector, MAX, MAX));
        new PriceFeed(address(this), "", MAX, MAX, STEP_BPS, 60);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.MaxStepOutOfRange.selector, 0));
        new PriceFeed(address(this), "", MIN, MAX, 0, 60);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.MaxStepOutOfRange.selector, 10_001));
        new PriceFeed(address(this), "", MIN, MAX, 10_001, 60);
        vm.expectRevert(PriceFeed.HeartbeatMissing.selector);
        new PriceFeed(address(this), "", MIN, MAX, STEP_BPS, 0);
    }

    /// @dev Whatever a stolen reporter's key submits, the answer moves by at most a step per block.
    function testFuzz_movesByAtMostAStepPerBlock(int256[16] calldata answers) external {
        feed.submit(60_000e8);
        int256 last = 60_000e8;
        for (uint256 i = 0; i < answers.length; ++i) {
            pass(1, 12);
            // Half of them anywhere, half of them near enough to have a chance.
            int256 answer = i % 2 == 0 ? answers[i] : last + (answers[i] % (last / 10));
            bool inRange = answer >= MIN && answer <= MAX;
            bool inStep = inRange && (answer > last ? answer - last : last - answer) * 10_000 <= last * 500;
            try feed.submit(answer) {
                vm.assertTrue(inStep);
                last = answer;
            } catch {
                vm.assertFalse(inStep);
            }
            (, int256 latest,,,) = feed.latestRoundData();
            vm.assertEq(latest, last);
        }
    }
}
