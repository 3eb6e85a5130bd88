// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {FlowLimiter} from "../inline/FlowLimiter.sol";
import {FlowQueue} from "../inline/FlowQueue.sol";
import {InvariantGuard} from "../inline/InvariantGuard.sol";
import {Brakeable} from "./Brakeable.sol";
import {IHarborPerps} from "./IHarborPerps.sol";
import {WithdrawalRequests} from "./WithdrawalRequests.sol";

/// @title Harbor's liquidity vault
/// @notice Liquidity providers deposit dollars for shares (18 decimals) and are together the counterparty of
/// all traders: the vault pays the traders' profits, and takes their losses and fees.
/// @dev Only booked assets count: a donation moves no share price. The asset must be a plain ERC-20, without
/// fees on transfer, rebasing or callbacks. Braking: pausing stops deposits; every level stops withdrawals.
/// The settlement with the perpetuals stays open, because they have a brake of their own.
///
/// What exceeds the flow limit waits as shares, and the maxima say how much does not have to. Nothing is ever
/// queued: a queue of amounts would let providers fix today's price for money that leaves later, and so flee
/// a loss at the cost of those who stay, and of the traders who have won. (ERC-4626 would not have it either:
/// a withdrawal pays exactly or reverts.)
///
/// Nothing leaves and no shares are sold unless the vault then holds what it has booked (see
/// `InvariantGuard`).
contract HarborVault is
    ERC4626,
    WithdrawalRequests,
    Brakeable,
    FlowLimiter,
    InvariantGuard,
    ReentrancyGuardTransient
{
    using SafeERC20 for IERC20;

    /// @dev Gas for reading one side of the condition; a token behind a proxy needs a fifth of it.
    uint32 private constant CONDITION_GAS = 50_000;
    /// @dev One unit of a 6-decimals asset is 1e12 units of shares. So many that inflating the price of the
    /// first share costs the attacker 1e12 times what it can take.
    uint8 private constant DECIMALS_OFFSET = 12;
    /// @dev The limiter wants to know; nothing waits in its queue.
    uint256 private constant QUEUE_DELAY_SECONDS = 1 days;

    uint256 private _bookedAssets;
    address private _perps;

    /// @notice The owner named the perpetuals.
    event PerpsSet(address indexed perps);
    /// @notice `amount` went to the perpetuals: traders' realised profit.
    event PaidOut(uint256 amount);
    /// @notice `amount` came from the perpetuals: traders' realised losses, and fees.
    event PaidIn(uint256 amount);

    /// @notice The perpetuals are named once.
    error PerpsAlreadySet(address perps);
    /// @notice The zero address cannot trade.
    error PerpsZero();
    /// @notice Only the perpetuals may do this.
    error CallerNotPerps(address caller, address perps);
    /// @notice The vault does not have what the traders won.
    error AssetsInsufficient(uint256 requested, uint256 booked);
    /// @notice More than may leave now, in units of the asset. The maxima say how much may.
    error OutflowExceeded(uint256 assets);

    modifier onlyPerps() {
        if (msg.sender != _perps) revert CallerNotPerps(msg.sender, _perps);
        _;
    }

    /// @param asset_ The dollar.
    /// @param owner_ Who wires the vault and announces the end of a brake.
    /// @param limit What providers may withdraw; shares of the base are shares of the booked assets.
    /// @param withdrawalDelaySeconds_ From a provider's request to its withdrawal; 0: without requests.
    constructor(IERC20 asset_, address owner_, Limit memory limit, uint256 withdrawalDelaySeconds_)
        ERC20("Harbor Liquidity", "hLP")
        ERC4626(asset_)
        WithdrawalRequests(withdrawalDelaySeconds_)
        Ownable(owner_)
        FlowQueue(QUEUE_DELAY_SECONDS)
    {
        _setFlowLimit(address(asset_), limit);
    }

    /// @notice Names the perpetuals. Only the owner, once.
    function setPerps(address perps_) external onlyOwner {
        if (_perps != address(0)) revert PerpsAlreadySet(_perps);
        if (perps_ == address(0)) revert PerpsZero();
        _perps = perps_;
        emit PerpsSet(perps_);
    }

    /// @notice Sends `amount` of the asset to the perpetuals. Only they may ask.
    function payOut(uint256 amount) external onlyPerps guarded nonReentrant {
        if (amount > _bookedAssets) revert AssetsInsufficient(amount, _bookedAssets);
        _bookedAssets -= amount;
        _returnInflow(asset(), amount);
        emit PaidOut(amount);
        IERC20(asset()).safeTransfer(_perps, amount);
    }

    /// @notice Takes `amount` of the asset from the perpetuals, which have allowed it. Only they may give.
    /// @dev Not guarded: whatever is missing, losses come in, so that positions can be closed and liquidated.
    function payIn(uint256 amount) external onlyPerps nonReentrant {
        _bookedAssets += amount;
        _deferInflow(asset(), amount);
        emit PaidIn(amount);
        IERC20(asset()).safeTransferFrom(_perps, address(this), amount);
    }

    /// @notice The perpetuals; the zero address until they are named.
    function perps() external view returns (address) {
        return _perps;
    }

    /// @notice What the vault holds by its own books, in units of the asset. Donations are not in it.
    function bookedAssets() external view returns (uint256) {
        return _bookedAssets;
    }

    /// @notice What the shares are worth together, in units of the asset: what is booked, less the traders'
    /// unrealised profit or plus their unrealised loss; never below 0.
    /// @dev At the feeds' last prices, which lag behind the market, and with all of the losses, those beyond
    /// the traders' margin too until they are liquidated. Who enters or leaves meanwhile does so at the cost
    /// of the other providers; the flow limit bounds how fast, and a delay takes the surprise out of it.
    function totalAssets() public view override returns (uint256) {
        if (_perps == address(0)) return _bookedAssets;
        int256 worth = int256(_bookedAssets) - IHarborPerps(_perps).unrealisedProfit();
        return worth > 0 ? uint256(worth) : 0;
    }

    /// @inheritdoc InvariantGuard
    function guardedConditions() public view override returns (Condition[] memory conditions) {
        conditions = new Condition[](1);
        conditions[0] = Condition({
            id: "vault-backed",
            left: Read(asset(), abi.encodeCall(IERC20.balanceOf, (address(this)))),
            comparison: Comparison.AtLeast,
            right: Read(address(this), abi.encodeCall(this.bookedAssets, ())),
            gasLimit: CONDITION_GAS,
            open: false
        });
    }

    /// @notice 0 while paused, and while the traders have won everything: shares would cost nothing.
    function maxDeposit(address) public view override returns (uint256) {
        bool worthless = totalSupply() != 0 && totalAssets() == 0;
        return isPaused() || worthless ? 0 : type(uint256).max;
    }

    /// @notice As `maxDeposit`, in shares.
    function maxMint(address receiver) public view override returns (uint256) {
        return maxDeposit(receiver);
    }

    /// @notice What all providers together could withdraw now, small withdrawals apart, in units of the
    /// asset.
    function outflowLeft() public view returns (uint256) {
        return flowLeft(asset());
    }

    /// @notice 0 while withdrawals are delayed; else what `owner` has, and has asked for in time if there is
    /// a delay, as far as the flow limit goes. `maxWithdraw` follows from it.
    function maxRedeem(address owner) public view override returns (uint256) {
        if (areWithdrawalsDelayed()) return 0;
        uint256 left = Math.max(outflowLeft(), smallFlowLeft(asset(), owner));
        return Math.min(_withdrawableShares(owner), convertToShares(left));
    }

    /// @inheritdoc ERC4626
    function deposit(uint256 assets, address receiver)
        public
        override
        guarded
        nonReentrant
        unlessPaused
        returns (uint256)
    {
        return super.deposit(assets, receiver);
    }

    /// @inheritdoc ERC4626
    function mint(uint256 shares, address receiver)
        public
        override
        guarded
        nonReentrant
        unlessPaused
        returns (uint256)
    {
        return super.mint(shares, receiver);
    }

    /// @inheritdoc ERC4626
    function withdraw(uint256 assets, address receiver, address owner)
        public
        override
        guarded
        nonReentrant
        unlessWithdrawalsDelayed
        returns (uint256)
    {
        return super.withdraw(assets, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(uint256 shares, address receiver, address owner)
        public
        override
        guarded
        nonReentrant
        unlessWithdrawalsDelayed
        returns (uint256)
    {
        return super.redeem(shares, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function decimals() public view override(ERC20, ERC4626) returns (uint8) {
        return super.decimals();
    }

    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        _bookedAssets += assets;
        _noteReceipt(asset(), assets);
        super._deposit(caller, receiver, assets, shares);
    }

    /// @dev Like ERC4626's, with books and limit in between.
    function _withdraw(address caller, address receiver, address owner, uint256 assets, uint256 shares)
        internal
        virtual
        override
    {
        if (caller != owner) _spendAllowance(owner, caller, shares);
        _useRequest(owner, shares);
        _burn(owner, shares);
        _bookedAssets -= assets;
        emit Withdraw(caller, receiver, owner, assets, shares);
        if (_release(asset(), owner, receiver, assets) != 0) revert OutflowExceeded(assets);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, WithdrawalRequests) {
        super._update(from, to, value);
    }

    /// @dev Cash, not worth: an unrealised profit, and with it the price, must not move the limit. Nor may
    /// what traders have just lost, whom a bent price can rob: see `payIn`.
    function _flowBase(address asset_) internal view override returns (uint256) {
        return asset_ == asset() ? _bookedAssets : 0;
    }

    function _requireFlowGovernor() internal view override {
        _checkOwner();
    }

    /// @dev Never, as nothing is queued.
    function _onStruck(address, uint256 amount) internal override {
        _bookedAssets += amount;
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return DECIMALS_OFFSET;
    }
}
