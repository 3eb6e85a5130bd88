// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Taking tokens, and exactly as many as were asked for
/// @notice A token that keeps a fee for itself would leave a contract's books above what it holds.
library ExactTransfer {
    using SafeERC20 for IERC20;

    /// @notice Another amount arrived than was sent. Both in units of the token.
    error TransferInexact(uint256 sent, uint256 received);

    /// @notice Takes `amount` of `token` from `from`, who has allowed it.
    function pull(IERC20 token, address from, uint256 amount) internal {
        uint256 balanceBefore = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - balanceBefore;
        if (received != amount) revert TransferInexact(amount, received);
    }
}
