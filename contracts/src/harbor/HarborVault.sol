// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Brakeable} from "./Brakeable.sol";
import {IHarborPerps} from "./IHarborPerps.sol";
import {OutflowCap} from "./OutflowCap.sol";

/// @title Harbor's liquidity vault
/// @notice Liquidity providers deposit dollars for shares (18 decimals) and are together the counterparty of
/// all traders: the vault pays the traders' profits, and takes their losses and fees.
/// @dev Only booked assets count: a donation moves no share price. The asset must be a plain ERC-20, without
/// fees on transfer, rebasing or callbacks. Braking: pausing stops deposits; every level stops withdrawals.
/// The settlement with the perpetuals stays open, because they have a brake of their own.
contract HarborVault is ERC4626, Brakeable, OutflowCap, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev One unit of a 6-decimals asset is 1e12 units of shares. So many that inflating the price of the
    /// first share costs the attacker 1e12 times what it can take.
    uint8 private constant DECIMALS_OFFSET = 12;

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

    modifier onlyPerps() {
        if (msg.sender != _perps) revert CallerNotPerps(msg.sender, _perps);
        _;
    }

    /// @param asset_ The dollar.
    /// @param owner_ Who wires the vault and announces the end of a brake.
    /// @param capBps Largest share of the booked assets that may be withdrawn at once, in hundredths of a
    /// percent.
    /// @param windowSeconds How long it takes until as much may be withdrawn again.
    constructor(IERC20 asset_, address owner_, uint256 capBps, uint256 windowSeconds)
        ERC20("Harbor Liquidity", "hLP")
        ERC4626(asset_)
        Ownable(owner_)
        OutflowCap(capBps, windowSeconds)
    {}

    /// @notice Names the perpetuals. Only the owner, once.
    function setPerps(address perps_) external onlyOwner {
        if (_perps != address(0)) revert PerpsAlreadySet(_perps);
        if (perps_ == address(0)) revert PerpsZero();
        _perps = perps_;
        emit PerpsSet(perps_);
    }

    /// @notice Sends `amount` of the asset to the perpetuals. Only they may ask.
    function payOut(uint256 amount) external onlyPerps nonReentrant {
        if (amount > _bookedAssets) revert AssetsInsufficient(amount, _bookedAssets);
        _bookedAssets -= amount;
        _returnInflow(amount);
        emit PaidOut(amount);
        IERC20(asset()).safeTransfer(_perps, amount);
    }

    /// @notice Takes `amount` of the asset from the perpetuals, which have allowed it. Only they may give.
    function payIn(uint256 amount) external onlyPerps nonReentrant {
        _bookedAssets += amount;
        _deferInflow(amount);
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
    /// of the other providers; the cap bounds how fast.
    function totalAssets() public view override returns (uint256) {
        if (_perps == address(0)) return _bookedAssets;
        int256 worth = int256(_bookedAssets) - IHarborPerps(_perps).unrealisedProfit();
        return worth > 0 ? uint256(worth) : 0;
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

    /// @notice 0 while withdrawals are delayed; else what `owner` has, as far as the outflow cap goes, which
    /// is a share of what is booked. `maxWithdraw` follows from it.
    function maxRedeem(address owner) public view override returns (uint256) {
        if (areWithdrawalsDelayed()) return 0;
        return Math.min(balanceOf(owner), convertToShares(outflowLeft()));
    }

    /// @inheritdoc ERC4626
    function deposit(uint256 assets, address receiver)
        public
        override
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
        nonReentrant
        unlessWithdrawalsDelayed
        returns (uint256)
    {
        // Before the general check of the maximum, which could not say when to come back.
        _requireOutflow(assets);
        return super.withdraw(assets, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(uint256 shares, address receiver, address owner)
        public
        override
        nonReentrant
        unlessWithdrawalsDelayed
        returns (uint256)
    {
        _requireOutflow(previewRedeem(shares));
        return super.redeem(shares, receiver, owner);
    }

    function _transferIn(address from, uint256 assets) internal override {
        _bookedAssets += assets;
        super._transferIn(from, assets);
    }

    function _transferOut(address to, uint256 assets) internal override {
        _spendOutflow(assets);
        _bookedAssets -= assets;
        super._transferOut(to, assets);
    }

    /// @dev Cash, not worth: an unrealised profit, and with it the price, must not move the cap. Nor may what
    /// traders have just lost, whom a bent price can rob: see `payIn`.
    function _outflowBase() internal view override returns (uint256) {
        return _bookedAssets;
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return DECIMALS_OFFSET;
    }
}
