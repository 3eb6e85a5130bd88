// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IGuardianRewards} from "../guardians/IGuardianRewards.sol";
import {HarborVault} from "./HarborVault.sol";
import {OutflowCap} from "./OutflowCap.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsLiquidation} from "./PerpsLiquidation.sol";
import {PerpsMark} from "./PerpsMark.sol";
import {PerpsParameters} from "./PerpsParameters.sol";
import {PerpsSettlement} from "./PerpsSettlement.sol";

/// @title Harbor's perpetuals
/// @notice Cross-margin perpetual futures, settled in dollars against the vault. An account's cash backs all
/// its positions. Amounts in units of the collateral (1e-6 USD) unless the name says otherwise.
///
/// Realised profits come from the vault, realised losses and fees go to it, at once; what stays here is what
/// the traders own (`totalClaims`), the insurance fund and the guardians' share of the fees. Unrealised profit
/// delays a liquidation, but opens and withdraws nothing. While a feed is stale or at its bounds, an account with
/// a position there can add margin and close, but neither open nor withdraw; who has none there is not concerned.
///
/// Trades are filled at the worse of the feed's price and the mark that follows it: see `PerpsMark`.
///
/// What stops at which level of the brake:
/// - withdrawals delayed: `withdraw` and `pushGuardianFees`;
/// - reduce-only: `open` too;
/// - paused, when the price or the books are in doubt: `close`, `liquidate`, `deleverage` and `claimRebates` too.
/// `deposit` and `donate` never stop: margin can always be added.
contract HarborPerps is PerpsLiquidation, PerpsParameters {
    using PerpsBook for PerpsBook.Market;
    using PerpsMark for PerpsMark.Quote;
    using SafeCast for uint256;
    using SafeCast for int256;
    using SafeERC20 for IERC20;

    /// @param capBps Largest share of the tokens held here that may be withdrawn at once, in hundredths of a
    /// percent.
    /// @param windowSeconds How long it takes until as much may be withdrawn again.
    /// @param minHoldBlocks Full blocks between the last addition to a position and its closing. It makes
    /// trading on an update that is about to come a risk, or dear: with a second account, the opposite
    /// position locks the profit in. Only fees above the usual step, or orders that are filled at the next
    /// price, prevent it.
    /// @param feeShares Who gets what of a fee.
    /// @param guardianRewards Who takes the guardians' share; needed only if they have one.
    struct Settings {
        uint256 capBps;
        uint256 windowSeconds;
        uint256 minHoldBlocks;
        PerpsSettlement.FeeShares feeShares;
        IGuardianRewards guardianRewards;
    }

    uint256 private immutable _minHoldBlocks;

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
    /// @notice Rebates became cash.
    event RebatesClaimed(address indexed account, uint256 amount);

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
    /// @notice What would be opened, or left open, is too small.
    error PositionBelowMinimum(bytes32 market, uint256 notional, uint256 minNotional);
    /// @notice `available` is the account's cash less its unrealised loss.
    error MarginInsufficient(int256 available, uint256 required);
    /// @param vault_ Counterparty; its asset is the collateral, with 6 decimals.
    /// @param owner_ Who adds markets and names the steward.
    constructor(HarborVault vault_, address owner_, Settings memory settings)
        Ownable(owner_)
        OutflowCap(settings.capBps, settings.windowSeconds)
        PerpsSettlement(vault_, settings.guardianRewards, settings.feeShares)
    {
        _minHoldBlocks = settings.minHoldBlocks;
    }

    /// @notice Adds `amount` of the collateral, which the caller has allowed, to the caller's cash.
    function deposit(uint256 amount) external nonReentrant {
        _credit(msg.sender, amount);
        emit Deposited(msg.sender, amount);
        collateral().safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Takes `amount` out of the caller's cash. The initial margin must stay, by fresh prices, and the
    /// outflow cap holds.
    function withdraw(uint256 amount) external nonReentrant unlessWithdrawalsDelayed {
        _spendOutflow(amount);
        _debit(msg.sender, amount);
        _requireInitialMargin(msg.sender);
        emit Withdrawn(msg.sender, amount);
        collateral().safeTransfer(msg.sender, amount);
    }

    /// @notice Opens a position or adds to it, at the worse of the feed's price, which must be fresh, and the mark.
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
        PerpsMark.Quote memory quote = _sync(market, true);
        uint256 priceE8 = quote.priceE8(isLong);
        _requireLimit(isLong, priceE8, limitPriceE8);

        book.increase(position, isLong, sizeE18, book.carryPriceE18(quote.indexE8, priceE8));
        _requireSize(market, position.sizeE18, priceE8);
        uint256 side = PerpsBook.notional(isLong ? book.longSizeE18 : book.shortSizeE18, quote.indexE8);
        if (side > book.config.maxOpenInterest) {
            revert OpenInterestExceeded(market, side, book.config.maxOpenInterest);
        }
        uint256 fee = PerpsBook.share(PerpsBook.notional(sizeE18, priceE8), book.config.feeBps);
        _settle(msg.sender, 0, fee);
        _requireInitialMargin(msg.sender);
        emit Opened(msg.sender, market, isLong, sizeE18, priceE8, fee);
    }

    /// @notice Closes a position or a part of it, at the worse of the feed's price and the mark. A loss must be
    /// covered by cash: an account that cannot pay is liquidated. What is too small to stay is closed as a whole.
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
        PerpsMark.Quote memory quote = _sync(market, false);
        bool buys = position.sizeE18 < 0;
        uint256 priceE8 = quote.priceE8(buys);
        _requireLimit(buys, priceE8, limitPriceE8);

        int256 carryE18 = book.carryPriceE18(quote.indexE8, priceE8);
        int256 profit = PerpsBook.floorUnits(book.decrease(position, sizeE18, carryE18));
        if (position.sizeE18 != 0) _requireSize(market, position.sizeE18, priceE8);
        uint256 fee = PerpsBook.share(PerpsBook.notional(sizeE18, priceE8), book.config.feeBps);
        _settle(msg.sender, profit, fee);
        emit Closed(msg.sender, market, sizeE18, priceE8, profit, fee);
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

    /// @notice Cash and unrealised profit of `account`, by which it is liquidated: each position at the better of
    /// the feed's price and the mark. Rounded down.
    function equityOf(address account) external view returns (int256) {
        return cashOf(account).toInt256() + PerpsBook.floorUnits(_exposureOf(account, false).bestProfitE36);
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

    /// @notice Full blocks between the last addition to a position and its closing.
    function minHoldBlocks() external view returns (uint256) {
        return _minHoldBlocks;
    }

    function _requireLimit(bool buys, uint256 priceE8, uint256 limitPriceE8) private pure {
        if (buys ? priceE8 > limitPriceE8 : priceE8 < limitPriceE8) {
            revert PriceBeyondLimit(priceE8, limitPriceE8);
        }
    }

    function _requireSize(bytes32 market, int256 sizeE18, uint256 priceE8) private view {
        uint256 minNotional = _market(market).config.minNotional;
        uint256 notional = PerpsBook.notional(SignedMath.abs(sizeE18), priceE8);
        if (notional < minNotional) revert PositionBelowMinimum(market, notional, minNotional);
    }

    /// @dev At fresh prices only. The maintenance margin too, in case that the settings do not fit together.
    function _requireInitialMargin(address account) private view {
        Exposure memory exposure = _exposureOf(account, true);
        int256 loss = SignedMath.min(PerpsBook.floorUnits(exposure.worstProfitE36), 0);
        int256 available = cashOf(account).toInt256() + loss;
        uint256 required = Math.max(exposure.initialMargin, exposure.maintenanceMargin);
        if (available < required.toInt256()) revert MarginInsufficient(available, required);
    }
}
