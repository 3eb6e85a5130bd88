// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {SlashTreasury} from "../../src/guardians/SlashTreasury.sol";
import {TokenLedger} from "../../src/guardians/TokenLedger.sol";
import {RegistryFixture} from "./RegistryFixture.sol";

contract SlashTreasuryTest is RegistryFixture {
    address private constant POOL = address(0x7EA6);

    function setUp() external {
        _deployRegistry();
        _stakeAll(4);
    }

    function test_theTreasuryIsTheOwnersToName() external {
        vm.assertEq(registry.treasury(), TREASURY);
        vm.expectEmit(address(registry));
        emit SlashTreasury.TreasurySet(POOL);
        vm.prank(TIMELOCK);
        registry.setTreasury(POOL);
        vm.assertEq(registry.treasury(), POOL);

        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        registry.setTreasury(address(this));
        vm.prank(TIMELOCK);
        vm.expectRevert(SlashTreasury.AccountZero.selector);
        registry.setTreasury(address(0));
    }

    function test_thereIsATreasuryFromTheStart() external {
        GuardianRegistry.Config memory config_ = config(token);
        config_.treasury = address(0);
        vm.expectRevert(SlashTreasury.AccountZero.selector);
        new GuardianRegistry(config_, guardianList(4), TIMELOCK);
    }

    function test_slashedStakeWaitsForTheTreasury() external {
        _slash(0, 1, 1);
        _slash(1, 1, 1);
        vm.assertEq(registry.slashedStake(), 900e18);
        vm.expectEmit(address(registry));
        emit SlashTreasury.TreasuryPaid(TREASURY, 900e18);
        registry.payTreasury();
        vm.assertEq(token.balanceOf(TREASURY), 900e18);
        vm.assertEq(registry.slashedStake(), 0);
        _assertSolvent();

        vm.expectRevert(abi.encodeWithSelector(TokenLedger.NothingOwed.selector, TREASURY));
        registry.payTreasury();
    }

    function test_whatWaitsGoesToTheTreasuryOfThatDay() external {
        _slash(0, 1, 1);
        vm.prank(TIMELOCK);
        registry.setTreasury(POOL);
        registry.payTreasury();
        vm.assertEq(token.balanceOf(POOL), 450e18);
    }
}
