// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TestDollar} from "../../src/harbor/TestDollar.sol";

/// @notice A dollar that makes a call of somebody's choice on its next transfer.
contract CallbackDollar is TestDollar {
    address private _target;
    bytes private _data;
    bytes public outcome;

    constructor(address owner_) TestDollar(owner_) {}

    function callNext(address target, bytes calldata data) external {
        (_target, _data, outcome) = (target, data, "");
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_target == address(0)) return;
        address target = _target;
        _target = address(0);
        (, outcome) = target.call(_data);
    }
}

/// @notice A dollar of whose transfers one percent is lost.
contract TaxedDollar is TestDollar {
    constructor(address owner_) TestDollar(owner_) {}

    function _update(address from, address to, uint256 amount) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, amount);
        super._update(from, to, amount - amount / 100);
        super._update(from, address(0), amount / 100);
    }
}
