// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {OptionsBook} from "./OptionsBook.sol";
import {OptionsOffers} from "./OptionsOffers.sol";
import {OptionsSettlement} from "./OptionsSettlement.sol";

/// @title Harbor's options
/// @notice European calls and puts, settled in dollars and backed in full: whoever writes a unit locks the most that
/// it can ever be paid, and gets a long and a short token, which are together always worth just that. There is no
/// margin and no liquidation, and no price is needed before the expiry. Amounts in units of the collateral
/// (1e-6 USD).
///
/// What stops at which level of the brake:
/// - withdrawals delayed: `redeem` and `redeemPair`;
/// - reduce-only: `list`, `write`, `offer` and `take` too;
/// - paused: nothing more.
/// `settle`, `cancel` and transfers of tokens never stop. The price of an expiry follows from the feed's past, so a
/// brake delays what is paid and cannot change it.
/// @dev The asset must be a plain ERC-20, without fees on transfer, rebasing or callbacks.
contract HarborOptions is OptionsOffers {
    using SafeERC20 for IERC20;

    /// @dev All prices and payoffs are scaled for it.
    uint8 private constant COLLATERAL_DECIMALS = 6;

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
    constructor(IERC20 collateral_, address owner_, uint256 windowSeconds)
        Ownable(owner_)
        OptionsSettlement(windowSeconds)
        OptionsOffers(collateral_)
    {
        uint256 decimals = IERC20Metadata(address(collateral_)).decimals();
        if (decimals != COLLATERAL_DECIMALS) revert CollateralDecimalsInvalid(decimals);
    }

    /// @notice Locks the largest payoff of `units` of a series, which the caller has allowed, and gives the caller as
    /// many long and short tokens. Until the series closes.
    function write(uint256 seriesId, uint128 units) external nonReentrant unlessReduceOnly {
        if (units == 0) revert UnitsZero();
        _requireOpen(seriesId);
        uint256 locked = units * maxPayoffOf(seriesId);
        _totalClaims += locked;
        _mint(msg.sender, seriesId, units);
        _mint(msg.sender, seriesId | 1, units);
        emit Written(seriesId, msg.sender, units, locked);
        collateral().safeTransferFrom(msg.sender, address(this), locked);
    }

    /// @notice Gives back `units` of the long and of the short token for their collateral, at any time.
    function redeemPair(uint256 seriesId, uint128 units) external nonReentrant unlessWithdrawalsDelayed {
        if (units == 0) revert UnitsZero();
        uint256 locked = units * maxPayoffOf(seriesId);
        _burn(msg.sender, seriesId, units);
        _burn(msg.sender, seriesId | 1, units);
        emit PairRedeemed(seriesId, msg.sender, units, locked);
        _pay(msg.sender, locked);
    }

    /// @notice Gives back `units` of a token, long or short, for what it is paid. Once the expiry is settled, and for
    /// ever after.
    function redeem(uint256 tokenId, uint128 units) external nonReentrant unlessWithdrawalsDelayed {
        if (units == 0) revert UnitsZero();
        uint256 paid = units * payoffOf(tokenId);
        _burn(msg.sender, tokenId, units);
        emit Redeemed(tokenId, msg.sender, units, paid);
        _pay(msg.sender, paid);
    }

    /// @notice What all tokens together will be paid, whatever the prices: the collateral in the books.
    function totalClaims() external view returns (uint256) {
        return _totalClaims;
    }

    function _pay(address to, uint256 amount) private {
        _totalClaims -= amount;
        collateral().safeTransfer(to, amount);
    }
}
