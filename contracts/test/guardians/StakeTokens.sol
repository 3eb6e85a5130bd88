// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A plain token that anyone can mint.
contract StakeToken is ERC20("Stake", "STK") {
    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }
}

/// @notice Burns a hundredth of every transfer.
contract FeeToken is StakeToken {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0), value / 100);
    }
}

/// @notice Calls back in the middle of a transfer, once, and keeps what it was answered.
contract ReentrantToken is StakeToken {
    address private _target;
    bytes private _data;
    bool public succeeded;
    bytes public answer;

    function arm(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_target == address(0)) return;
        address target = _target;
        _target = address(0);
        (succeeded, answer) = target.call(_data);
    }
}
