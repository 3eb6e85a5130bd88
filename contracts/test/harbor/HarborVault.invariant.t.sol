// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {InvariantTest} from "../Test.sol";
import {HarborVaultHandler} from "./HarborVaultHandler.sol";

contract HarborVaultInvariantTest is InvariantTest {
    HarborVaultHandler private handler;
    HarborVault private vault;
    TestDollar private usd;

    function setUp() external {
        handler = new HarborVaultHandler();
        (vault, usd) = (handler.vault(), handler.usd());
        bytes4[] memory selectors = new bytes4[](13);
        selectors[0] = HarborVaultHandler.deposit.selector;
        selectors[1] = HarborVaultHandler.deposit.selector;
        selectors[2] = HarborVaultHandler.requestRedeem.selector;
        selectors[3] = HarborVaultHandler.withdraw.selector;
        selectors[4] = HarborVaultHandler.withdraw.selector;
        selectors[5] = HarborVaultHandler.withdrawTooMuch.selector;
        selectors[6] = HarborVaultHandler.transfer.selector;
        selectors[7] = HarborVaultHandler.settle.selector;
        selectors[8] = HarborVaultHandler.move.selector;
        selectors[9] = HarborVaultHandler.donate.selector;
        selectors[10] = HarborVaultHandler.brake.selector;
        selectors[11] = HarborVaultHandler.passTime.selector;
        selectors[12] = HarborVaultHandler.passTime.selector;
        _target(address(handler), selectors);
    }

    function invariant_holdsWhatItHasBooked() external view {
        vm.assertEq(usd.balanceOf(address(vault)), vault.bookedAssets() + handler.donated());
        vm.assertEq(vault.queuedTotal(address(usd)), 0);
    }

    function invariant_requestsAreForSharesThatAreThere() external {
        handler.setClock();
        address[] memory providers = handler.providers();
        uint256 supply = 0;
        for (uint256 i = 0; i < providers.length; ++i) {
            uint256 pending = vault.pendingRedeemRequest(0, providers[i]);
            uint256 claimable = vault.claimableRedeemRequest(0, providers[i]);
            vm.assertTrue(pending == 0 || claimable == 0);
            vm.assertLe(pending + claimable, vault.balanceOf(providers[i]));
            vm.assertLe(vault.maxRedeem(providers[i]), claimable);
            supply += vault.balanceOf(providers[i]);
        }
        vm.assertEq(vault.totalSupply(), supply);
    }
}
