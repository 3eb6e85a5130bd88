// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianStake} from "../../src/guardians/GuardianStake.sol";
import {RegistryParameters} from "../../src/guardians/RegistryParameters.sol";
import {SlashTreasury} from "../../src/guardians/SlashTreasury.sol";
import {RegistryFixture} from "./RegistryFixture.sol";

contract GuardianStakeTest is RegistryFixture {
    address private constant OPERATOR = address(0x09E4);

    function setUp() external {
        _deployRegistry();
    }

    // Staking

    function testFuzz_stake_addsWhatCameIn(uint256 first, uint256 second) external {
        (first, second) = (bound(first, 1, 1e28), bound(second, 1, 1e28));
        _stake(0, first);
        _stake(0, second);
        (uint256 staked, uint256 queued) = registry.stakeOf(_guardian(0));
        vm.assertEq(staked, first + second);
        vm.assertEq(queued, 0);
        _assertSolvent();
    }

    function test_stake_mayComeFromAnyone() external {
        token.mint(address(this), 5);
        token.approve(address(registry), 5);
        vm.expectEmit(address(registry));
        emit GuardianStake.Staked(_guardian(0), address(this), 5);
        registry.stake(_guardian(0), 5);
    }

    function test_stake_refusesNothingAndNobody() external {
        vm.expectRevert(GuardianStake.AmountZero.selector);
        registry.stake(_guardian(0), 0);
        vm.expectRevert(SlashTreasury.AccountZero.selector);
        registry.stake(address(0), 1);
    }

    // Leaving

    function test_requestUnstake_movesStakeToTheQueue() external {
        _stake(0, 100);
        vm.expectEmit(address(registry));
        emit GuardianStake.UnstakeRequested(_guardian(0), 60, GENESIS_SECONDS + 21 days);
        _requestUnstake(0, 60);
        (uint256 staked, uint256 queued) = registry.stakeOf(_guardian(0));
        vm.assertEq(staked, 40);
        vm.assertEq(queued, 60);
    }

    function test_requestUnstake_takesNoMoreThanThereIs() external {
        _stake(0, 100);
        vm.startPrank(_guardian(0));
        vm.expectRevert(abi.encodeWithSelector(GuardianStake.StakeInsufficient.selector, 101, 100));
        registry.requestUnstake(_guardian(0), 101);
        vm.expectRevert(GuardianStake.AmountZero.selector);
        registry.requestUnstake(_guardian(0), 0);
        vm.stopPrank();
    }

    function test_requestUnstake_beginsTheWaitAnewForAllOfTheQueue() external {
        _stake(5, 100);
        _requestUnstake(5, 60);
        vm.warp(GENESIS_SECONDS + 20 days);
        _requestUnstake(5, 1);
        vm.warp(GENESIS_SECONDS + 41 days);
        vm.expectRevert(
            abi.encodeWithSelector(GuardianStake.StakeStillBound.selector, GENESIS_SECONDS + 41 days)
        );
        _claim(5);
        vm.warp(GENESIS_SECONDS + 41 days + 1);
        _claim(5);
        vm.assertEq(token.balanceOf(_guardian(5)), 61);
    }

    /// @dev One who never sat in a set has only the wait.
    function test_claim_paysWhenTheWaitIsOver() external {
        _stake(5, 100);
        _requestUnstake(5, 60);
        vm.assertEq(registry.boundUntil(_guardian(5)), GENESIS_SECONDS + 21 days);
        vm.warp(GENESIS_SECONDS + 21 days);
        vm.expectRevert(
            abi.encodeWithSelector(GuardianStake.StakeStillBound.selector, GENESIS_SECONDS + 21 days)
        );
        _claim(5);
        vm.warp(GENESIS_SECONDS + 21 days + 1);
        vm.expectEmit(address(registry));
        emit GuardianStake.Unstaked(_guardian(5), _guardian(5), 60);
        _claim(5);
        vm.assertEq(token.balanceOf(_guardian(5)), 60);
        _assertSolvent();
        vm.expectRevert(abi.encodeWithSelector(GuardianStake.NothingQueued.selector, _guardian(5)));
        _claim(5);
    }

    /// @dev Its signature counts, so its stake stays, however long ago it asked.
    function test_claim_isNotForThoseWhoSit() external {
        _stakeAll(4);
        _requestUnstake(0, MIN_STAKE);
        vm.warp(GENESIS_SECONDS + 3650 days);
        vm.expectRevert(
            abi.encodeWithSelector(
                GuardianStake.StakeStillBound.selector, uint256(type(uint40).max) + 14 days
            )
        );
        _claim(0);
    }

    function test_claim_waitsUntilEvidenceIsNoLongerTaken() external {
        _stakeAll(5);
        _requestUnstake(0, MIN_STAKE);
        vm.warp(GENESIS_SECONDS + 100 days);
        address[] memory list = guardianList(4);
        list[0] = _guardian(4);
        _startEpoch(list);

        uint256 untilSeconds = GENESIS_SECONDS + 114 days + 10 minutes;
        vm.assertEq(registry.boundUntil(_guardian(0)), untilSeconds);
        vm.warp(untilSeconds);
        vm.expectRevert(abi.encodeWithSelector(GuardianStake.StakeStillBound.selector, untilSeconds));
        _claim(0);
        vm.warp(untilSeconds + 1);
        _claim(0);
        vm.assertEq(token.balanceOf(_guardian(0)), MIN_STAKE);
    }

    /// @dev A longer evidence window holds what is still here; a request keeps its own day.
    function test_claim_followsTheEvidenceWindowInForce() external {
        _stakeAll(5);
        address[] memory list = guardianList(4);
        list[0] = _guardian(4);
        _startEpoch(list);
        _requestUnstake(0, MIN_STAKE);
        RegistryParameters.Parameters memory p = parameters();
        (p.evidenceSeconds, p.unbondingSeconds) = (60 days, 80 days);
        vm.prank(TIMELOCK);
        registry.setParameters(p);
        vm.assertEq(registry.boundUntil(_guardian(0)), GENESIS_SECONDS + 60 days + 10 minutes);
        vm.assertEq(registry.boundUntil(_guardian(9)), 60 days);
    }

    // Operators

    function test_aGuardianIsItsOwnOperatorAtFirst() external view {
        vm.assertEq(registry.operatorOf(_guardian(0)), _guardian(0));
    }

    /// @dev A guardian's key is on a machine in the network; whoever steals it does not get the stake.
    function test_aStolenGuardianKeyCannotTakeTheStake() external {
        vm.expectEmit(address(registry));
        emit GuardianStake.OperatorSet(_guardian(5), OPERATOR);
        vm.prank(_guardian(5));
        registry.setOperator(_guardian(5), OPERATOR);
        _stake(5, 100);

        bytes memory reason =
            abi.encodeWithSelector(GuardianStake.CallerNotOperator.selector, _guardian(5), OPERATOR);
        vm.startPrank(_guardian(5));
        vm.expectRevert(reason);
        registry.requestUnstake(_guardian(5), 100);
        vm.expectRevert(reason);
        registry.setOperator(_guardian(5), _guardian(5));
        vm.stopPrank();

        vm.startPrank(OPERATOR);
        registry.requestUnstake(_guardian(5), 100);
        vm.warp(GENESIS_SECONDS + 22 days);
        vm.stopPrank();
        vm.expectRevert(reason);
        _claim(5);
        vm.prank(OPERATOR);
        registry.claim(_guardian(5));
        vm.assertEq(token.balanceOf(OPERATOR), 100);
    }

    function test_setOperator_namesSomebody() external {
        vm.startPrank(_guardian(5));
        vm.expectRevert(SlashTreasury.AccountZero.selector);
        registry.setOperator(_guardian(5), address(0));
    }

    function test_strangersDecideNothing() external {
        _stake(5, 100);
        bytes memory reason =
            abi.encodeWithSelector(GuardianStake.CallerNotOperator.selector, address(this), _guardian(5));
        vm.expectRevert(reason);
        registry.setOperator(_guardian(5), address(this));
        vm.expectRevert(reason);
        registry.requestUnstake(_guardian(5), 100);
        vm.expectRevert(reason);
        registry.claim(_guardian(5));
    }
}
