// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ClaimDesk} from "../../src/insure/ClaimDesk.sol";
import {InsurancePool} from "../../src/insure/InsurancePool.sol";
import {ExactTransfer} from "../../src/token/ExactTransfer.sol";
import {FeeToken, HookToken, ITokenSender, RegulatedToken} from "../token/Tokens.sol";
import {InsuranceFixture} from "./InsuranceFixture.sol";

/// @notice Deposits once more, once, while its deposit is being taken.
contract DepositInDeposit is ITokenSender {
    InsurancePool private immutable _pool;
    bool private _hasTried;

    constructor(InsurancePool pool, HookToken token) {
        _pool = pool;
        token.approve(address(pool), type(uint256).max);
    }

    function deposit() external {
        _pool.deposit(100, address(this));
    }

    function mint() external {
        _pool.mint(100e6, address(this));
    }

    function beforeSend() external {
        if (_hasTried) return;
        _hasTried = true;
        _pool.deposit(100, address(this));
    }
}

/// @notice Pools in other tokens than a plain dollar.
contract PoolLedgerTest is InsuranceFixture {
    function setUp() external {
        _deployInsurance();
    }

    function test_afterATotalLossNobodyBuysAShareOfNothing() external {
        (InsurancePool other, RegulatedToken token) = _regulated();
        token.seize(address(other), 1_000_000e18);
        vm.assertEq(other.totalAssets(), 0);
        vm.assertEq(other.maxDeposit(UDO), 0);
        vm.assertEq(other.maxMint(UDO), 0);
    }

    function test_worksWithEighteenDecimals() external {
        RegulatedToken token = new RegulatedToken();
        InsurancePool other =
            new InsurancePool(token, address(this), registry, _coverTerms(), _claimTerms(), _exitTerms());
        vm.assertEq(uint256(other.decimals()), 24);
        token.mint(UNA, 1_000_000e18);
        vm.startPrank(UNA);
        token.approve(address(other), type(uint256).max);
        uint256 got = other.deposit(1_000_000e18, UNA);
        vm.assertEq(got, 1_000_000e24);
        other.requestRedeem(got);
        vm.warp(block.timestamp + EXIT_DELAY);
        vm.assertEq(other.redeem(got, UNA, UNA), 1_000_000e18);
    }

    function test_refusesATokenWithAFee() external {
        FeeToken token = new FeeToken();
        InsurancePool other =
            new InsurancePool(token, address(this), registry, _coverTerms(), _claimTerms(), _exitTerms());
        token.mint(UNA, 100);
        vm.startPrank(UNA);
        token.approve(address(other), 100);
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.TransferInexact.selector, 100, 99));
        other.deposit(100, UNA);
    }

    function test_aDepositWithinADepositIsRefused() external {
        HookToken token = new HookToken();
        InsurancePool other =
            new InsurancePool(token, address(this), registry, _coverTerms(), _claimTerms(), _exitTerms());
        DepositInDeposit attacker = new DepositInDeposit(other, token);
        token.mint(address(attacker), 200);
        vm.expectRevert(
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        attacker.deposit();
    }

    /// @dev The deposit within is refused by the guard that the mint around it holds.
    function test_aDepositWithinAMintIsRefused() external {
        HookToken token = new HookToken();
        InsurancePool other =
            new InsurancePool(token, address(this), registry, _coverTerms(), _claimTerms(), _exitTerms());
        DepositInDeposit attacker = new DepositInDeposit(other, token);
        token.mint(address(attacker), 1_000);
        vm.expectRevert(
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        attacker.mint();
    }

    /// @dev The issuer takes some of the pool's tokens away: all covers, and all shares, bear their part of it.
    function test_whatIsSeizedIsBorneByAllInTheirShare() external {
        (InsurancePool other, RegulatedToken token) = _regulated();
        uint256[2] memory covers = [_coverOf(other, token, 600_000e18), _coverOf(other, token, 200_000e18)];
        vm.warp(block.timestamp + 1);
        uint256[2] memory claims;
        for (uint256 i = 0; i < 2; ++i) {
            ClaimDesk.Loss memory loss = _loss(covers[i], 1_000_000e18);
            bytes memory signatures = signaturesOf(QUORUM, other.hashLoss(loss));
            token.mint(CLAIMANT, 10_000e18);
            vm.startPrank(CLAIMANT);
            token.approve(address(other), type(uint256).max);
            claims[i] = other.openClaim(loss, QUORUM, signatures);
            vm.stopPrank();
        }
        vm.warp(block.timestamp + CHALLENGE);
        // Half of all cover is left.
        token.seize(address(other), other.totalAssets() - 400_000e18);
        other.settle(claims[0]);
        vm.assertApproxEqAbs(other.creditOf(BENEFICIARY), 300_000e18, 1e15);
        other.settle(claims[1]);
        vm.assertApproxEqAbs(other.creditOf(BENEFICIARY), 400_000e18, 1e15);
        other.payCredit(BENEFICIARY);
        other.payCredit(CLAIMANT);
        vm.assertGe(token.balanceOf(address(other)), other.owedAssets());
    }

    function test_oneWhoCannotBePaidKeepsNobodyUp() external {
        (InsurancePool other, RegulatedToken token) = _regulated();
        uint256 coverId = _coverOf(other, token, 600_000e18);
        vm.warp(block.timestamp + 1);
        ClaimDesk.Loss memory loss = _loss(coverId, 100e18);
        bytes memory signatures = signaturesOf(QUORUM, other.hashLoss(loss));
        token.mint(CLAIMANT, 1e18);
        vm.startPrank(CLAIMANT);
        token.approve(address(other), type(uint256).max);
        uint256 claimId = other.openClaim(loss, QUORUM, signatures);
        vm.stopPrank();
        token.setBlocked(BENEFICIARY, true);
        vm.warp(block.timestamp + CHALLENGE);
        other.settle(claimId);
        vm.assertEq(other.openClaimCount(), 0);
        other.payCredit(CLAIMANT);
        vm.expectRevert(abi.encodeWithSelector(RegulatedToken.AccountBlocked.selector, BENEFICIARY));
        other.payCredit(BENEFICIARY);
        token.setBlocked(BENEFICIARY, false);
        other.payCredit(BENEFICIARY);
        vm.assertEq(token.balanceOf(BENEFICIARY), 100e18);
    }

    function _regulated() private returns (InsurancePool other, RegulatedToken token) {
        token = new RegulatedToken();
        other = new InsurancePool(token, address(this), registry, _coverTerms(), _claimTerms(), _exitTerms());
        other.listProtocol(PROTOCOL, BENEFICIARY, 10_000_000e18);
        other.setRate(PROTOCOL, RATE_BPS);
        token.mint(UNA, 1_000_000e18);
        vm.startPrank(UNA);
        token.approve(address(other), type(uint256).max);
        other.deposit(1_000_000e18, UNA);
        vm.stopPrank();
    }

    function _coverOf(InsurancePool other, RegulatedToken token, uint128 amount) private returns (uint256) {
        uint256 end = _turn(10);
        uint256 premium = other.premiumFor(PROTOCOL, amount, end);
        token.mint(address(this), premium);
        IERC20(token).approve(address(other), premium);
        return other.buyCover(PROTOCOL, amount, end, premium);
    }
}
