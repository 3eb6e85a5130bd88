// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// @title Where slashed stake goes
/// @notice It waits here until somebody sends it on to the treasury, for example an insurance pool.
/// @dev Beside the treasury's address, so that a slash writes to a slot that is not new.
abstract contract SlashTreasury is Ownable2Step, TokenLedger {
    using SafeCast for uint256;

    /// @dev One slot.
    struct Treasury {
        address account;
        uint96 pending;
    }

    Treasury private _treasury;

    /// @notice Slashed stake goes to this account from now on.
    event TreasurySet(address indexed treasury);
    /// @notice Slashed stake was paid to the treasury, in units of the token.
    event TreasuryPaid(address indexed treasury, uint256 amount);

    /// @notice The zero address is nobody.
    error AccountZero();

    constructor(address treasury_) {
        _setTreasury(treasury_);
    }

    /// @notice Names the account that gets slashed stake, that which waits included. Only the owner.
    function setTreasury(address treasury_) external onlyOwner {
        _setTreasury(treasury_);
    }

    /// @notice Pays all slashed stake that waits to the treasury. Anyone may call it.
    function payTreasury() external nonReentrant {
        Treasury memory treasury_ = _treasury;
        if (treasury_.pending == 0) revert NothingOwed(treasury_.account);
        _treasury.pending = 0;
        emit TreasuryPaid(treasury_.account, treasury_.pending);
        _pay(treasury_.account, treasury_.pending);
    }

    /// @notice The account that gets slashed stake.
    function treasury() external view returns (address) {
        return _treasury.account;
    }

    /// @notice Slashed stake that waits to be paid to the treasury, in units of the token.
    function slashedStake() external view returns (uint256) {
        return _treasury.pending;
    }

    /// @dev What was held as stake is the treasury's now.
    function _confiscate(uint256 amount) internal {
        _treasury.pending = (_treasury.pending + amount).toUint96();
    }

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0)) revert AccountZero();
        _treasury.account = treasury_;
        emit TreasurySet(treasury_);
    }
}
