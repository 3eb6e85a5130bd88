// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Cover} from "../../examples/Cover.sol";
import {ClaimDesk} from "../../src/insure/ClaimDesk.sol";
import {InsuranceFixture} from "../insure/InsuranceFixture.sol";

/// @notice Cover that is bought, claimed and paid.
contract CoverTest is InsuranceFixture {
    uint128 private constant AMOUNT = 500_000e6;

    function setUp() external {
        _deployInsurance();
        _underwrite(UNA, 1_000_000e6);
        usd.mint(BUYER, 100_000e6);
    }

    function _buy() private returns (uint256 coverId) {
        vm.startPrank(BUYER);
        coverId = Cover.buy(pool, PROTOCOL, AMOUNT, 26, 11_000e6);
        vm.stopPrank();
    }

    /// @dev 4 % a year for half a year, and up to a week more.
    function test_costsWhatTheRateSays() external {
        _buy();
        uint256 premium = 100_000e6 - usd.balanceOf(BUYER);
        vm.assertGe(premium, uint256(AMOUNT) * 4 / 100 * 26 weeks / 365 days);
        vm.assertLe(premium, uint256(AMOUNT) * 4 / 100 * 27 weeks / 365 days + 1);
        vm.assertEq(usd.allowance(BUYER, address(pool)), 0);
    }

    function test_isPaidWhatGuardiansCertified() external {
        uint256 coverId = _buy();
        _wait(10 days);
        ClaimDesk.Loss memory loss = _loss(coverId, 200_000e6);
        uint256 claimId = _openClaim(loss);
        vm.assertEq(uint256(pool.claimOf(claimId).bond), 2_000e6);
        _wait(CHALLENGE);
        pool.settle(claimId);
        pool.payCredit(BENEFICIARY);
        vm.assertEq(usd.balanceOf(BENEFICIARY), 200_000e6);
    }

    function test_isDecidedByGovernanceWhenChallenged() external {
        uint256 claimId = _openClaim(_lossAfterADay(_buy()));
        _challenge(claimId);
        pool.decide(claimId, false);
        pool.payCredit(BENEFICIARY);
        pool.payCredit(CHALLENGER);
        vm.assertEq(usd.balanceOf(BENEFICIARY), 0);
        vm.assertEq(usd.balanceOf(CHALLENGER), 4_000e6);
    }

    function _lossAfterADay(uint256 coverId) private returns (ClaimDesk.Loss memory) {
        _wait(1 days);
        return _loss(coverId, 200_000e6);
    }
}
