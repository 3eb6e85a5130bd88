// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {InsurancePool} from "../src/insure/InsurancePool.sol";

/// @title How cover is bought: an example
library Cover {
    /// @notice Buys cover of `amount` that ends at the first turn of a week at least `weeks_` weeks ahead,
    /// for at most `premiumMax`.
    function buy(InsurancePool pool, address protocol, uint128 amount, uint256 weeks_, uint256 premiumMax)
        internal
        returns (uint256 coverId)
    {
        uint256 end = (block.timestamp + weeks_ * 1 weeks + 1 weeks - 1) / 1 weeks * 1 weeks;
        uint256 premium = pool.premiumFor(protocol, amount, end);
        IERC20(pool.asset()).approve(address(pool), premium);
        coverId = pool.buyCover(protocol, amount, end, premiumMax);
    }
}
