// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {FlowLimiter} from "../../src/inline/FlowLimiter.sol";
import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {FlowQueue} from "../../src/inline/FlowQueue.sol";
import {FlowFixture} from "./FlowFixture.sol";
import {FlowPurse} from "./FlowPurse.sol";
import {PlainToken} from "./Tokens.sol";

/// @notice Pays out of its books, without a limit.
contract UnlimitedPayer {
    using SafeERC20 for IERC20;

    IERC20 private immutable _asset;
    uint256 private _booked;

    constructor(IERC20 asset, uint256 booked) {
        (_asset, _booked) = (asset, booked);
    }

    function take(address to, uint256 amount) external {
        _booked -= amount;
        _asset.safeTransfer(to, amount);
    }
}

/// @notice The same, limited: and in nothing else different.
contract LimitedPayer is FlowLimiter {
    IERC20 private immutable _asset;
    bool private immutable _hasTotal;
    uint256 private _booked;

    constructor(IERC20 asset, uint256 booked, Limit memory limit, bool hasTotal) FlowQueue(1 days) {
        (_asset, _booked, _hasTotal) = (asset, booked, hasTotal);
        _setFlowLimit(address(asset), limit);
        if (hasTotal) _setFlowLimit(TOTAL, limit);
    }

    function take(address to, uint256 amount) external {
        _booked -= amount;
        _release(address(_asset), msg.sender, to, amount);
    }

    function _flowBase(address) internal view override returns (uint256) {
        return _booked;
    }

    function _flowValue(address, uint256 amount) internal view override returns (uint256) {
        return _hasTotal ? amount : 0;
    }

    function _requireFlowGovernor() internal view override {}

    function _onStruck(address, uint256) internal override {}
}

/// @notice What the limiter adds to a withdrawal that it lets pass: whole transactions, nothing warm.
/// forge-config: default.isolate = true
contract FlowLimiterGasTest is FlowFixture {
    address private constant TO = address(0x70);
    uint256 private constant TARGET = 30_000;

    PlainToken private token;
    uint256 private unlimited;

    event Overhead(string name, uint256 gas);

    function setUp() external {
        vm.warp(1_760_000_000);
        token = new PlainToken(6);
        token.mint(TO, 1);
        UnlimitedPayer payer = new UnlimitedPayer(token, 1e12);
        token.mint(address(payer), 1e12);
        payer.take(TO, 1e6);
        unlimited = vm.lastCallGas().gasTotalUsed;
    }

    function _overhead(uint256 windows, bool hasTotal) private returns (uint256) {
        FlowLimits.Limit memory limit;
        limit.windows = new FlowLimits.Window[](windows);
        for (uint256 i = 0; i < windows; ++i) {
            limit.windows[i] = FlowLimits.Window(1e18, 2_000, 1_000, uint32((i + 1) * 1 hours));
        }
        LimitedPayer payer = new LimitedPayer(token, 1e12, limit, hasTotal);
        token.mint(address(payer), 1e12);
        payer.take(TO, 1e6);
        uint256 used = vm.lastCallGas().gasTotalUsed - unlimited;
        emit Overhead(hasTotal ? "with total" : "without total", used);
        return used;
    }

    function test_overheadStaysBelowItsTarget() external {
        vm.assertLe(_overhead(1, false), TARGET);
        vm.assertLe(_overhead(2, false), TARGET);
        vm.assertLe(_overhead(3, false), TARGET);
        vm.assertLe(_overhead(4, false), TARGET);
        vm.assertLe(_overhead(1, true), TARGET);
        _overhead(2, true);
    }
}
