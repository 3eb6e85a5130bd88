// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {FlowLimiter} from "../../src/inline/FlowLimiter.sol";
import {FlowQueue} from "../../src/inline/FlowQueue.sol";

/// @notice The smallest protocol behind the limiter: purses that anyone fills, and that pay whoever asks, as
/// if there were no other check. Total: what it is told that a unit is worth.
contract FlowPurse is FlowLimiter {
    error CallerNotGovernor(address caller);

    address public immutable governor;
    bool public paused;
    mapping(address asset => uint256) public booked;
    mapping(address asset => uint256) public unitValue;
    address[] private _assets;

    constructor(address governor_, uint256 delaySeconds) FlowQueue(delaySeconds) {
        governor = governor_;
    }

    function setLimit(address asset, Limit memory limit) external {
        _setFlowLimit(asset, limit);
    }

    /// @notice 0: not in the total.
    function setUnitValue(address asset, uint256 value) external {
        if (unitValue[asset] == 0) _assets.push(asset);
        unitValue[asset] = value;
    }

    function setPaused(bool paused_) external {
        paused = paused_;
    }

    /// @notice Pulls `amount` and books what arrives.
    function put(address asset, uint256 amount) public {
        uint256 before = IERC20(asset).balanceOf(address(this));
        IERC20(asset).transferFrom(msg.sender, address(this), amount);
        uint256 arrived = IERC20(asset).balanceOf(address(this)) - before;
        booked[asset] += arrived;
        _noteReceipt(asset, arrived);
    }

    /// @notice Books what is already there, as if it had come in an earlier transaction.
    function putEarlier(address asset, uint256 amount) external {
        booked[asset] += amount;
    }

    function putDeferred(address asset, uint256 amount) external {
        IERC20(asset).transferFrom(msg.sender, address(this), amount);
        booked[asset] += amount;
        _deferInflow(asset, amount);
    }

    function giveBack(address asset, uint256 amount) external {
        booked[asset] -= amount;
        _returnInflow(asset, amount);
        IERC20(asset).transfer(msg.sender, amount);
    }

    function take(address asset, address to, uint256 amount) public returns (uint256) {
        booked[asset] -= amount;
        return _release(asset, msg.sender, to, amount);
    }

    /// @notice Takes in and pays back at once.
    function putAndRefund(address asset, uint256 amount, uint256 refund) external {
        put(asset, amount);
        booked[asset] -= refund;
        _refund(asset, msg.sender, refund);
    }

    /// @notice What the caps are a share of.
    function base(address asset) external view returns (uint256) {
        return _effectiveBase(asset, 0);
    }

    function claim(uint256 id) public override {
        require(!paused, "paused");
        super.claim(id);
    }

    function _flowBase(address asset) internal view override returns (uint256 sum) {
        if (asset != TOTAL) return booked[asset];
        for (uint256 i = 0; i < _assets.length; ++i) {
            sum += booked[_assets[i]] * unitValue[_assets[i]];
        }
    }

    function _flowValue(address asset, uint256 amount) internal view override returns (uint256) {
        return amount * unitValue[asset];
    }

    function _requireFlowGovernor() internal view override {
        if (msg.sender != governor) revert CallerNotGovernor(msg.sender);
    }

    function _onStruck(address asset, uint256 amount) internal override {
        booked[asset] += amount;
    }
}

/// @notice Does several things to a purse in one transaction.
contract FlowBatch {
    function putAndTake(FlowPurse purse, address asset, uint256 put, uint256 taken) public returns (uint256) {
        IERC20(asset).approve(address(purse), put);
        purse.put(asset, put);
        return purse.take(asset, address(this), taken);
    }

    function putAndTakeTwice(FlowPurse purse, address asset, uint256 amount) external returns (uint256) {
        putAndTake(purse, asset, amount, amount);
        return purse.take(asset, address(this), amount);
    }

    function putAndRefundTwice(FlowPurse purse, address asset, uint256 amount) external {
        IERC20(asset).approve(address(purse), 2 * amount);
        purse.putAndRefund(asset, amount, amount);
        // Nothing came in, and as much is asked for again.
        purse.putAndRefund(asset, 0, amount);
    }

    function putAndTakeAndSeeTotal(FlowPurse purse, address asset, uint256 amount)
        external
        returns (uint256)
    {
        putAndTake(purse, asset, amount, amount);
        return purse.flowLeft(purse.TOTAL());
    }

    function putAndSeeTotal(FlowPurse purse, address asset, uint256 put) external returns (uint256) {
        IERC20(asset).approve(address(purse), put);
        purse.put(asset, put);
        return purse.flowLeft(purse.TOTAL());
    }

    function putAndSee(FlowPurse purse, address asset, uint256 put) external returns (uint256) {
        IERC20(asset).approve(address(purse), put);
        purse.put(asset, put);
        return purse.flowLeft(asset);
    }
}

/// @notice A purse of 1,000 that knows nothing of totals.
contract TotallessPurse is FlowLimiter {
    constructor() FlowQueue(1 days) {}

    function setLimit(address asset, Limit memory limit) external {
        _setFlowLimit(asset, limit);
    }

    function take(address asset, uint256 amount) external returns (uint256) {
        return _release(asset, msg.sender, msg.sender, amount);
    }

    function _flowBase(address) internal pure override returns (uint256) {
        return 1_000;
    }

    function _requireFlowGovernor() internal view override {}

    function _onStruck(address, uint256) internal override {}
}
