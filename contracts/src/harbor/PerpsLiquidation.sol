// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {PerpsBook} from "./PerpsBook.sol";
import {PerpsDeficits} from "./PerpsDeficits.sol";
import {PerpsEngine} from "./PerpsEngine.sol";
import {PerpsLimits} from "./PerpsLimits.sol";
import {PerpsSettlement} from "./PerpsSettlement.sol";

/// @title Liquidation of accounts of Harbor's perpetuals, and who bears what they cannot pay
/// @notice First the insurance fund, then those who have won on the other side (`deleverage`), then the
/// vault. Amounts in units of the collateral.
abstract contract PerpsLiquidation is PerpsSettlement {
    using SafeCast for uint256;
    using SafeCast for int256;

    /// @notice What a liquidator gets, in hundredths of a percent of the notional closed, as far as equity
    /// goes.
    uint256 public constant LIQUIDATION_REWARD_BPS = 50;
    /// @notice What the insurance fund gets beside, as far as equity goes after that.
    uint256 public constant LIQUIDATION_PENALTY_BPS =
        PerpsLimits.LIQUIDATION_COST_BPS - LIQUIDATION_REWARD_BPS;

    PerpsEngine private immutable _engine;
    uint256 private _badDebt;

    /// @notice An account was liquidated, wholly or in part. `equity` is what it had at the prices at which
    /// it was closed, before fee, reward and penalty; if negative, it is the bad debt.
    event Liquidated(address indexed account, address indexed liquidator, int256 equity, uint256 reward);
    /// @notice A position was closed, or a part of it, because the other side could not pay.
    /// @param profit What the account got. It would have been `forgone` more.
    event Deleveraged(
        address indexed account,
        bytes32 indexed market,
        uint256 sizeE18,
        uint256 priceE8,
        uint256 profit,
        uint256 forgone
    );

    /// @dev Gas that is enough to read any side of a condition, with as many markets as there may be.
    uint32 private constant READ_GAS = 200_000;

    constructor(PerpsEngine engine_) {
        _engine = engine_;
    }

    /// @notice Closes as much of an account whose equity is below its maintenance margin as brings it a fifth
    /// above it, the largest position first; or all of it, if that does not suffice or its cash does not pay
    /// for it. Anyone may call; the reward is credited to the caller's cash, the penalty to the insurance
    /// fund.
    function liquidate(address account) external guarded nonReentrant unlessPaused {
        uint256 cash = cashOf(account);
        PerpsEngine.Liquidation memory closed = _engine.liquidate(account, cash);
        int256 equity = cash.toInt256() + closed.profit;
        uint256 reward = _settleLiquidation(account, cash, equity, closed);
        if (equity < 0) _bearLoss(SignedMath.abs(equity), closed);
        emit Liquidated(account, msg.sender, closed.equity, reward);
    }

    /// @notice Has those who won bear what the other side of a market could not pay: closes a position of
    /// `account`, as much of it as that takes, at the price at which the losses are paid. Anyone may call.
    /// The insurance fund pays first, and if it pays all, nothing is closed. Whose turn it is: see
    /// `PerpsDeficits`.
    function deleverage(address account, bytes32 market) external guarded nonReentrant unlessPaused {
        uint256 paid = _payInsurance(_engine.deficitAgainst(account, market));
        PerpsDeficits.Deleveraging memory closed = _engine.deleverage(account, market, paid);
        if (closed.sizeE18 == 0) return;
        _credit(account, closed.profit);
        _settleWithVault(-closed.profit.toInt256());
        emit Deleveraged(account, market, closed.sizeE18, closed.priceE8, closed.profit, closed.forgone);
    }

    /// @notice Losses that liquidated accounts could not pay, since the beginning, whoever has borne them.
    function badDebt() external view returns (uint256) {
        return _badDebt;
    }

    /// @notice What holds after each trade, withdrawal, liquidation and deleveraging, or else it reverts: the
    /// tokens cover what they are for, and the sums that the vault's worth follows from hold no cost without
    /// a position. While a condition is broken, only margin can be added: the books are in doubt, as in a
    /// pause.
    function guardedConditions() public view virtual override returns (Condition[] memory conditions) {
        address token = address(collateral());
        Read memory tokens = Read(token, abi.encodeCall(IERC20.balanceOf, (address(this))));
        Read memory owed = Read(address(this), abi.encodeCall(this.obligations, ()));
        Read memory stray = Read(address(_engine), abi.encodeCall(_engine.strayCostE36, ()));
        Read memory none = Read(address(0), abi.encode(0));
        conditions = new Condition[](2);
        conditions[0] = Condition("backed", tokens, Comparison.AtLeast, owed, READ_GAS, false);
        conditions[1] = Condition("sums", stray, Comparison.Equal, none, READ_GAS, false);
    }

    /// @notice The contract that keeps markets and positions.
    function engine() public view returns (PerpsEngine) {
        return _engine;
    }

    /// @dev The fee comes first, then the reward, then the penalty, as far as what the account has got goes.
    function _settleLiquidation(
        address account,
        uint256 cash,
        int256 equity,
        PerpsEngine.Liquidation memory closed
    ) private returns (uint256 reward) {
        uint256 left = SignedMath.max(equity, 0).toUint256();
        // What the vault gains by the account, before the fee.
        int256 toVault = cash.toInt256() - left.toInt256();
        uint256 fee = Math.min(closed.fee, left);
        left -= fee;
        reward = Math.min(PerpsBook.share(closed.notional, LIQUIDATION_REWARD_BPS), left);
        left -= reward;
        uint256 penalty = Math.min(PerpsBook.share(closed.notional, LIQUIDATION_PENALTY_BPS), left);
        left -= penalty;

        _debit(account, cash);
        _credit(account, left);
        _credit(msg.sender, reward);
        _reserve(penalty, 0);
        if (penalty != 0) emit InsuranceFunded(account, penalty);
        _settleWithVault(toVault + _shareFee(fee).toInt256());
    }

    /// @dev Only of an account that was closed wholly: a part is closed only where cash pays for it.
    function _bearLoss(uint256 loss, PerpsEngine.Liquidation memory closed) private {
        _badDebt += loss;
        uint256 amount = loss - _payInsurance(loss);
        if (amount != 0) {
            _engine.leaveDeficit(closed.lostMarket, closed.lostIsLong, closed.lostSizeE18, amount);
        }
    }
}
