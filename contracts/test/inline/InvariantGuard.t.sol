// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {InvariantGuard} from "../../src/inline/InvariantGuard.sol";
import {Test} from "../Test.sol";
import {PlainToken} from "./Tokens.sol";

/// @notice Answers as it is told.
contract Oracle {
    enum Mood {
        Number,
        Revert,
        Short,
        Burn,
        Bomb
    }

    Mood private _mood;
    uint256 private _answer;

    function set(Mood mood, uint256 answer_) external {
        (_mood, _answer) = (mood, answer_);
    }

    function answer() external view returns (uint256) {
        if (_mood == Mood.Revert) revert();
        if (_mood == Mood.Burn) while (true) {}
        if (_mood == Mood.Short || _mood == Mood.Bomb) {
            uint256 size = _mood == Mood.Short ? 31 : 50_000;
            uint256 word = _answer;
            assembly {
                mstore(0, word)
                return(0, size)
            }
        }
        return _answer;
    }
}

/// @notice Two numbers, and an oracle for each of two conditions on the first: one closed, one open.
contract GuardedPair is InvariantGuard {
    uint256 public a;
    uint256 public b;
    Comparison private _comparison;
    Oracle public immutable strict = new Oracle();
    Oracle public immutable lenient = new Oracle();

    constructor() {
        lenient.set(Oracle.Mood.Number, type(uint256).max);
        strict.set(Oracle.Mood.Number, 7);
    }

    function setComparison(Comparison comparison) external {
        _comparison = comparison;
    }

    function setBoth(uint256 a_, uint256 b_) external guarded {
        (a, b) = (a_, b_);
    }

    function setA(uint256 a_) public guarded {
        a = a_;
    }

    function setB(uint256 b_) public guarded {
        b = b_;
    }

    /// @notice Each step alone would break a condition.
    function setInSteps(uint256 a_, uint256 b_) external guarded {
        setA(a_);
        this.setB(b_);
    }

    function setOneAndFailTheOther(uint256 a_, uint256 b_) external guarded {
        a = a_;
        try this.setBAndRevert(b_) {} catch {}
    }

    function setBAndRevert(uint256 b_) external guarded {
        b = b_;
        require(b != b_);
    }

    function guardedConditions() public view override returns (Condition[] memory list) {
        list = new Condition[](3);
        list[0] = Condition(
            "a ? b",
            Read(address(this), abi.encodeCall(this.a, ())),
            _comparison,
            Read(address(this), abi.encodeCall(this.b, ())),
            20_000,
            false
        );
        Read memory seven = Read(address(0), abi.encode(7));
        list[1] = Condition(
            "strict",
            Read(address(strict), abi.encodeCall(Oracle.answer, ())),
            Comparison.Equal,
            seven,
            30_000,
            false
        );
        list[2] = Condition(
            "lenient",
            seven,
            Comparison.AtMost,
            Read(address(lenient), abi.encodeCall(Oracle.answer, ())),
            30_000,
            true
        );
    }
}

/// @notice Pays, guarded or not: tokens held cover what is owed, and what is owed is the sum of its parts.
contract GuardedPayer is InvariantGuard, ReentrancyGuardTransient {
    PlainToken private immutable _token;
    uint256 private _first;
    uint256 private _second = 1e12;
    uint256 private _owed = 1e12;

    constructor(PlainToken token) {
        _token = token;
    }

    function payGuarded(address to, uint256 amount) external guarded nonReentrant {
        _pay(to, amount);
    }

    function pay(address to, uint256 amount) external nonReentrant {
        _pay(to, amount);
    }

    function owed() external view returns (uint256) {
        return _owed;
    }

    function parts() external view nonReentrantView returns (uint256) {
        return _first + _second;
    }

    function guardedConditions() public view override returns (Condition[] memory list) {
        Read memory owes = Read(address(this), abi.encodeCall(this.owed, ()));
        list = new Condition[](2);
        list[0] = Condition(
            "solvent",
            Read(address(_token), abi.encodeCall(IERC20.balanceOf, (address(this)))),
            Comparison.AtLeast,
            owes,
            30_000,
            false
        );
        list[1] = Condition(
            "sum", Read(address(this), abi.encodeCall(this.parts, ())), Comparison.Equal, owes, 30_000, false
        );
    }

    function _pay(address to, uint256 amount) private {
        _second -= amount;
        _owed -= amount;
        _token.transfer(to, amount);
    }
}

