// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {InvariantTest} from "../Test.sol";
import {RegistryHandler} from "./RegistryHandler.sol";

contract GuardianRegistryInvariantTest is InvariantTest {
    RegistryHandler private handler;
    GuardianRegistry private registry;

    function setUp() external {
        handler = new RegistryHandler();
        registry = handler.theRegistry();
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = RegistryHandler.stake.selector;
        selectors[1] = RegistryHandler.requestUnstake.selector;
        selectors[2] = RegistryHandler.claim.selector;
        selectors[3] = RegistryHandler.startEpoch.selector;
        selectors[4] = RegistryHandler.slash.selector;
        // Twice, because stake comes out rarely.
        selectors[5] = RegistryHandler.claim.selector;
        selectors[6] = RegistryHandler.accuseTheHonest.selector;
        selectors[7] = RegistryHandler.fund.selector;
        selectors[8] = RegistryHandler.shareRewards.selector;
        selectors[9] = RegistryHandler.withdraw.selector;
        selectors[10] = RegistryHandler.payTreasury.selector;
        selectors[11] = RegistryHandler.pass.selector;
        _target(address(handler), selectors);
    }

    function invariant_whatIsHeldIsWhatEveryoneCanTakeOut() external view {
        vm.assertEq(handler.balance(), registry.liabilities());
        vm.assertEq(handler.sumOfClaims(), registry.liabilities());
    }

    /// @dev Nobody loses more than it had, and an honest guardian nothing.
    function invariant_stakeChangesOnlyByItsOwnersAndBySlashing() external view {
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            RegistryHandler.Actor memory one = handler.actor(i);
            vm.assertLe(one.lost + one.claimed, one.deposited);
            vm.assertEq(handler.heldOf(i), one.deposited - one.claimed - one.lost);
        }
        vm.assertEq(handler.actor(handler.HONEST()).lost, 0);
    }

    function invariant_rewardsPaidWereFundedOrBounties() external view {
        uint256 lost = 0;
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            lost += handler.actor(i).lost;
        }
        // A bounty is a tenth of what was lost.
        vm.assertLe(handler.withdrawn(), handler.funded() + lost / 10);
    }
}
