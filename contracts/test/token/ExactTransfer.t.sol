// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ExactTransfer} from "../../src/token/ExactTransfer.sol";
import {Test} from "../Test.sol";
import {FeeToken, RegulatedToken} from "./Tokens.sol";

contract ExactTransferTest is Test {
    address private constant PAYER = address(0x9A7);

    function testFuzz_takesExactlyWhatWasAsked(uint128 had, uint128 amount) external {
        RegulatedToken token = new RegulatedToken();
        token.mint(address(this), had);
        token.mint(PAYER, amount);
        vm.prank(PAYER);
        token.approve(address(this), amount);
        ExactTransfer.pull(token, PAYER, amount);
        vm.assertEq(token.balanceOf(address(this)), uint256(had) + amount);
    }

    function testFuzz_refusesWhatArrivesShort(uint128 amount) external {
        amount = uint128(bound(amount, 100, type(uint128).max));
        FeeToken token = new FeeToken();
        token.mint(PAYER, amount);
        vm.prank(PAYER);
        token.approve(address(this), amount);
        vm.expectRevert(
            abi.encodeWithSelector(ExactTransfer.TransferInexact.selector, amount, amount - amount / 100)
        );
        this.pull(token, amount);
    }

    /// @dev From outside, so that its revert can be expected.
    function pull(IERC20 token, uint256 amount) external {
        ExactTransfer.pull(token, PAYER, amount);
    }
}
