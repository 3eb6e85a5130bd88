// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborOptions} from "../../src/harbor/HarborOptions.sol";
import {OptionsBook} from "../../src/harbor/OptionsBook.sol";
import {FlowQueue} from "../../src/inline/FlowQueue.sol";
import {OptionsOffers} from "../../src/harbor/OptionsOffers.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {oneWindow} from "./HarborVaultLimit.sol";
import {OptionsFixture} from "./OptionsFixture.sol";

/// @notice Writers, buyers and holders of options that expire by the hour, on a feed that sleeps at times.
contract OptionsHandler is OptionsFixture {
    uint256 private constant MAX_SERIES = 6;

    struct Update {
        uint256 time;
        uint256 priceE8;
    }

    address[] private _actors = [ALICE, BOB, address(0xCA401)];
    uint256[] private _series;
    Update[] private _updates;
    uint256 private _now;
    mapping(uint256 seriesId => uint256) public settledPriceE8;

    /// @notice Collateral that came in, and dollars that went out or wait for it.
    uint256 public locked;
    uint256 public paid;
    uint256 public donated;
    uint256 public settlements;
    uint256 public claimsPaid;

    constructor() {
        _deployOptions(new TestDollar(address(this)));
        _updates.push(Update(START, 100_000e8));
        _series = [call_, put];
        _now = START;
        for (uint256 i = 0; i < _actors.length; ++i) {
            usd.mint(_actors[i], 1e15);
            vm.prank(_actors[i]);
            usd.approve(address(options), type(uint256).max);
        }
    }

    /// @dev A fiftieth at once, and again every hour: most payouts are queued.
    function _limit() internal pure override returns (FlowLimits.Limit memory) {
        return oneWindow(200, 1 hours);
    }

    function _queueDelaySeconds() internal pure override returns (uint256) {
        return 1 hours;
    }

    /// @dev Forge resets the clock between calls.
    modifier atCurrentTime() {
        setClock();
        _;
    }

    function setClock() public {
        vm.warp(_now);
        vm.roll(1_000 + _now - START);
    }

    function harbor() external view returns (HarborOptions, TestDollar) {
        return (options, usd);
    }

    function series() external view returns (uint256[] memory) {
        return _series;
    }

    function actors() external view returns (address[] memory) {
        return _actors;
    }

    /// @dev At most MAX_SERIES, of which most expire within three hours.
    function list(uint256 strike, bool isCall, uint256 inSeconds) external atCurrentTime {
        if (_series.length == MAX_SERIES) return;
        uint64 strikeE8 = uint64(bound(strike, 80_000e8, 120_000e8));
        uint40 expiry = uint40(_now + bound(inSeconds, WINDOW + 1, 3 hours));
        OptionsBook.Terms memory terms =
            OptionsBook.Terms(BTC, strikeE8, isCall ? strikeE8 + 30_000e8 : 0, expiry, isCall);
        try options.list(terms) returns (uint256 id) {
            _series.push(id);
        } catch (bytes memory reason) {
            _expected(reason);
        }
    }

    function write(uint256 who, uint256 which, uint256 units) external atCurrentTime {
        uint256 id = _pick(which);
        uint128 amount = uint128(bound(units, 1, 1_000));
        vm.prank(_actor(who));
        try options.write(id, amount) {
            locked += amount * options.maxPayoffOf(id);
            vm.assertTrue(_now < options.termsOf(id).expirySeconds - WINDOW, "written after it closed");
        } catch (bytes memory reason) {
            _expected(reason);
        }
    }

    function redeemPair(uint256 who, uint256 which, uint256 units) external atCurrentTime {
        uint256 id = _pick(which);
        uint128 amount = uint128(bound(units, 1, options.balanceOf(_actor(who), id) + 1));
        uint256 left = options.outflowLeft();
        vm.prank(_actor(who));
        try options.redeemPair(id, amount) returns (uint256 claimId) {
            _notePayout(amount * options.maxPayoffOf(id), claimId, left);
        } catch (bytes memory reason) {
            _expected(reason);
        }
    }

    function redeem(uint256 who, uint256 which, bool isShort, uint256 units) external atCurrentTime {
        uint256 id = _pick(which) + (isShort ? 1 : 0);
        _redeem(_actor(who), id, uint128(bound(units, 1, options.balanceOf(_actor(who), id) + 1)));
    }

    /// @dev All that somebody has.
    function redeemAll(uint256 who) external atCurrentTime {
        for (uint256 i = 0; i < 2 * _series.length; ++i) {
            uint256 id = _series[i / 2] + i % 2;
            _redeem(_actor(who), id, uint128(options.balanceOf(_actor(who), id)));
        }
    }

    function _redeem(address holder, uint256 id, uint128 amount) private {
        uint256 left = options.outflowLeft();
        vm.prank(holder);
        try options.redeem(id, amount) returns (uint256 claimId) {
            _notePayout(amount * options.payoffOf(id), claimId, left);
        } catch (bytes memory reason) {
            _expected(reason);
        }
    }

    /// @dev Whatever was queued is paid once it has waited, unless a brake holds; and only once. Of the last
    /// eight: older ones are paid, mostly.
    function claim() external atCurrentTime {
        uint256 last = options.claimCount() + 1;
        for (uint256 id = last < 8 ? 1 : last - 7; id <= last; ++id) {
            _claim(id);
        }
    }

    function _claim(uint256 id) private {
        FlowQueue.Claim memory queued = options.claimOf(id);
        uint256 before = usd.balanceOf(queued.to);
        try options.claim(id) {
            vm.assertEq(usd.balanceOf(queued.to) - before, queued.amount);
            ++claimsPaid;
        } catch (bytes memory reason) {
            _expected(reason);
            bool due = queued.amount != 0 && _now >= queued.readyAtSeconds;
            vm.assertTrue(!due || options.areWithdrawalsDelayed(), "a claim that was due was refused");
        }
    }

    function transfer(uint256 from, uint256 to, uint256 which, bool isShort, uint256 units)
        external
        atCurrentTime
    {
        uint256 id = _pick(which) + (isShort ? 1 : 0);
        units = bound(units, 0, options.balanceOf(_actor(from), id));
        vm.prank(_actor(from));
        options.transfer(_actor(to), id, units);
    }

    function offer(uint256 who, uint256 which, bool isShort, uint256 units, uint256 premium)
        external
        atCurrentTime
    {
        uint256 id = _pick(which) + (isShort ? 1 : 0);
        uint128 amount = uint128(bound(units, 1, options.balanceOf(_actor(who), id) + 1));
        vm.prank(_actor(who));
        try options.offer(id, amount, uint128(bound(premium, 0, 100e6))) {}
        catch (bytes memory reason) {
            _expected(reason);
        }
    }

    function take(uint256 who, uint256 offerId, uint256 units) external atCurrentTime {
        offerId = bound(offerId, 1, 20);
        vm.prank(_actor(who));
        try options.take(offerId, uint128(bound(units, 1, 100))) {}
        catch (bytes memory reason) {
            _expected(reason);
        }
    }

    function cancel(uint256 offerId) external atCurrentTime {
        OptionsOffers.Offer memory left = options.offerOf(bound(offerId, 1, 20));
        if (left.seller == address(0)) return;
        vm.prank(left.seller);
        options.cancel(bound(offerId, 1, 20));
    }

    /// @dev Up to 40 minutes with a feed that works, or up to three hours without.
    function passTime(uint256 seconds_, uint256 seed) external atCurrentTime {
        if (seed % 5 == 0) {
            _now += bound(seconds_, 1, 3 hours);
            return;
        }
        uint256 until = _now + bound(seconds_, 1, 40 minutes);
        uint256 priceE8 = _updates[_updates.length - 1].priceE8;
        for (uint256 i = 0; _now < until; ++i) {
            _now += HEARTBEAT;
            uint256 permille = uint256(keccak256(abi.encode(seed, i))) % 11;
            priceE8 = priceE8 * (995 + permille) / 1_000;
            _submitAt(_now, priceE8);
            _updates.push(Update(_now, priceE8));
        }
        _now += 1;
    }

    /// @dev Settles all that is due, and compares with an average of its own.
    function settle() external atCurrentTime {
        for (uint256 i = 0; i < _series.length; ++i) {
            _settleExpiry(options.termsOf(_series[i]).expirySeconds);
        }
    }

    function _settleExpiry(uint256 expiry) private {
        (uint256 start, uint256 end) = options.settlementWindow(BTC, expiry);
        (bool was,,) = options.settlementOf(BTC, expiry);
        if (was || end >= _now) return;
        (uint80 first, uint80 last) = options.settlementRounds(BTC, expiry);
        options.settle(BTC, expiry, first, last);
        (bool isSettled, uint256 priceE8, uint256 deferrals) = options.settlementOf(BTC, expiry);
        if (!isSettled || deferrals == options.MAX_DEFERRALS()) return;
        ++settlements;
        vm.assertEq(priceE8, _average(start, end), "not the average");
    }

    function brake(uint256 level, uint256 seconds_) external atCurrentTime {
        seconds_ = bound(seconds_, 1, 30 minutes);
        if (level % 3 == 0) options.delayWithdrawalsFor(seconds_);
        else if (level % 3 == 1) options.reduceOnlyFor(seconds_);
        else options.pauseFor(seconds_);
    }

    function donate(uint256 amount) external atCurrentTime {
        amount = bound(amount, 1, 1_000_000e6);
        usd.mint(address(options), amount);
        donated += amount;
    }

    /// @notice Notes the price of a series when it is settled; it must never be another one later.
    function notePrices() external {
        for (uint256 i = 0; i < _series.length; ++i) {
            (bool isSettled, uint256 priceE8,) =
                options.settlementOf(BTC, options.termsOf(_series[i]).expirySeconds);
            if (settledPriceE8[_series[i]] != 0) vm.assertEq(priceE8, settledPriceE8[_series[i]]);
            if (isSettled) settledPriceE8[_series[i]] = priceE8;
        }
    }

    /// @dev Nothing is queued that would have fitted, and nothing is paid that did not.
    function _notePayout(uint256 amount, uint256 claimId, uint256 left) private {
        paid += amount;
        vm.assertTrue((claimId == 0) == (amount <= left), "queued without need, or paid above the limit");
        if (claimId != 0) vm.assertEq(options.claimOf(claimId).amount, amount);
    }

    function _average(uint256 start, uint256 end) private view returns (uint256) {
        uint256 sum = 0;
        for (uint256 i = 0; i < _updates.length; ++i) {
            uint256 from = _updates[i].time < start ? start : _updates[i].time;
            uint256 to = i + 1 < _updates.length ? _updates[i + 1].time : end;
            if (to > end) to = end;
            if (to > from) sum += (to - from) * _updates[i].priceE8;
        }
        return sum / (end - start);
    }

    function _actor(uint256 who) private view returns (address) {
        return _actors[who % _actors.length];
    }

    function _pick(uint256 which) private view returns (uint256) {
        return _series[which % _series.length];
    }

    /// @dev A refusal says why; arithmetic that overflows does not count as one.
    function _expected(bytes memory reason) private pure {
        vm.assertTrue(reason.length >= 4, "reverted without a reason");
        vm.assertTrue(bytes4(reason) != bytes4(0x4e487b71), "panicked");
    }
}
