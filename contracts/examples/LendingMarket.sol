// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Brakeable} from "../src/harbor/Brakeable.sol";
import {FlowLimiter} from "../src/inline/FlowLimiter.sol";
import {FlowQueue} from "../src/inline/FlowQueue.sol";
import {InvariantGuard} from "../src/inline/InvariantGuard.sol";
import {IPriceFeed} from "../src/oracle/IPriceFeed.sol";
import {ExactTransfer} from "../src/token/ExactTransfer.sol";
import {LendingParameters} from "./LendingParameters.sol";

/// @title A lending market with every protection inside: an example, not to be deployed
/// @notice Suppliers lend dollars (6 decimals); borrowers post collateral (18 decimals) and borrow. There is
/// no interest, so that nothing hides what this is for.
contract LendingMarket is
    LendingParameters,
    Brakeable,
    FlowLimiter,
    InvariantGuard,
    ReentrancyGuardTransient
{
    using ExactTransfer for IERC20;
    using SafeCast for uint256;

    /// @notice What a liquidator gets on top of what it repays, in hundredths of a percent.
    uint256 public constant LIQUIDATION_BONUS_BPS = 500;

    /// @dev Gas for reading one side of a condition.
    uint32 private constant CONDITION_GAS = 50_000;
    /// @dev 18 decimals of collateral and 8 of its price to 6 of the dollar.
    uint256 private constant WORTH_SCALE = 1e20;

    /// @notice An account. Amounts in units of their token.
    struct Account {
        uint128 supplied;
        uint128 collateral;
        uint128 debt;
    }

    IERC20 private immutable _dollar;
    IERC20 private immutable _collateral;
    IPriceFeed private immutable _feed;
    mapping(address account => Account) private _accounts;
    /// @dev What is here by the books. Donations are not in it, nor is what waits in the queue.
    mapping(address asset => uint256) private _booked;
    uint256 private _totalSupplied;
    uint256 private _totalDebt;
    address private _claimCouncil;

    /// @notice An account has another balance now.
    event AccountChanged(address indexed account, Account balances);
    /// @notice `liquidator` repaid for `borrower`, and was credited with collateral.
    event Liquidated(
        address indexed borrower, address indexed liquidator, uint256 repaid, uint256 collateral
    );
    /// @notice The owner named who may strike forged claims.
    event ClaimCouncilSet(address indexed claimCouncil);

    /// @notice Only the council for claims, or the owner, may do this.
    error CallerNotClaimCouncil(address caller, address claimCouncil);
    /// @notice More was asked for than there is.
    error AmountTooLarge(uint256 amount, uint256 available);
    /// @notice The debt would be above what the collateral allows.
    error CollateralTooLow(address account, uint256 debt, uint256 maxDebt);
    /// @notice All together would owe more than they may.
    error DebtCapExceeded(uint256 totalDebt, uint256 debtCap);
    /// @notice The account's debt is not above the threshold.
    error AccountHealthy(address account, uint256 debt, uint256 threshold);
    /// @notice The price is older than the feed's heartbeat.
    error PriceStale(uint256 updatedAtSeconds, uint256 heartbeatSeconds);
    /// @notice The price is the lowest or the highest that the feed can give: the true one may be beyond it.
    error PriceAtBound(int256 answer);

    /// @param owner_ A timelock: it names breaker, steward and council, and announces lifts.
    /// @param dollarLimit What may leave of the dollar, see `FlowLimits`.
    /// @param collateralLimit What may leave of the collateral.
    constructor(
        IERC20 dollar_,
        IERC20 collateral_,
        IPriceFeed feed_,
        address owner_,
        uint256 debtCap_,
        Limit memory dollarLimit,
        Limit memory collateralLimit,
        uint256 queueDelaySeconds_
    ) Ownable(owner_) LendingParameters(debtCap_) FlowQueue(queueDelaySeconds_) {
        (_dollar, _collateral, _feed) = (dollar_, collateral_, feed_);
        _setFlowLimit(address(dollar_), dollarLimit);
        _setFlowLimit(address(collateral_), collateralLimit);
    }

    /// @notice Names who may strike forged claims beside the owner; the zero address: nobody. Only the owner.
    function setClaimCouncil(address claimCouncil_) external onlyOwner {
        _claimCouncil = claimCouncil_;
        emit ClaimCouncilSet(claimCouncil_);
    }

    /// @notice Lends `amount` dollars to the market.
    function supply(uint256 amount) external guarded nonReentrant unlessPaused {
        Account storage account = _accounts[msg.sender];
        account.supplied += amount.toUint128();
        _totalSupplied += amount;
        _takeIn(_dollar, amount);
        emit AccountChanged(msg.sender, account);
    }

    /// @notice Takes lent dollars back. What exceeds the flow limit waits as a claim.
    /// @return claimId 0 when it was paid at once.
    function withdraw(uint256 amount)
        external
        guarded
        nonReentrant
        unlessWithdrawalsDelayed
        returns (uint256 claimId)
    {
        Account storage account = _accounts[msg.sender];
        account.supplied = _minus(account.supplied, amount);
        _totalSupplied -= amount;
        emit AccountChanged(msg.sender, account);
        claimId = _payOut(_dollar, amount);
    }

    /// @notice Posts collateral. Always open: it can only make an account safer.
    function addCollateral(uint256 amount) external nonReentrant {
        Account storage account = _accounts[msg.sender];
        account.collateral += amount.toUint128();
        _takeIn(_collateral, amount);
        emit AccountChanged(msg.sender, account);
    }

    /// @notice Takes collateral out, as far as the debt allows.
    /// @return claimId 0 when it was paid at once.
    function removeCollateral(uint256 amount)
        external
        guarded
        nonReentrant
        unlessWithdrawalsDelayed
        returns (uint256 claimId)
    {
        Account storage account = _accounts[msg.sender];
        account.collateral = _minus(account.collateral, amount);
        if (account.debt != 0) _requireCollateral(msg.sender);
        emit AccountChanged(msg.sender, account);
        claimId = _payOut(_collateral, amount);
    }

    /// @notice Borrows dollars. They leave the market, so level 1 stops this like a withdrawal.
    /// @return claimId 0 when they were paid at once.
    function borrow(uint256 amount)
        external
        guarded
        nonReentrant
        unlessWithdrawalsDelayed
        returns (uint256 claimId)
    {
        Account storage account = _accounts[msg.sender];
        account.debt += amount.toUint128();
        _totalDebt += amount;
        if (_totalDebt > debtCap()) revert DebtCapExceeded(_totalDebt, debtCap());
        _requireCollateral(msg.sender);
        emit AccountChanged(msg.sender, account);
        claimId = _payOut(_dollar, amount);
    }

    /// @notice Repays a debt, anybody's. Always open, whatever is broken.
    function repay(address borrower, uint256 amount) external nonReentrant {
        Account storage account = _accounts[borrower];
        account.debt = _minus(account.debt, amount);
        _totalDebt -= amount;
        _takeIn(_dollar, amount);
        emit AccountChanged(borrower, account);
    }

    /// @notice Repays a debt that is above the threshold, for collateral and a bonus. It is credited here,
    /// not paid out: so liquidating goes on while withdrawals are delayed, and uses up no flow limit.
    function liquidate(address borrower, uint256 repaid) external guarded nonReentrant unlessPaused {
        Account storage account = _accounts[borrower];
        uint256 priceE8 = _freshPriceE8();
        uint256 threshold = _worth(account.collateral, priceE8) * LIQUIDATION_BPS / BPS;
        if (account.debt <= threshold) revert AccountHealthy(borrower, account.debt, threshold);
        uint256 seized = Math.mulDiv(repaid, WORTH_SCALE * (BPS + LIQUIDATION_BONUS_BPS), priceE8 * BPS);
        account.debt = _minus(account.debt, repaid);
        account.collateral = _minus(account.collateral, seized);
        _accounts[msg.sender].collateral += seized.toUint128();
        _totalDebt -= repaid;
        emit Liquidated(borrower, msg.sender, repaid, seized);
        _takeIn(_dollar, repaid);
    }

    /// @inheritdoc FlowQueue
    function claim(uint256 id) public override guarded nonReentrant unlessWithdrawalsDelayed {
        super.claim(id);
    }

    /// @inheritdoc FlowQueue
    /// @dev Not the council: it pays above the limit.
    function releaseNow(uint256 id) public override onlyOwner guarded nonReentrant {
        super.releaseNow(id);
    }

    /// @inheritdoc InvariantGuard
    function guardedConditions() public view override returns (Condition[] memory conditions) {
        conditions = new Condition[](3);
        conditions[0] = _backed("dollars-backed", _dollar);
        conditions[1] = _backed("collateral-backed", _collateral);
        conditions[2] = Condition({
            id: "supply-backed",
            left: Read(address(this), abi.encodeCall(this.bookedAssets, ())),
            comparison: Comparison.AtLeast,
            right: Read(address(this), abi.encodeCall(this.totalSupplied, ())),
            gasLimit: CONDITION_GAS,
            open: false
        });
    }

    /// @notice Who may strike forged claims beside the owner; the zero address: nobody.
    function claimCouncil() external view returns (address) {
        return _claimCouncil;
    }

    /// @notice Balances of an account.
    function accountOf(address account) external view returns (Account memory) {
        return _accounts[account];
    }

    /// @notice What the suppliers lent and have not taken back, in units of the dollar.
    function totalSupplied() external view returns (uint256) {
        return _totalSupplied;
    }

    /// @notice Dollars that are here by the books, and those that borrowers owe.
    function bookedAssets() external view returns (uint256) {
        return _booked[address(_dollar)] + _totalDebt;
    }

    /// @notice All that the tokens held here are for: what is in the books, and what waits in the queue.
    function obligations(address asset) external view returns (uint256) {
        return _booked[asset] + queuedTotal(asset);
    }

    function _takeIn(IERC20 asset, uint256 amount) private {
        _booked[address(asset)] += amount;
        _noteReceipt(address(asset), amount);
        asset.pull(msg.sender, amount);
    }

    /// @dev Last of all: the books no longer count what leaves.
    function _payOut(IERC20 asset, uint256 amount) private returns (uint256 claimId) {
        uint256 booked = _booked[address(asset)];
        if (amount > booked) revert AmountTooLarge(amount, booked);
        _booked[address(asset)] = booked - amount;
        claimId = _release(address(asset), msg.sender, msg.sender, amount);
    }

    /// @dev The books, not the balance: a donation raises no cap.
    function _flowBase(address asset) internal view override returns (uint256) {
        return _booked[asset];
    }

    /// @dev The owner, a timelock, would mostly be too late.
    function _requireFlowGovernor() internal view override {
        if (msg.sender == owner() || msg.sender == _claimCouncil) return;
        revert CallerNotClaimCouncil(msg.sender, _claimCouncil);
    }

    function _onStruck(address asset, uint256 amount) internal override {
        _booked[asset] += amount;
    }

    function _requireCollateral(address owner) private view {
        Account storage account = _accounts[owner];
        uint256 maxDebt = _worth(account.collateral, _freshPriceE8()) * borrowLimitBps() / BPS;
        if (account.debt > maxDebt) revert CollateralTooLow(owner, account.debt, maxDebt);
    }

    /// @dev A feed that halts is of use only to who notices.
    function _freshPriceE8() private view returns (uint256) {
        (, int256 answer,, uint256 updatedAt,) = _feed.latestRoundData();
        uint256 heartbeat = _feed.heartbeatSeconds();
        if (block.timestamp - updatedAt > heartbeat) revert PriceStale(updatedAt, heartbeat);
        if (answer <= _feed.minAnswer() || answer >= _feed.maxAnswer()) revert PriceAtBound(answer);
        return uint256(answer);
    }

    function _backed(bytes32 id, IERC20 asset) private view returns (Condition memory) {
        return Condition({
            id: id,
            left: Read(address(asset), abi.encodeCall(IERC20.balanceOf, (address(this)))),
            comparison: Comparison.AtLeast,
            right: Read(address(this), abi.encodeCall(this.obligations, (address(asset)))),
            gasLimit: CONDITION_GAS,
            open: false
        });
    }

    function _worth(uint256 collateral, uint256 priceE8) private pure returns (uint256) {
        return collateral * priceE8 / WORTH_SCALE;
    }

    function _minus(uint128 balance, uint256 amount) private pure returns (uint128) {
        if (amount > balance) revert AmountTooLarge(amount, balance);
        return balance - amount.toUint128();
    }
}
