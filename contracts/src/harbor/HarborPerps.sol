// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IGuardianRewards} from "../guardians/IGuardianRewards.sol";
import {FlowLimits} from "../inline/FlowLimits.sol";
import {FlowQueue} from "../inline/FlowQueue.sol";
import {HarborVault} from "./HarborVault.sol";
import {IHarborPerps} from "./IHarborPerps.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsEngine} from "./PerpsEngine.sol";
import {PerpsLiquidation} from "./PerpsLiquidation.sol";
import {PerpsSettlement} from "./PerpsSettlement.sol";

/// @title Harbor's perpetuals
/// @notice Cross-margin perpetual futures, settled in dollars against the vault. An account's cash backs all
/// its positions. Amounts in units of the collateral (1e-6 USD) unless the name says otherwise.
///
/// Realised profits come from the vault, realised losses and fees go to it, at once; what stays here is what
/// the traders own (`totalClaims`), the insurance fund and the guardians' share of the fees. Unrealised
/// profit delays a liquidation, but opens and withdraws nothing. While a feed is stale or at its bounds, an
/// account with a position there can add margin and close, but neither open nor withdraw; who has none there
/// is not concerned.
///
/// Positions are kept by the engine, which this contract made; what is here is the money. Trades are filled
/// at the worse of the feed's price and the mark that follows it: see `PerpsMark`.
///
/// What stops at which level of the brake:
/// - withdrawals delayed: `withdraw`, `claim` and `pushGuardianFees`;
/// - reduce-only: `open` too;
/// - paused, when the price or the books are in doubt: `close`, `liquidate`, `deleverage` and `claimRebates`
///   too.
/// `deposit` and `donate` never stop: margin can always be added.
contract HarborPerps is IHarborPerps, PerpsLiquidation {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @param flow What may leave, see `FlowLimits`.
    /// @param queueDelaySeconds How long a withdrawal waits that is beyond it.
    /// @param minHoldBlocks See `PerpsEngine`.
    /// @param feeShares Who gets what of a fee.
    /// @param guardianRewards Who takes the guardians' share; needed only if they have one.
    struct Settings {
        FlowLimits.Limit flow;
        uint256 queueDelaySeconds;
        uint256 minHoldBlocks;
        PerpsSettlement.FeeShares feeShares;
        IGuardianRewards guardianRewards;
    }

    /// @notice Margin came in.
    event Deposited(address indexed account, uint256 amount);
    /// @notice Cash was withdrawn: paid at once, or queued as a claim (`ClaimQueued`).
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

    /// @param vault_ Counterparty; its asset is the collateral, with 6 decimals.
    /// @param owner_ Who adds markets and names their stewards.
    constructor(HarborVault vault_, address owner_, Settings memory settings)
        Ownable(owner_)
        FlowQueue(settings.queueDelaySeconds)
        PerpsSettlement(vault_, settings.guardianRewards, settings.feeShares)
        PerpsLiquidation(new PerpsEngine(settings.minHoldBlocks))
    {
        _setFlowLimit(address(collateral()), settings.flow);
    }

    /// @notice Opens a market. Only the owner. The feed must have a price.
    /// @param id For example bytes32("BTC").
    function addMarket(bytes32 id, PerpsBook.MarketConfig calldata config) external onlyOwner {
        engine().addMarket(id, config);
    }

    /// @notice Names who may change the settings of a market, within bounds; the zero address stops all
    /// changes. Only the owner.
    function setSteward(bytes32 market, address steward) external onlyOwner {
        engine().setSteward(market, steward);
    }

    /// @notice Adds `amount` of the collateral, which the caller has allowed, to the caller's cash.
    function deposit(uint256 amount) external nonReentrant {
        _credit(msg.sender, amount);
        _noteReceipt(address(collateral()), amount);
        emit Deposited(msg.sender, amount);
        collateral().safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Takes `amount` out of the caller's cash. The initial margin must stay, by fresh prices. What
    /// is beyond the limit on flows is queued as a whole, and paid by `claim` after a delay.
    /// @return claimId 0 when it was paid at once.
    function withdraw(uint256 amount)
        external
        guarded
        nonReentrant
        unlessWithdrawalsDelayed
        returns (uint256 claimId)
    {
        _debit(msg.sender, amount);
        engine().requireInitialMargin(msg.sender, cashOf(msg.sender));
        emit Withdrawn(msg.sender, amount);
        return _release(address(collateral()), msg.sender, msg.sender, amount);
    }

    /// @notice Opens a position or adds to it, at the worse of the feed's price, which must be fresh, and the
    /// mark.
    /// @param sizeE18 1e-18 of the asset.
    /// @param limitPriceE8 Highest price for a long, lowest for a short, 8 decimals.
    function open(bytes32 market, bool isLong, uint256 sizeE18, uint256 limitPriceE8)
        external
        guarded
        nonReentrant
        unlessReduceOnly
    {
        (uint256 priceE8, uint256 fee) = engine().open(msg.sender, market, isLong, sizeE18, limitPriceE8);
        _settle(msg.sender, 0, fee);
        engine().requireInitialMargin(msg.sender, cashOf(msg.sender));
        emit Opened(msg.sender, market, isLong, sizeE18, priceE8, fee);
    }

    /// @notice Closes a position or a part of it, at the worse of the feed's price and the mark. A loss must
    /// be covered by cash: an account that cannot pay is liquidated. What is too small to stay must be closed
    /// as a whole.
    /// @param sizeE18 1e-18 of the asset, at most what there is.
    /// @param limitPriceE8 Lowest price for a long, highest for a short, 8 decimals.
    function close(bytes32 market, uint256 sizeE18, uint256 limitPriceE8)
        external
        guarded
        nonReentrant
        unlessPaused
    {
        (uint256 priceE8, int256 profit, uint256 fee) =
            engine().close(msg.sender, market, sizeE18, limitPriceE8);
        _settle(msg.sender, profit, fee);
        emit Closed(msg.sender, market, sizeE18, priceE8, profit, fee);
    }

    /// @notice Credits the caller's fee rebates of the given days to its cash.
    /// @param dayIndexes Days since 1970 (UTC), each once.
    function claimRebates(uint256[] calldata dayIndexes) external guarded nonReentrant unlessPaused {
        uint256 amount = 0;
        for (uint256 i = 0; i < dayIndexes.length; ++i) {
            amount += _takeRebate(msg.sender, dayIndexes[i]);
        }
        _credit(msg.sender, amount);
        emit RebatesClaimed(msg.sender, amount);
    }

    /// @notice Cash and unrealised profit of `account`, by which it is liquidated: each position at the
    /// better of the feed's price and the mark. Rounded down.
    function equityOf(address account) external view returns (int256) {
        return cashOf(account).toInt256() + engine().profitOf(account);
    }

    /// @notice What `account` needs.
    /// @return initialMargin To open more or to withdraw: cash less unrealised loss, at the worse of the
    /// feed's price and the mark, must be at least this.
    /// @return maintenanceMargin To stay: equity must be at least this.
    function marginOf(address account)
        external
        view
        returns (uint256 initialMargin, uint256 maintenanceMargin)
    {
        return engine().marginOf(account);
    }

    /// @notice A position. See `PerpsEngine`.
    function positionOf(address account, bytes32 market)
        external
        view
        returns (int256 sizeE18, int256 breakEvenPriceE8, int256 profit, uint256 changedAtBlock)
    {
        return engine().positionOf(account, market);
    }

    /// @notice Size of all longs and of all shorts, in 1e-18 of the asset.
    function openInterest(bytes32 market) external view returns (uint256 longSizeE18, uint256 shortSizeE18) {
        return engine().openInterest(market);
    }

    /// @inheritdoc IHarborPerps
    function unrealisedProfit() external view returns (int256) {
        return engine().unrealisedProfit();
    }
}
