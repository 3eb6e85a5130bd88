// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {FlowLimiter} from "../inline/FlowLimiter.sol";
import {FlowQueue} from "../inline/FlowQueue.sol";

/// @title `PlainPayer` behind a flow limiter, and in nothing else different
/// @notice For measuring only.
contract LimitedPayer is FlowLimiter {
    IERC20 private immutable _asset;
    uint256 private _booked;

    /// @param asset What it pays in.
    /// @param booked_ What it may pay in all, in units of the asset.
    /// @param limit How fast.
    constructor(IERC20 asset, uint256 booked_, Limit memory limit) FlowQueue(1 days) {
        (_asset, _booked) = (asset, booked_);
        _setFlowLimit(address(asset), limit);
    }

    /// @notice Pays `amount`, in units of the asset, or books it.
    function take(address to, uint256 amount) external {
        _booked -= amount;
        _release(address(_asset), msg.sender, to, amount);
    }

    function _flowBase(address) internal view override returns (uint256) {
        return _booked;
    }

    function _flowValue(address, uint256) internal pure override returns (uint256) {
        return 0;
    }

    function _requireFlowGovernor() internal view override {}

    function _onStruck(address, uint256) internal override {}
}
