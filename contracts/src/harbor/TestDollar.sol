// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title The dollar of devnets
/// @notice 6 decimals, as USDC has; worth nothing.
contract TestDollar is ERC20, Ownable {
    /// @param owner_ Who mints.
    constructor(address owner_) ERC20("Test Dollar", "tUSD") Ownable(owner_) {}

    /// @notice Creates `amount` (6 decimals) for `to`. Only the owner.
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    /// @notice 6.
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