contract InvariantGuardTest is Test {
    GuardedPair private pair;

    function setUp() external {
        pair = new GuardedPair();
    }

    function _broken(uint256 left, uint256 right) private {
        vm.expectRevert(
            abi.encodeWithSelector(InvariantGuard.InvariantBroken.selector, bytes32("a ? b"), left, right)
        );
    }

    function testFuzz_comparesAsDeclared(uint256 a, uint256 b, uint8 comparison) external {
        comparison = uint8(bound(comparison, 0, 2));
        pair.setComparison(InvariantGuard.Comparison(comparison));
        bool holds = comparison == 0 ? a == b : comparison == 1 ? a >= b : a <= b;
        if (!holds) _broken(a, b);
        pair.setBoth(a, b);
        vm.assertEq(pair.a(), holds ? a : 0);
    }

    function test_equalityIsComparedToo() external {
        pair.setBoth(5, 5);
        _broken(5, 6);
        pair.setB(6);
        for (uint8 comparison = 1; comparison <= 2; ++comparison) {
            pair.setComparison(InvariantGuard.Comparison(comparison));
            pair.setBoth(5, 5);
        }
    }

    function test_checksOnceWhenTheOutermostCallEnds() external {
        _broken(1, 0);
        pair.setA(1);
        pair.setInSteps(1, 1);
        vm.assertEq(pair.b(), 1);
        _broken(2, 3);
        pair.setInSteps(2, 3);
        // The guard is as before.
        _broken(2, 1);
        pair.setA(2);
    }

    function test_anInnerCallThatRevertsLeavesTheGuardOn() external {
        _broken(1, 0);
        pair.setOneAndFailTheOther(1, 1);
        pair.setOneAndFailTheOther(0, 1);
        _broken(1, 0);
        pair.setA(1);
    }

    function test_anyOfTheConditionsCounts() external {
        pair.strict().set(Oracle.Mood.Number, 8);
        vm.expectRevert(
            abi.encodeWithSelector(InvariantGuard.InvariantBroken.selector, bytes32("strict"), 8, 7)
        );
        pair.setBoth(1, 1);
        pair.strict().set(Oracle.Mood.Number, 7);
        pair.lenient().set(Oracle.Mood.Number, 6);
        vm.expectRevert(
            abi.encodeWithSelector(InvariantGuard.InvariantBroken.selector, bytes32("lenient"), 7, 6)
        );
        pair.setBoth(1, 1);
    }

    function test_aConditionThatCannotBeReadIsAnError() external {
        for (uint8 mood = 1; mood <= 3; ++mood) {
            pair.strict().set(Oracle.Mood(mood), 7);
            vm.expectRevert(
                abi.encodeWithSelector(InvariantGuard.InvariantUnknown.selector, bytes32("strict"))
            );
            pair.setBoth(1, 1);
        }
    }

    function test_anOpenConditionThatCannotBeReadIsTold() external {
        for (uint8 mood = 1; mood <= 3; ++mood) {
            pair.lenient().set(Oracle.Mood(mood), 7);
            vm.expectEmit(address(pair));
            emit InvariantGuard.InvariantUnchecked("lenient");
            pair.setBoth(mood, mood);
            vm.assertEq(pair.a(), mood);
        }
    }

    /// @dev What comes back beyond a word is not copied, and costs nothing here.
    function test_aLongAnswerIsItsFirstWord() external {
        pair.setBoth(1, 1);
        uint256 before = gasleft();
        pair.setBoth(2, 2);
        uint256 usual = before - gasleft();
        pair.strict().set(Oracle.Mood.Bomb, 7);
        before = gasleft();
        pair.setBoth(3, 3);
        vm.assertLe(before - gasleft(), usual + 30_000);
    }

    /// @dev An account without code answers nothing, which is no answer.
    function test_aTargetWithoutCodeIsNoAnswer() external {
        vm.etch(address(pair.strict()), "");
        vm.expectRevert(abi.encodeWithSelector(InvariantGuard.InvariantUnknown.selector, bytes32("strict")));
        pair.setBoth(1, 1);
    }

    /// @dev The gas that the open condition needs is there or the call fails: with any gas at all, the
    /// condition is never passed over while its view works.
    function test_theCallerCannotStarveAnOpenCondition() external {
        pair.lenient().set(Oracle.Mood.Number, 6);
        bool broke = false;
        bool starved = false;
        for (uint256 gas_ = 20_000; gas_ <= 200_000; gas_ += 500) {
            try pair.setBoth{gas: gas_}(1, 1) {
                vm.assertFalse(true, "passed over");
            } catch (bytes memory reason) {
                bytes4 selector = bytes4(reason);
                broke = broke || selector == InvariantGuard.InvariantBroken.selector;
                if (selector == InvariantGuard.InvariantGasTooLow.selector) {
                    starved = true;
                    this.assertTooLow(reason);
                }
                vm.assertFalse(selector == InvariantGuard.InvariantUnknown.selector);
            }
        }
        vm.assertTrue(broke && starved);
    }

    /// @dev 64/63 of what the condition may use, and 5,000 for what comes around it.
    function assertTooLow(bytes calldata reason) external pure {
        (bytes32 id, uint256 gasLeft, uint256 gasNeeded) = abi.decode(reason[4:], (bytes32, uint256, uint256));
        vm.assertEq(gasNeeded, id == "a ? b" ? 25_317 : 35_476);
        vm.assertLt(gasLeft, gasNeeded);
    }
}

/// @notice What two conditions add to a payment: whole transactions.
/// forge-config: default.isolate = true
contract InvariantGuardGasTest is Test {
    address private constant TO = address(0x70);

    event Overhead(string name, uint256 gas);

    function test_overheadStaysBelowItsTarget() external {
        PlainToken token = new PlainToken(6);
        token.mint(TO, 1);
        GuardedPayer payer = new GuardedPayer(token);
        token.mint(address(payer), 1e12);
        payer.pay(TO, 1e6);
        uint256 bare = vm.lastCallGas().gasTotalUsed;
        payer.payGuarded(TO, 1e6);
        uint256 overhead = vm.lastCallGas().gasTotalUsed - bare;
        emit Overhead("two conditions", overhead);
        vm.assertLe(overhead, 15_000);
    }
}
