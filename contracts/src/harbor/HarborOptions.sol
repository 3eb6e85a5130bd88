// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {FlowLimiter} from "../inline/FlowLimiter.sol";
import {FlowQueue} from "../inline/FlowQueue.sol";
import {InvariantGuard} from "../inline/InvariantGuard.sol";
import {OptionsOffers} from "./OptionsOffers.sol";
import {OptionsSettlement} from "./OptionsSettlement.sol";

/// @title Harbor's options
/// @notice European calls and puts, settled in dollars and backed in full: whoever writes a unit locks the
/// most that it can ever be paid, and gets a long and a short token, which are together always worth just
/// that. There is no margin and no liquidation, and no price is needed before the expiry. Amounts in units of
/// the collateral (1e-6 USD).
///
/// What stops at which level of the brake:
/// - withdrawals delayed: `redeem`, `redeemPair` and `claim`;
/// - reduce-only: `list`, `write`, `offer` and `take` too;
/// - paused: nothing more.
///
/// `settle`, `cancel` and transfers of tokens never stop. The price of an expiry follows from the feed's past,
/// so a brake delays what is paid and cannot change it. Nor can the flow limit: what exceeds it is owed to the
/// dollar and waits (see `FlowQueue`). Whatever is called, this contract ends up holding what it owes, or the
/// call reverts (see `InvariantGuard`).
/// @dev The asset must be a plain ERC-20, without fees on transfer, rebasing or callbacks.
contract HarborOptions is OptionsOffers, FlowLimiter, InvariantGuard {
    using SafeERC20 for IERC20;

    /// @dev All prices and payoffs are scaled for it.
    uint8 private constant COLLATERAL_DECIMALS = 6;

    /// @dev Gas for reading one side of the condition; a token behind a proxy needs a fifth of it.
    uint32 private constant CONDITION_GAS = 50_000;

    uint256 private _totalClaims;

    /// @notice Somebody locked `collateral` and got `units` of both tokens.
    event Written(uint256 indexed seriesId, address indexed writer, uint256 units, uint256 collateral);
    /// @notice Somebody gave back `units` of both tokens for the collateral.
    event PairRedeemed(uint256 indexed seriesId, address indexed holder, uint256 units, uint256 collateral);
    /// @notice Somebody was paid for `units` of a token.
    event Redeemed(uint256 indexed tokenId, address indexed holder, uint256 units, uint256 paid);

    /// @notice The collateral must have 6 decimals.
    error CollateralDecimalsInvalid(uint256 decimals);

    /// @param collateral_ The dollar, with 6 decimals.
    /// @param owner_ Who admits assets.
    /// @param windowSeconds How long prices are averaged for, up to the expiry.
    /// @param limit What may be paid out at once; shares of the base are shares of `totalClaims`.
    /// @param queueDelaySeconds_ How long that which exceeds the limit waits.
    constructor(
        IERC20 collateral_,
        address owner_,
        uint256 windowSeconds,
        Limit memory limit,
        uint256 queueDelaySeconds_
    )
        Ownable(owner_)
        OptionsSettlement(windowSeconds)
        OptionsOffers(collateral_)
        FlowQueue(queueDelaySeconds_)
    {
        uint256 decimals = IERC20Metadata(address(collateral_)).decimals();
        if (decimals != COLLATERAL_DECIMALS) revert CollateralDecimalsInvalid(decimals);
        _setFlowLimit(address(collateral_), limit);
    }

    /// @notice Locks the largest payoff of `units` of a series, which the caller has allowed, and gives the
    /// caller as many long and short tokens. Until the series closes.
    function write(uint256 seriesId, uint128 units) external guarded nonReentrant unlessReduceOnly {
        if (units == 0) revert UnitsZero();
        _requireOpen(seriesId);
        uint256 locked = units * maxPayoffOf(seriesId);
        _totalClaims += locked;
        _mint(msg.sender, seriesId, units);
        _mint(msg.sender, seriesId | 1, units);
        _noteReceipt(address(collateral()), locked);
        emit Written(seriesId, msg.sender, units, locked);
        collateral().safeTransferFrom(msg.sender, address(this), locked);
    }

    /// @notice Gives back `units` of the long and of the short token for their collateral, at any time.
    /// @return claimId The claim under which the collateral waits; 0 when it was paid.
    function redeemPair(uint256 seriesId, uint128 units)
        external
        guarded
        nonReentrant
        unlessWithdrawalsDelayed
        returns (uint256 claimId)
    {
        if (units == 0) revert UnitsZero();
        uint256 locked = units * maxPayoffOf(seriesId);
        _burn(msg.sender, seriesId, units);
        _burn(msg.sender, seriesId | 1, units);
        emit PairRedeemed(seriesId, msg.sender, units, locked);
        claimId = _payOut(locked);
    }

    /// @notice Gives back `units` of a token, long or short, for what it is paid. Once the expiry is settled,
    /// and for ever after.
    /// @return claimId The claim under which the payment waits; 0 when it was paid.
    function redeem(uint256 tokenId, uint128 units)
        external
        guarded
        nonReentrant
        unlessWithdrawalsDelayed
        returns (uint256 claimId)
    {
        if (units == 0) revert UnitsZero();
        uint256 paid = units * payoffOf(tokenId);
        _burn(msg.sender, tokenId, units);
        emit Redeemed(tokenId, msg.sender, units, paid);
        claimId = _payOut(paid);
    }

    /// @inheritdoc FlowQueue
    function claim(uint256 id) public override guarded nonReentrant unlessWithdrawalsDelayed {
        super.claim(id);
    }

    /// @inheritdoc FlowQueue
    function releaseNow(uint256 id) public override guarded nonReentrant {
        super.releaseNow(id);
    }

    /// @notice What all tokens together will be paid, whatever the prices: the collateral in the books. What
    /// waits in the queue is not in it.
    function totalClaims() external view returns (uint256) {
        return _totalClaims;
    }

    /// @notice What is owed in all: to the tokens, and to what waits in the queue.
    function obligations() external view returns (uint256) {
        return _totalClaims + queuedTotal(address(collateral()));
    }

    /// @inheritdoc InvariantGuard
    function guardedConditions() public view override returns (Condition[] memory conditions) {
        conditions = new Condition[](1);
        conditions[0] = Condition({
            id: "options-backed",
            left: Read(address(collateral()), abi.encodeCall(IERC20.balanceOf, (address(this)))),
            comparison: Comparison.AtLeast,
            right: Read(address(this), abi.encodeCall(this.obligations, ())),
            gasLimit: CONDITION_GAS,
            open: false
        });
    }

    /// @notice What may be paid out at once now, small payments apart.
    function outflowLeft() external view returns (uint256) {
        return flowLeft(address(collateral()));
    }

    function _flowBase(address asset) internal view override returns (uint256) {
        return asset == address(collateral()) ? _totalClaims : 0;
    }

    function _requireFlowGovernor() internal view override {
        _checkOwner();
    }

    /// @dev Whoever forged the claim took it out of what the tokens are paid.
    function _onStruck(address, uint256 amount) internal override {
        _totalClaims += amount;
    }

    function _payOut(uint256 amount) private returns (uint256) {
        _totalClaims -= amount;
        return _release(address(collateral()), msg.sender, msg.sender, amount);
    }
}
