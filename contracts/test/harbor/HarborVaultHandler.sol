// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {IHarborPerps} from "../../src/harbor/IHarborPerps.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {Test} from "../Test.sol";
import {oneWindow} from "./HarborVaultLimit.sol";

/// @notice Providers of a vault with a delay of an hour, and this contract as the perpetuals that it settles
/// with.
contract HarborVaultHandler is Test, IHarborPerps {
    uint256 private constant DELAY = 1 hours;
    uint256 private constant VALID = 1 days;

    TestDollar public usd;
    HarborVault public vault;
    int256 public unrealisedProfit;
    uint256 public donated;
    uint256 public withdrawals;
    address[] private _providers = [address(0x11F0), address(0x11F1), address(0x11F2)];
    mapping(address provider => uint256) private _requestedAt;
    uint256 private _now = 1_760_000_000;

    constructor() {
        vm.warp(_now);
        usd = new TestDollar(address(this));
        FlowLimits.Limit memory limit = oneWindow(2_000, 1 hours);
        limit.windows[0].reserveBps = 1_000;
        limit.smallAmount = 1_000e6;
        limit.smallSeconds = 1 hours;
        vault = new HarborVault(usd, address(this), limit, DELAY);
        vault.setPerps(address(this));
        vault.setBreaker(address(this));
        usd.mint(address(this), 1e15);
        usd.approve(address(vault), type(uint256).max);
        for (uint256 i = 0; i < _providers.length; ++i) {
            usd.mint(_providers[i], 1e15);
            vm.prank(_providers[i]);
            usd.approve(address(vault), type(uint256).max);
        }
    }

    /// @dev Forge resets the clock between calls.
    modifier atCurrentTime() {
        vm.warp(_now);
        _;
    }

    function providers() external view returns (address[] memory) {
        return _providers;
    }

    function deposit(uint256 who, uint256 amount) external atCurrentTime {
        address provider = _provider(who);
        amount = bound(amount, 1, 1_000_000e6);
        uint256 price = vault.convertToAssets(1e30);
        if (amount > vault.maxDeposit(provider)) return;
        vm.prank(provider);
        vault.deposit(amount, provider);
        vm.assertGe(vault.convertToAssets(1e30), price);
    }

    /// @dev Mostly lets a request that waits do so.
    function requestRedeem(uint256 who, uint256 shares) external atCurrentTime {
        address provider = _provider(who);
        if (_locked(provider) != 0 && shares % 4 != 0) return;
        shares = bound(shares, 0, vault.balanceOf(provider));
        vm.prank(provider);
        vault.requestRedeem(shares);
        _requestedAt[provider] = _now;
    }

    /// @dev All that is possible or a part, never more; and never without having waited.
    function withdraw(uint256 who, uint256 amount, bool inShares) external atCurrentTime {
        address provider = _provider(who);
        uint256 price = vault.convertToAssets(1e30);
        uint256 most = inShares ? vault.maxRedeem(provider) : vault.maxWithdraw(provider);
        amount = amount % 2 == 0 ? most : bound(amount, 0, most);
        if (amount == 0) return;
        vm.prank(provider);
        if (inShares) vault.redeem(amount, provider, provider);
        else vault.withdraw(amount, provider, provider);
        vm.assertGe(vault.convertToAssets(1e30), price);
        ++withdrawals;
        uint256 waited = _now - _requestedAt[provider];
        vm.assertTrue(waited >= DELAY && waited < DELAY + VALID, "withdrawn without the wait");
    }

    function withdrawTooMuch(uint256 who, uint256 excess) external atCurrentTime {
        address provider = _provider(who);
        uint256 assets = vault.maxWithdraw(provider) + bound(excess, 1, 1e12);
        vm.expectRevert();
        vm.prank(provider);
        vault.withdraw(assets, provider, provider);
    }

    function transfer(uint256 from, uint256 to, uint256 shares) external atCurrentTime {
        address provider = _provider(from);
        uint256 balance = vault.balanceOf(provider);
        uint256 locked = _locked(provider);
        shares = bound(shares, 0, balance);
        address receiver = _provider(to);
        if (shares > balance - locked) vm.expectRevert();
        vm.prank(provider);
        vault.transfer(receiver, shares);
    }

    function settle(uint256 amount, bool profit) external atCurrentTime {
        if (profit) vault.payOut(bound(amount, 0, vault.bookedAssets() / 10));
        else vault.payIn(bound(amount, 0, 100_000e6));
    }

    function move(uint256 amount, bool profit) external atCurrentTime {
        int256 most = int256(vault.bookedAssets() / 5);
        int256 change = int256(bound(amount, 0, uint256(most)));
        unrealisedProfit = profit ? change : -change;
    }

    function donate(uint256 amount) external atCurrentTime {
        amount = bound(amount, 1, 1_000_000e6);
        uint256 price = vault.convertToAssets(1e30);
        usd.mint(address(vault), amount);
        donated += amount;
        vm.assertEq(vault.convertToAssets(1e30), price, "a donation moved the share price");
    }

    function brake(uint256 seconds_, bool pauses) external atCurrentTime {
        seconds_ = bound(seconds_, 1, 30 minutes);
        if (pauses) vault.pauseFor(seconds_);
        else vault.delayWithdrawalsFor(seconds_);
    }

    function passTime(uint256 seconds_, uint256 seed) external atCurrentTime {
        _now += seed % 8 == 0 ? bound(seconds_, 1, 4 days) : bound(seconds_, 1, 2 hours);
        vm.warp(_now);
    }

    function setClock() external {
        vm.warp(_now);
    }

    function _locked(address provider) private view returns (uint256) {
        return vault.pendingRedeemRequest(0, provider) + vault.claimableRedeemRequest(0, provider);
    }

    function _provider(uint256 who) private view returns (address) {
        return _providers[who % _providers.length];
    }
}
