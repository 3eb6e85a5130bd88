// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {FlowQueue} from "../../src/inline/FlowQueue.sol";
import {FlowFixture} from "./FlowFixture.sol";
import {FlowBatch, FlowPurse} from "./FlowPurse.sol";
import {PlainToken} from "./Tokens.sol";

/// @notice People who pay in and take out of two purses with a common total whatever they can, a protocol
/// that shifts money, donors, a governor who strikes and vouches, and time.
contract FlowHandler is FlowFixture {
    /// @dev What happened to an asset, or to the total, in one step.
    struct Entry {
        uint256 time;
        uint256 base;
        uint256 booked;
        uint256 paidIn;
        uint256 out;
    }

    uint256 public constant ACCOUNTS = 6;
    uint256 private constant WETH_VALUE = 2_000;
    uint256 private constant USD_VALUE = 1e12;

    FlowPurse public purse = new FlowPurse(GOVERNOR, QUEUE_DELAY);
    FlowBatch private _batch = new FlowBatch();
    PlainToken[2] private _tokens = [new PlainToken(6), new PlainToken(18)];
    mapping(address key => Entry[]) private _log;
    mapping(address asset => uint256) public donated;
    mapping(address asset => uint256) public paidOut;
    mapping(uint256 id => uint256) public bookedAt;
    uint256 private _now = 1_760_000_000;

    constructor() {
        vm.warp(_now);
        for (uint256 i = 0; i < 2; ++i) {
            FlowLimits.Limit memory limit = _hourAndDay();
            if (i == 1) limit.smallAmount = 5e17;
            purse.setLimit(address(_tokens[i]), limit);
            uint256 amount = i == 0 ? 1_000_000e6 : 500e18;
            _tokens[i].mint(address(purse), amount);
            purse.putEarlier(address(_tokens[i]), amount);
            purse.setUnitValue(address(_tokens[i]), i == 0 ? USD_VALUE : WETH_VALUE);
        }
        FlowLimits.Limit memory total = _hourAndDay();
        total.windows[0].capBps = 1_500;
        total.windows[1].capAmount = 600_000e18;
        purse.setLimit(address(0), total);
    }

    /// @dev Forge resets the clock between calls.
    modifier atCurrentTime() {
        vm.warp(_now);
        _;
    }

    function token(uint256 i) external view returns (PlainToken) {
        return _tokens[i];
    }

    function batch() external view returns (address) {
        return address(_batch);
    }

    function currentTime() external view returns (uint256) {
        return _now;
    }

    function logOf(address key) external view returns (Entry[] memory) {
        return _log[key];
    }

    /// @notice Half of the time all that is left, else anything, or something small.
    function take(uint256 which, uint256 amount, uint256 who) external atCurrentTime {
        address asset = address(_tokens[which % 2]);
        address taker = account(who);
        uint256 booked = purse.booked(asset);
        uint256 left = purse.flowLeft(asset);
        uint256 kind = amount % 4;
        if (kind < 2) amount = left;
        else amount = kind == 2 ? bound(amount, 0, booked) : purse.smallFlowLeft(asset, taker);
        if (amount > booked) amount = booked;
        _begin(asset);
        vm.prank(taker);
        uint256 id = purse.take(asset, taker, amount);
        _end(asset, 0, id == 0 ? amount : 0);
        if (id == 0) paidOut[asset] += amount;
        else bookedAt[id] = block.timestamp;
    }

    function put(uint256 which, uint256 amount) external atCurrentTime {
        PlainToken paid = _tokens[which % 2];
        amount = bound(amount, 0, 10 ** paid.decimals() * 1_000_000);
        _begin(address(paid));
        paid.mint(address(purse), amount);
        purse.putEarlier(address(paid), amount);
        _end(address(paid), amount, 0);
    }

    /// @notice In and out in one transaction, with a loan if need be.
    function putAndTake(uint256 which, uint256 amount, uint256 taken) external atCurrentTime {
        PlainToken paid = _tokens[which % 2];
        address asset = address(paid);
        amount = bound(amount, 0, 10 ** paid.decimals() * 1_000_000);
        taken = bound(taken, 0, amount + purse.booked(asset) / 10);
        if (taken > amount + purse.booked(asset)) taken = amount;
        uint256 returned = taken < amount ? taken : amount;
        _begin(asset);
        paid.mint(address(_batch), amount);
        uint256 id = _batch.putAndTake(purse, asset, amount, taken);
        if (id != 0) {
            // All of it waits, and what came in has stayed.
            bookedAt[id] = block.timestamp;
            _end(asset, amount, 0);
        } else {
            paidOut[asset] += taken;
            _end(asset, amount - returned, taken - returned);
        }
    }

    /// @notice A profit from elsewhere in the protocol.
    function putDeferred(uint256 which, uint256 amount) external atCurrentTime {
        PlainToken paid = _tokens[which % 2];
        amount = bound(amount, 0, 10 ** paid.decimals() * 1_000_000);
        _begin(address(paid));
        paid.mint(address(this), amount);
        paid.approve(address(purse), amount);
        purse.putDeferred(address(paid), amount);
        _end(address(paid), amount, 0);
    }

    function donate(uint256 which, uint256 amount) external {
        PlainToken paid = _tokens[which % 2];
        amount = bound(amount, 0, 1e24);
        donated[address(paid)] += amount;
        paid.mint(address(purse), amount);
    }

    function claim(uint256 id) external atCurrentTime {
        id = bound(id, 0, purse.claimCount());
        FlowQueue.Claim memory queued = purse.claimOf(id);
        try purse.claim(id) {
            vm.assertGe(block.timestamp, bookedAt[id] + QUEUE_DELAY);
            paidOut[queued.asset] += queued.amount;
        } catch {}
    }

    function releaseNow(uint256 id) external atCurrentTime {
        id = bound(id, 0, purse.claimCount());
        FlowQueue.Claim memory queued = purse.claimOf(id);
        vm.prank(GOVERNOR);
        try purse.releaseNow(id) {
            paidOut[queued.asset] += queued.amount;
        } catch {}
    }

    function announceStrike(uint256 id) external atCurrentTime {
        vm.prank(GOVERNOR);
        try purse.announceStrike(bound(id, 0, purse.claimCount())) {} catch {}
    }

    function strike(uint256 id) external atCurrentTime {
        id = bound(id, 0, purse.claimCount());
        FlowQueue.Claim memory queued = purse.claimOf(id);
        if (queued.amount == 0) return;
        _begin(queued.asset);
        vm.prank(GOVERNOR);
        try purse.strike(id) {
            vm.assertGe(block.timestamp, uint256(queued.strikableAtSeconds));
            _end(queued.asset, queued.amount, 0);
        } catch {
            _end(queued.asset, 0, 0);
        }
    }

    /// @notice Seconds or minutes mostly, at times hours or a day.
    function pass(uint256 seconds_) external {
        _now += bound(seconds_, 1, seconds_ % 5 == 0 ? 30 hours : 20 minutes);
    }

    function account(uint256 who) public pure returns (address) {
        return address(uint160(0xACC0 + who % ACCOUNTS));
    }

    function _begin(address asset) private {
        _log[asset].push(Entry(block.timestamp, purse.base(asset), purse.booked(asset), 0, 0));
        _log[address(0)].push(Entry(block.timestamp, purse.base(address(0)), _value(), 0, 0));
    }

    function _end(address asset, uint256 paidIn, uint256 out) private {
        uint256 unit = purse.unitValue(asset);
        _note(_log[asset], paidIn, out);
        _note(_log[address(0)], paidIn * unit, out * unit);
    }

    function _note(Entry[] storage log, uint256 paidIn, uint256 out) private {
        Entry storage entry = log[log.length - 1];
        (entry.paidIn, entry.out) = (paidIn, out);
    }

    function _value() private view returns (uint256) {
        return purse.booked(address(_tokens[0])) * USD_VALUE + purse.booked(address(_tokens[1])) * WETH_VALUE;
    }
}
