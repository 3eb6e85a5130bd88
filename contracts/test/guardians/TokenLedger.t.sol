// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {TokenLedger} from "../../src/guardians/TokenLedger.sol";
import {RegistryFixture} from "./RegistryFixture.sol";
import {FeeToken, ReentrantToken, StakeToken} from "./StakeTokens.sol";

contract TokenLedgerTest is RegistryFixture {
    function _deployWith(StakeToken token_) private {
        vm.warp(GENESIS_SECONDS);
        token = token_;
        registry = new GuardianRegistry(config(token_), guardianList(4), TIMELOCK);
        vm.assertEq(address(registry.token()), address(token_));
    }

    function test_refusesATokenThatTakesAFee() external {
        _deployWith(new FeeToken());
        token.mint(address(this), 1_000);
        token.approve(address(registry), 1_000);
        vm.expectRevert(abi.encodeWithSelector(TokenLedger.TransferMismatch.selector, 1_000, 990));
        registry.stake(_guardian(0), 1_000);
        vm.expectRevert(abi.encodeWithSelector(TokenLedger.TransferMismatch.selector, 1_000, 990));
        registry.fundRewards(1_000);
    }

    function test_takesOnlyWhatWasApproved() external {
        _deployWith(new StakeToken());
        token.mint(address(this), 10);
        token.approve(address(registry), 9);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(registry), 9, 10)
        );
        registry.stake(_guardian(0), 10);
    }

    /// @dev Nobody is owed what was sent here without a call.
    function test_whatIsSentWithoutACallCountsForNothing() external {
        _deployWith(new StakeToken());
        _stake(0, 100);
        token.mint(address(registry), 1_000);
        vm.assertEq(registry.liabilities(), 100);
        vm.assertEq(_held(0), 100);
        vm.assertEq(registry.pot(), 0);
    }

    /// @dev A token that calls back in the middle of each way in and out finds all of them shut.
    function test_aReentrantTokenFindsTheDoorsShut() external {
        ReentrantToken hostile = new ReentrantToken();
        _deployWith(hostile);
        _stake(5, 100);
        _fund(100);
        _requestUnstake(5, 50);
        vm.warp(GENESIS_SECONDS + 30 days);

        bytes[4] memory calls = [
            abi.encodeCall(registry.stake, (_guardian(5), 1)),
            abi.encodeCall(registry.fundRewards, (1)),
            abi.encodeCall(registry.claim, (_guardian(5))),
            abi.encodeCall(registry.withdraw, (_guardian(5)))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            hostile.mint(address(this), 1);
            hostile.approve(address(registry), 1);
            hostile.arm(address(registry), calls[i]);
            registry.fundRewards(1);
            _assertShut(hostile);
        }
        hostile.arm(address(registry), calls[2]);
        _claim(5);
        _assertShut(hostile);
        _assertSolvent();
    }

    function _assertShut(ReentrantToken hostile) private view {
        vm.assertFalse(hostile.succeeded());
        vm.assertEq(
            hostile.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }
}
