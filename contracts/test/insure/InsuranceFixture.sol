// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {ClaimDesk} from "../../src/insure/ClaimDesk.sol";
import {CoverBook} from "../../src/insure/CoverBook.sol";
import {InsurancePool} from "../../src/insure/InsurancePool.sol";
import {Guardians} from "../guardians/Guardians.sol";
import {StakeToken} from "../guardians/StakeTokens.sol";

/// @notice A pool in dollars with four guardians, and one protocol that can be covered.
abstract contract InsuranceFixture is Guardians {
    address internal constant UNA = address(0x07A);
    address internal constant UDO = address(0x0D0);
    address internal constant PROTOCOL = address(0x9207);
    address internal constant BENEFICIARY = address(0xBE4E);
    address internal constant BUYER = address(0xB4E4);
    address internal constant CLAIMANT = address(0xC1A1);
    address internal constant CHALLENGER = address(0xC4A1);
    /// @dev Guardians 0, 1 and 2 of 4.
    uint256 internal constant QUORUM = 0x07;

    uint16 internal constant MIN_RATE_BPS = 50;
    uint16 internal constant MAX_RATE_BPS = 2_000;
    uint16 internal constant UTILISATION_BPS = 8_000;
    uint32 internal constant CLAIM_WINDOW = 14 days;
    uint32 internal constant CHALLENGE = 3 days;
    uint32 internal constant DECISION = 75 days;
    uint16 internal constant BOND_BPS = 100;
    uint32 internal constant EXIT_DELAY = 21 days;
    uint32 internal constant COLLECT = 3 days;
    uint16 internal constant RATE_BPS = 400;

    TestDollar internal usd;
    GuardianRegistry internal registry;
    InsurancePool internal pool;
    uint256 private _incidents;

    function _deployPool(address owner) internal {
        usd = new TestDollar(address(this));
        registry = new GuardianRegistry(config(new StakeToken()), guardianList(4), owner);
        pool = new InsurancePool(usd, owner, registry, _coverTerms(), _claimTerms(), _exitTerms());
    }

    /// @notice The pool of this contract's own, with the protocol listed and a rate set.
    function _deployInsurance() internal {
        vm.warp(1_760_000_000);
        vm.roll(1_000);
        _deployPool(address(this));
        pool.listProtocol(PROTOCOL, BENEFICIARY, 10_000_000e6);
        pool.setRate(PROTOCOL, RATE_BPS);
    }

    function _coverTerms() internal pure returns (CoverBook.CoverTerms memory) {
        return CoverBook.CoverTerms(MIN_RATE_BPS, MAX_RATE_BPS, UTILISATION_BPS, CLAIM_WINDOW);
    }

    function _claimTerms() internal pure returns (ClaimDesk.ClaimTerms memory) {
        return ClaimDesk.ClaimTerms(CHALLENGE, DECISION, BOND_BPS);
    }

    function _exitTerms() internal pure returns (InsurancePool.ExitTerms memory) {
        return InsurancePool.ExitTerms(EXIT_DELAY, COLLECT);
    }

    function _fund(address account, uint256 amount) internal {
        usd.mint(account, amount);
        vm.prank(account);
        usd.approve(address(pool), type(uint256).max);
    }

    function _underwrite(address account, uint256 amount) internal returns (uint256 shares) {
        _fund(account, amount);
        vm.prank(account);
        shares = pool.deposit(amount, account);
    }

    /// @notice The first turn of a week that is at least `weeks_` weeks ahead.
    function _turn(uint256 weeks_) internal view returns (uint256) {
        return (block.timestamp + weeks_ * 1 weeks + 1 weeks - 1) / 1 weeks * 1 weeks;
    }

    function _buyCover(uint128 amount, uint256 weeks_) internal returns (uint256 coverId) {
        uint256 end = _turn(weeks_);
        uint256 premium = pool.premiumFor(PROTOCOL, amount, end);
        _fund(BUYER, premium);
        vm.prank(BUYER);
        coverId = pool.buyCover(PROTOCOL, amount, end, premium);
    }

    /// @notice A new incident, now, and what it cost.
    function _loss(uint256 coverId, uint256 amount) internal returns (ClaimDesk.Loss memory) {
        return ClaimDesk.Loss({
            coverId: coverId,
            incidentId: keccak256(abi.encode("incident", ++_incidents)),
            amount: amount,
            incidentSeconds: uint64(block.timestamp),
            epoch: 1,
            deadlineSeconds: uint64(block.timestamp + 7 days)
        });
    }

    /// @notice The claimant carries a certified loss.
    function _openClaim(ClaimDesk.Loss memory loss) internal returns (uint256 claimId) {
        bytes memory signatures = signaturesOf(QUORUM, pool.hashLoss(loss));
        _fund(CLAIMANT, loss.amount * BOND_BPS / 10_000 + 1);
        vm.prank(CLAIMANT);
        claimId = pool.openClaim(loss, QUORUM, signatures);
    }

    function _challenge(uint256 claimId) internal {
        _fund(CHALLENGER, pool.claimOf(claimId).bond);
        vm.prank(CHALLENGER);
        pool.challenge(claimId);
    }

    function _request(address owner, uint256 shares) internal {
        vm.prank(owner);
        pool.requestRedeem(shares);
    }

    function _redeem(address owner, uint256 shares) internal returns (uint256 assets) {
        vm.prank(owner);
        assets = pool.redeem(shares, owner, owner);
    }

    function _wait(uint256 seconds_) internal {
        vm.warp(block.timestamp + seconds_);
    }

    /// @notice What must hold always: nothing is owed that is not there, and all cover could be paid at once.
    function _assertSolvent() internal view {
        vm.assertGe(usd.balanceOf(address(pool)), pool.bookedAssets() + pool.owedAssets());
        vm.assertGe(pool.bookedAssets(), pool.totalAssets() + pool.unearnedPremium());
        vm.assertGe(pool.totalAssets(), pool.activeCover());
    }
}
