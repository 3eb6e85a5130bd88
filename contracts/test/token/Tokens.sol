// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Keeps a hundredth of what is sent.
contract FeeToken is ERC20("Fee", "FEE") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0), value / 100);
    }
}

/// @notice Has 18 decimals, can block accounts and seize what they hold.
contract RegulatedToken is ERC20("Regulated", "REG") {
    mapping(address account => bool) private _blocked;

    error AccountBlocked(address account);

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setBlocked(address account, bool isBlocked) external {
        _blocked[account] = isBlocked;
    }

    function seize(address account, uint256 amount) external {
        _burn(account, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (_blocked[to]) revert AccountBlocked(to);
        super._update(from, to, value);
    }
}

/// @notice Calls the sender back before it takes its tokens, as ERC-777 does.
contract HookToken is ERC20("Hook", "HOOK") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (from.code.length != 0) ITokenSender(from).beforeSend();
        return super.transferFrom(from, to, amount);
    }
}

/// @notice Wants to be asked before its tokens go.
interface ITokenSender {
    function beforeSend() external;
}
