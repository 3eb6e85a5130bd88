// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IGuardianRewards} from "../guardians/IGuardianRewards.sol";
import {FlowLimiter} from "../inline/FlowLimiter.sol";
import {FlowQueue} from "../inline/FlowQueue.sol";
import {InvariantGuard} from "../inline/InvariantGuard.sol";
import {Brakeable} from "./Brakeable.sol";
import {HarborVault} from "./HarborVault.sol";
import {PerpsCash} from "./PerpsCash.sol";

/// @title How Harbor's perpetuals settle
/// @notice Profits, losses and fees, between an account, the vault, the insurance fund and the guardians; and
/// what leaves. Amounts in units of the collateral.
abstract contract PerpsSettlement is
    PerpsCash,
    Brakeable,
    FlowLimiter,
    InvariantGuard,
    ReentrancyGuardTransient
{
    using SafeCast for uint256;
    using SafeCast for int256;
    using SafeERC20 for IERC20;

    /// @dev All sizes, prices and limits are scaled for it.
    uint8 private constant COLLATERAL_DECIMALS = 6;
    uint256 private constant BPS = 10_000;

    /// @notice Who gets what of a fee, in hundredths of a percent of it; the rest is the vault's.
    /// @param rebateBps The trader, as a rebate to be claimed. None on liquidations.
    /// @param insuranceBps The insurance fund.
    /// @param guardianBps The guardians.
    struct FeeShares {
        uint16 rebateBps;
        uint16 insuranceBps;
        uint16 guardianBps;
    }

    HarborVault private immutable _vault;
    IERC20 private immutable _collateral;
    IGuardianRewards private immutable _guardianRewards;
    uint256 private immutable _rebateBps;
    uint256 private immutable _insuranceBps;
    uint256 private immutable _guardianBps;

    /// @notice The insurance fund got `amount`: a donation, or the penalty of the account that was
    /// liquidated.
    event InsuranceFunded(address indexed from, uint256 amount);
    /// @notice The insurance fund paid the vault for a loss that an account could not pay.
    event InsurancePaid(uint256 amount);
    /// @notice The guardians got their share of the fees.
    event GuardianFeesPushed(uint256 amount);

    /// @notice The collateral must have 6 decimals.
    error CollateralDecimalsInvalid(uint256 decimals);
    /// @notice The shares of a fee are at most the whole fee.
    error FeeSharesOutOfRange(uint256 sumBps);
    /// @notice A share for guardians needs somebody who takes it.
    error GuardianRewardsMissing();
    /// @notice Fees that guardians are not paid in would stay here for ever.
    error GuardianRewardsTokenMismatch(address token, address collateral);
    /// @notice The guardians' contract did not take what it was given.
    error GuardianFeesNotTaken(uint256 amount, uint256 left);

    constructor(HarborVault vault_, IGuardianRewards guardianRewards_, FeeShares memory shares) {
        uint256 decimals = IERC20Metadata(vault_.asset()).decimals();
        if (decimals != COLLATERAL_DECIMALS) revert CollateralDecimalsInvalid(decimals);
        uint256 sumBps = uint256(shares.rebateBps) + shares.insuranceBps + shares.guardianBps;
        if (sumBps > BPS) revert FeeSharesOutOfRange(sumBps);
        _collateral = IERC20(vault_.asset());
        if (shares.guardianBps != 0) _requireTakesFees(guardianRewards_);
        _vault = vault_;
        _guardianRewards = guardianRewards_;
        _rebateBps = shares.rebateBps;
        _insuranceBps = shares.insuranceBps;
        _guardianBps = shares.guardianBps;
        _collateral.forceApprove(address(vault_), type(uint256).max);
    }

    /// @notice Adds `amount` of the collateral, which the caller has allowed, to the insurance fund, for
    /// good. What pays for insured losses comes in here.
    function donate(uint256 amount) external nonReentrant {
        _reserve(amount, 0);
        emit InsuranceFunded(msg.sender, amount);
        _collateral.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Sends the guardians their share of the fees. Anyone may call.
    function pushGuardianFees() external nonReentrant unlessWithdrawalsDelayed {
        uint256 amount = _takeGuardianFees();
        if (amount == 0) return;
        emit GuardianFeesPushed(amount);
        _collateral.forceApprove(address(_guardianRewards), amount);
        _guardianRewards.fundRewards(amount);
        uint256 left = _collateral.allowance(address(this), address(_guardianRewards));
        if (left != 0) revert GuardianFeesNotTaken(amount, left);
    }

    /// @inheritdoc FlowQueue
    /// @dev Held back while withdrawals are.
    function claim(uint256 id) public override nonReentrant unlessWithdrawalsDelayed {
        super.claim(id);
    }

    /// @inheritdoc FlowQueue
    function releaseNow(uint256 id) public override nonReentrant {
        super.releaseNow(id);
    }

    /// @notice The counterparty.
    function vault() external view returns (HarborVault) {
        return _vault;
    }

    /// @notice The token that margin and profits are paid in.
    function collateral() public view returns (IERC20) {
        return _collateral;
    }

    /// @notice Who takes the guardians' share of the fees.
    function guardianRewards() external view returns (IGuardianRewards) {
        return _guardianRewards;
    }

    /// @notice Who gets what of a fee.
    function feeShares() external view returns (FeeShares memory) {
        return FeeShares(uint16(_rebateBps), uint16(_insuranceBps), uint16(_guardianBps));
    }

    /// @notice All that is owed to traders: the cash of all accounts, the rebates that were not claimed, and
    /// the withdrawals that are queued. The insurance fund and the guardians' share of the fees are not in
    /// it.
    function totalClaims() public view returns (uint256) {
        return _tradersOwn() + queuedTotal(address(_collateral));
    }

    /// @notice All that the tokens held here are for: `totalClaims`, the insurance fund and the guardians'
    /// share.
    function obligations() public view returns (uint256) {
        return totalClaims() + insuranceFund() + guardianFees();
    }

    /// @notice What may leave at once.
    function outflowLeft() external view returns (uint256) {
        return flowLeft(address(_collateral));
    }

    /// @dev The lower one of what the books say and what there is: neither a donation nor a forged claim
    /// raises the cap; but that what leaves by a forged claim, c of the base, is still there when the cap is
    /// asked for, so that it is c / (1 - c).
    function _flowBase(address) internal view override returns (uint256) {
        uint256 tokens = _collateral.balanceOf(address(this));
        uint256 others = queuedTotal(address(_collateral)) + insuranceFund() + guardianFees();
        return Math.min(_tradersOwn(), Math.saturatingSub(tokens, others));
    }

    function _requireFlowGovernor() internal view override {
        _checkOwner();
    }

    /// @dev What was forged was never there. As far as it was, it is for the insurance fund.
    function _onStruck(address, uint256 amount) internal override {
        uint256 spare = Math.saturatingSub(_collateral.balanceOf(address(this)), obligations());
        _reserve(Math.min(amount, spare), 0);
    }

    /// @dev Books a profit (or loss) and a fee, and moves the difference to or from the vault.
    function _settle(address account, int256 profit, uint256 fee) internal {
        uint256 rebate = fee * _rebateBps / BPS;
        int256 change = profit - fee.toInt256();
        if (change > 0) _credit(account, change.toUint256());
        else _debit(account, SignedMath.abs(change));
        _accrueRebate(account, rebate);
        _settleWithVault((_shareFee(fee) - rebate).toInt256() - profit);
    }

    /// @dev Books what a fee brings the insurance fund and the guardians.
    /// @return rest What is left for the vault, and for the rebate.
    function _shareFee(uint256 fee) internal returns (uint256 rest) {
        uint256 forInsurance = fee * _insuranceBps / BPS;
        uint256 forGuardians = fee * _guardianBps / BPS;
        _reserve(forInsurance, forGuardians);
        return fee - forInsurance - forGuardians;
    }

    /// @dev Pays the vault up to `amount` out of the insurance fund.
    function _payInsurance(uint256 amount) internal returns (uint256 paid) {
        paid = _takeInsurance(amount);
        if (paid == 0) return 0;
        emit InsurancePaid(paid);
        // Not what `_deferInflow` had from there: the fund is no part of what may leave.
        _vault.payIn(paid);
    }

    function _requireTakesFees(IGuardianRewards guardianRewards_) private view {
        if (address(guardianRewards_) == address(0)) revert GuardianRewardsMissing();
        address token = address(guardianRewards_.token());
        if (token != address(_collateral)) revert GuardianRewardsTokenMismatch(token, address(_collateral));
    }

    function _settleWithVault(int256 toVault) internal {
        if (toVault > 0) {
            _returnInflow(address(_collateral), toVault.toUint256());
            _vault.payIn(toVault.toUint256());
        } else if (toVault < 0) {
            _deferInflow(address(_collateral), SignedMath.abs(toVault));
            _vault.payOut(SignedMath.abs(toVault));
        }
    }
}
