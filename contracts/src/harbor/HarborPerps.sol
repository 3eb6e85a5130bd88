// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {Brakeable} from "./Brakeable.sol";
import {HarborVault} from "./HarborVault.sol";
import {OutflowCap} from "./OutflowCap.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsCash} from "./PerpsCash.sol";
import {PerpsMarkets} from "./PerpsMarkets.sol";

/// @title Harbor's perpetuals
/// @notice Cross-margin perpetual futures, settled in dollars against the vault. An account's cash backs all
/// its positions. Amounts in units of the collateral (1e-6 USD) unless the name says otherwise.
///
/// Realised profits come from the vault, realised losses and fees go to it, at once; what stays here is what
/// the traders own (`totalClaims`). Unrealised profit delays a liquidation, but opens and withdraws nothing.
/// While a feed is stale, an account with a position there can add margin and close, but neither open nor
/// withdraw.
///
/// What stops at which level of the brake:
/// - withdrawals delayed: `withdraw`;
/// - reduce-only: `open` too;
/// - paused, when the price or the books are in doubt: `close`, `liquidate` and `claimRebates` too.
/// `deposit` never stops: margin can always be added.
contract HarborPerps is PerpsCash, PerpsMarkets, Brakeable, OutflowCap, ReentrancyGuardTransient {
    using PerpsBook for PerpsBook.Market;
    using SafeCast for uint256;
    using SafeCast for int256;
    using SafeERC20 for IERC20;

    /// @notice What a liquidator gets, in hundredths of a percent of the notional closed, as far as equity
    /// goes.
    uint256 public constant LIQUIDATION_REWARD_BPS = 50;

    /// @dev All sizes, prices and limits are scaled for it.
    uint8 private constant COLLATERAL_DECIMALS = 6;

    HarborVault private immutable _vault;
    IERC20 private immutable _collateral;
    uint256 private immutable _minHoldBlocks;
    uint256 private immutable _rebateBps;
    uint256 private _badDebt;

    /// @notice Margin came in.
    event Deposited(address indexed account, uint256 amount);
    /// @notice Cash went out.
    event Withdrawn(address indexed account, uint256 amount);
    /// @notice A position was opened or added to.
    event Opened(
        address indexed account,
        bytes32 indexed market,
        bool isLong,
        uint256 sizeE18,
        uint256 priceE8,
        uint256 fee
    );
    /// @notice `profit` is without the fee.
    event Closed(
        address indexed account,
        bytes32 indexed market,
        uint256 sizeE18,
        uint256 priceE8,
        int256 profit,
        uint256 fee
    );
    /// @notice All positions were closed. `equity` is what was left before fee and reward; if negative, it is
    /// the bad debt.
    event Liquidated(address indexed account, address indexed liquidator, int256 equity, uint256 reward);
    /// @notice Rebates became cash.
    event RebatesClaimed(address indexed account, uint256 amount);

    /// @notice The collateral must have 6 decimals.
    error CollateralDecimalsInvalid(uint256 decimals);
    /// @notice The rebate is at most the whole fee.
    error RebateShareOutOfRange(uint256 rebateBps);
    /// @notice A trade has a size.
    error SizeZero();
    /// @notice The price is worse than the limit. Both with 8 decimals.
    error PriceBeyondLimit(uint256 priceE8, uint256 limitPriceE8);
    /// @notice A position must be closed before one in the other direction is opened.
    error PositionOpposite(bytes32 market);
    /// @notice More was to be closed than there is. Sizes in 1e-18 of the asset.
    error PositionTooSmall(bytes32 market, uint256 requestedE18, uint256 sizeE18);
    /// @notice The position can be closed from block `closableFromBlock` on.
    error PositionTooYoung(bytes32 market, uint256 closableFromBlock);
    /// @notice This side of the market would become larger than allowed.
    error OpenInterestExceeded(bytes32 market, uint256 openInterest, uint256 maxOpenInterest);
    /// @notice `available` is the account's cash less its unrealised loss.
    error MarginInsufficient(int256 available, uint256 required);
    /// @notice The account covers its maintenance margin.
    error AccountHealthy(address account, int256 equity, uint256 maintenanceMargin);

    /// @param vault_ Counterparty; its asset is the collateral, with 6 decimals.
    /// @param owner_ Who adds markets.
    /// @param capBps Largest share of the tokens held here that may be withdrawn at once, in hundredths of a
    /// percent.
    /// @param windowSeconds How long it takes until as much may be withdrawn again.
    /// @param minHoldBlocks_ Full blocks between the last addition to a position and its closing. It makes
    /// trading on an update that is about to come a risk, or dear: with a second account, the opposite
    /// position locks the profit in. Only fees above the usual step, or orders that are filled at the next
    /// price, prevent it.
    /// @param rebateBps_ Share of each fee that accrues to the trader, in hundredths of a percent.
    constructor(
        HarborVault vault_,
        address owner_,
        uint256 capBps,
        uint256 windowSeconds,
        uint256 minHoldBlocks_,
        uint256 rebateBps_
    ) Ownable(owner_) OutflowCap(capBps, windowSeconds) {
        if (rebateBps_ > PerpsBook.BPS) revert RebateShareOutOfRange(rebateBps_);
        uint256 decimals = IERC20Metadata(vault_.asset()).decimals();
        if (decimals != COLLATERAL_DECIMALS) revert CollateralDecimalsInvalid(decimals);
        _vault = vault_;
        _collateral = IERC20(vault_.asset());
        _minHoldBlocks = minHoldBlocks_;
        _rebateBps = rebateBps_;
        _collateral.forceApprove(address(vault_), type(uint256).max);
    }

    /// @notice Adds `amount` of the collateral, which the caller has allowed, to the caller's cash.
    function deposit(uint256 amount) external nonReentrant {
        _credit(msg.sender, amount);
        emit Deposited(msg.sender, amount);
        _collateral.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Takes `amount` out of the caller's cash. The initial margin must stay, by fresh prices, and the
    /// outflow cap holds.
    function withdraw(uint256 amount) external nonReentrant unlessWithdrawalsDelayed {
        _spendOutflow(amount);
        _debit(msg.sender, amount);
        _requireInitialMargin(msg.sender);
        emit Withdrawn(msg.sender, amount);
        _collateral.safeTransfer(msg.sender, amount);
    }

    /// @notice Opens a position or adds to it, at the feed's price, which must be fresh.
    /// @param sizeE18 1e-18 of the asset.
    /// @param limitPriceE8 Highest price for a long, lowest for a short, 8 decimals.
    function open(bytes32 market, bool isLong, uint256 sizeE18, uint256 limitPriceE8)
        external
        nonReentrant
        unlessReduceOnly
    {
        PerpsBook.Market storage book = _market(market);
        PerpsBook.Position storage position = _position(msg.sender, market);
        if (sizeE18 == 0) revert SizeZero();
        if (position.sizeE18 != 0 && (position.sizeE18 > 0) != isLong) revert PositionOpposite(market);
        uint256 priceE8 = _price(market);
        _requireLimit(isLong, priceE8, limitPriceE8);

        book.accrueFunding(priceE8);
        book.increase(position, isLong, sizeE18, priceE8);
        uint256 side = PerpsBook.notional(isLong ? book.longSizeE18 : book.shortSizeE18, priceE8);
        if (side > book.config.maxOpenInterest) {
            revert OpenInterestExceeded(market, side, book.config.maxOpenInterest);
        }
        uint256 fee = PerpsBook.share(PerpsBook.notional(sizeE18, priceE8), book.config.feeBps);
        _settle(msg.sender, 0, fee);
        _requireInitialMargin(msg.sender);
        emit Opened(msg.sender, market, isLong, sizeE18, priceE8, fee);
    }

    /// @notice Closes a position or a part of it, at the feed's price. A loss must be covered by cash: an
    /// account that cannot pay is liquidated.
    /// @param sizeE18 1e-18 of the asset, at most what there is.
    /// @param limitPriceE8 Lowest price for a long, highest for a short, 8 decimals.
    function close(bytes32 market, uint256 sizeE18, uint256 limitPriceE8) external nonReentrant unlessPaused {
        PerpsBook.Market storage book = _market(market);
        PerpsBook.Position storage position = _position(msg.sender, market);
        uint256 heldE18 = SignedMath.abs(position.sizeE18);
        if (sizeE18 == 0) revert SizeZero();
        if (sizeE18 > heldE18) revert PositionTooSmall(market, sizeE18, heldE18);
        uint256 closableFromBlock = position.changedAtBlock + _minHoldBlocks + 1;
        if (block.number < closableFromBlock) revert PositionTooYoung(market, closableFromBlock);
        uint256 priceE8 = _price(market);
        _requireLimit(position.sizeE18 < 0, priceE8, limitPriceE8);

        book.accrueFunding(priceE8);
        int256 profit = PerpsBook.floorUnits(book.decrease(position, sizeE18, priceE8));
        uint256 fee = PerpsBook.share(PerpsBook.notional(sizeE18, priceE8), book.config.feeBps);
        _settle(msg.sender, profit, fee);
        emit Closed(msg.sender, market, sizeE18, priceE8, profit, fee);
    }

    /// @notice Closes all positions of an account whose equity is below its maintenance margin, at the feeds'
    /// prices. Anyone may call; the reward is credited to the caller's cash. What the account cannot pay is
    /// bad debt, borne by the vault.
    function liquidate(address account) external nonReentrant unlessPaused {
        Exposure memory exposure = _exposureOf(account, false);
        int256 profit = PerpsBook.floorUnits(exposure.profitE36);
        uint256 cash = cashOf(account);
        int256 equity = cash.toInt256() + profit;
        if (equity >= exposure.maintenanceMargin.toInt256()) {
            revert AccountHealthy(account, equity, exposure.maintenanceMargin);
        }
        _removeAll(account);

        uint256 left = equity > 0 ? equity.toUint256() : 0;
        if (equity < 0) _badDebt += SignedMath.abs(equity);
        uint256 fee = Math.min(exposure.fee, left);
        uint256 reward = Math.min(PerpsBook.share(exposure.notional, LIQUIDATION_REWARD_BPS), left - fee);
        _debit(account, cash);
        _credit(account, left - fee - reward);
        _credit(msg.sender, reward);
        _settleWithVault(cash.toInt256() - (left - fee).toInt256());
        emit Liquidated(account, msg.sender, equity, reward);
    }

    /// @notice Credits the caller's fee rebates of the given days to its cash.
    /// @param dayIndexes Days since 1970 (UTC), each once.
    function claimRebates(uint256[] calldata dayIndexes) external nonReentrant unlessPaused {
        uint256 amount = 0;
        for (uint256 i = 0; i < dayIndexes.length; ++i) {
            amount += _takeRebate(msg.sender, dayIndexes[i]);
        }
        _credit(msg.sender, amount);
        emit RebatesClaimed(msg.sender, amount);
    }

    /// @notice Cash and unrealised profit of `account`, rounded down.
    function equityOf(address account) external view returns (int256) {
        return cashOf(account).toInt256() + PerpsBook.floorUnits(_exposureOf(account, false).profitE36);
    }

    /// @notice What `account` needs.
    /// @return initialMargin To open more or to withdraw: cash less unrealised loss must be at least this.
    /// @return maintenanceMargin To stay: equity must be at least this.
    function marginOf(address account)
        external
        view
        returns (uint256 initialMargin, uint256 maintenanceMargin)
    {
        Exposure memory exposure = _exposureOf(account, false);
        return (exposure.initialMargin, exposure.maintenanceMargin);
    }

    /// @notice Losses that liquidated accounts could not pay, since the beginning. The vault has borne them.
    function badDebt() external view returns (uint256) {
        return _badDebt;
    }

    /// @notice The counterparty.
    function vault() external view returns (HarborVault) {
        return _vault;
    }

    /// @notice The token that margin and profits are paid in.
    function collateral() external view returns (IERC20) {
        return _collateral;
    }

    /// @notice Full blocks between the last addition to a position and its closing.
    function minHoldBlocks() external view returns (uint256) {
        return _minHoldBlocks;
    }

    /// @notice Share of each fee that accrues to the trader, in hundredths of a percent.
    function rebateBps() external view returns (uint256) {
        return _rebateBps;
    }

    /// @dev Tokens, not books: a forged claim does not raise the cap.
    function _outflowBase() internal view override returns (uint256) {
        return _collateral.balanceOf(address(this));
    }

    /// @dev Books a profit (or loss) and a fee, and moves the difference to or from the vault.
    function _settle(address account, int256 profit, uint256 fee) private {
        uint256 rebate = fee * _rebateBps / PerpsBook.BPS;
        int256 change = profit - fee.toInt256();
        if (change > 0) _credit(account, change.toUint256());
        else _debit(account, SignedMath.abs(change));
        _accrueRebate(account, rebate);
        _settleWithVault((fee - rebate).toInt256() - profit);
    }

    function _settleWithVault(int256 toVault) private {
        if (toVault > 0) {
            _returnInflow(toVault.toUint256());
            _vault.payIn(toVault.toUint256());
        } else if (toVault < 0) {
            _deferInflow(SignedMath.abs(toVault));
            _vault.payOut(SignedMath.abs(toVault));
        }
    }

    function _requireLimit(bool buys, uint256 priceE8, uint256 limitPriceE8) private pure {
        if (buys ? priceE8 > limitPriceE8 : priceE8 < limitPriceE8) {
            revert PriceBeyondLimit(priceE8, limitPriceE8);
        }
    }

    /// @dev At fresh prices only.
    function _requireInitialMargin(address account) private view {
        Exposure memory exposure = _exposureOf(account, true);
        int256 loss = SignedMath.min(PerpsBook.floorUnits(exposure.profitE36), 0);
        int256 available = cashOf(account).toInt256() + loss;
        if (available < exposure.initialMargin.toInt256()) {
            revert MarginInsufficient(available, exposure.initialMargin);
        }
    }
}
