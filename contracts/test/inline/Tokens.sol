// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A plain token with any number of decimals.
contract PlainToken is ERC20 {
    uint8 private immutable _decimals;

    constructor(uint8 decimals_) ERC20("Plain", "PLN") {
        _decimals = decimals_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}

/// @notice Burns a percent of each transfer.
contract TaxedToken is PlainToken(18) {
    function _update(address from, address to, uint256 value) internal override {
        uint256 tax = from == address(0) || to == address(0) ? 0 : value / 100;
        super._update(from, to, value - tax);
        if (tax != 0) super._update(from, address(0), tax);
    }
}

/// @notice Calls its receiver, as ERC-777 does.
contract CallingToken is PlainToken(18) {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to.code.length != 0) IReceiver(to).received();
    }
}

interface IReceiver {
    function received() external;
}
