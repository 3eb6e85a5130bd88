// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {PerpsBook} from "../../src/harbor/PerpsBook.sol";
import {PerpsParameters} from "../../src/harbor/PerpsParameters.sol";
import {PerpsSettlement} from "../../src/harbor/PerpsSettlement.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {IPriceFeed} from "../../src/oracle/IPriceFeed.sol";
import {HarborFixture} from "./HarborFixture.sol";
import {RewardSink} from "./RewardSink.sol";

/// @notice Providers, traders, liquidators and donors on a market that moves at random.
contract HarborHandler is HarborFixture {
    address[] private _traders = [ALICE, BOB, address(0xCA401), address(0xDA7E)];
    address[] private _providers = [LP, address(0x11F1)];
    uint256 private _now;

    /// @notice Tokens given away to the contracts, which count for nothing.
    uint256 public donatedToVault;
    uint256 public donatedToPerps;

    /// @notice Of all losses that were not paid, what winners have borne.
    uint256 public forgone;
    RewardSink public sink = new RewardSink();

    constructor() {
        _deployHarbor();
        perps.setSteward(BTC, address(this));
        perps.setSteward(ETH, address(this));
        _now = block.timestamp;
    }

    /// @dev Everybody gets a share of the fees.
    function _settings(uint256 minHoldBlocks)
        internal
        override
        returns (HarborPerps.Settings memory settings)
    {
        sink.setToken(usd);
        settings = super._settings(minHoldBlocks);
        settings.feeShares = PerpsSettlement.FeeShares(REBATE_BPS, 1_000, 1_000);
        settings.guardianRewards = sink;
    }

    /// @dev A mark that lags, and no dust.
    function _config(IPriceFeed feed) internal pure override returns (PerpsBook.MarketConfig memory config) {
        config = super._config(feed);
        (config.markStepBps, config.markStepSeconds) = (100, 12);
        config.minNotional = 10e6;
    }

    /// @dev Forge resets the clock between calls.
    modifier atCurrentTime() {
        setClock();
        _;
    }

    function setClock() public {
        vm.warp(_now);
        vm.roll(_now / BLOCK_SECONDS);
    }

    function harbor() external view returns (HarborVault, HarborPerps, TestDollar) {
        return (vault, perps, usd);
    }

    function traders() external view returns (address[] memory) {
        return _traders;
    }

    function supply(uint256 who, uint256 amount) external atCurrentTime {
        address provider = _providers[who % 2];
        amount = bound(amount, 1, 1_000_000e6);
        _fund(provider, address(vault), amount);
        uint256 price = vault.convertToAssets(1e30);
        vm.prank(provider);
        try vault.deposit(amount, provider) {
            _noDilution(price);
        } catch (bytes memory reason) {
            _expected(reason);
        }
    }

    /// @dev Mostly what is possible, at times more.
    function withdrawLiquidity(uint256 who, uint256 amount) external atCurrentTime {
        address provider = _providers[who % 2];
        amount = bound(amount, 0, vault.maxWithdraw(provider) * 5 / 4);
        uint256 price = vault.convertToAssets(1e30);
        vm.prank(provider);
        try vault.withdraw(amount, provider, provider) {
            _noDilution(price);
        } catch (bytes memory reason) {
            _expected(reason);
        }
    }

    function redeemLiquidity(uint256 who, uint256 shares) external atCurrentTime {
        address provider = _providers[who % 2];
        shares = bound(shares, 0, vault.maxRedeem(provider));
        uint256 price = vault.convertToAssets(1e30);
        vm.prank(provider);
        vault.redeem(shares, provider, provider);
        _noDilution(price);
    }

    function deposit(uint256 who, uint256 amount) external atCurrentTime {
        _deposit(_trader(who), bound(amount, 1, 20_000e6));
    }

    function withdraw(uint256 who, uint256 amount) external atCurrentTime {
        address trader = _trader(who);
        amount = bound(amount, 0, perps.cashOf(trader));
        vm.prank(trader);
        try perps.withdraw(amount) {
            _marginCovered(trader);
        } catch (bytes memory reason) {
            _expected(reason);
        }
    }

    function open(uint256 who, bool inBtc, bool isLong, uint256 sizeE18) external atCurrentTime {
        address trader = _trader(who);
        (, int256 price,,,) = (inBtc ? btcFeed : ethFeed).latestRoundData();
        // Up to 24 times the cash, where 20 is allowed.
        sizeE18 = bound(sizeE18, 1, 1e12 + perps.cashOf(trader) * 24e20 / uint256(price));
        vm.prank(trader);
        try perps.open(inBtc ? BTC : ETH, isLong, sizeE18, isLong ? type(uint256).max : 0) {
            _marginCovered(trader);
        } catch (bytes memory reason) {
            _expected(reason);
        }
    }

    function close(uint256 who, bool inBtc, uint256 sizeE18) external atCurrentTime {
        address trader = _trader(who);
        bytes32 market = inBtc ? BTC : ETH;
        (int256 heldE18,,,) = perps.positionOf(trader, market);
        if (heldE18 == 0) return;
        sizeE18 = bound(sizeE18, 1, uint256(heldE18 > 0 ? heldE18 : -heldE18));
        vm.prank(trader);
        try perps.close(market, sizeE18, heldE18 > 0 ? 0 : type(uint256).max) {}
        catch (bytes memory reason) {
            _expected(reason);
        }
    }

    /// @notice Tries everybody: somebody always does.
    function liquidate() external atCurrentTime {
        for (uint256 i = 0; i < _traders.length; ++i) {
            _liquidate(_traders[i]);
        }
    }

    function _liquidate(address trader) private {
        (, uint256 maintenance) = perps.marginOf(trader);
        int256 equity = perps.equityOf(trader);
        vm.prank(KEEPER);
        try perps.liquidate(trader) {
            vm.assertTrue(equity < int256(maintenance), "a healthy account was liquidated");
            int256 rest = perps.equityOf(trader);
            vm.assertTrue(rest <= (equity > 0 ? equity : int256(0)), "a liquidation paid the liquidated");
            (, maintenance) = perps.marginOf(trader);
            vm.assertTrue(maintenance == 0 || rest >= int256(maintenance), "a part did not suffice");
        } catch (bytes memory reason) {
            vm.assertTrue(equity >= int256(maintenance), "an account that is due was spared");
            _expected(reason);
        }
    }

    /// @notice Those who won, for what others left unpaid.
    function deleverage(bool inBtc) external atCurrentTime {
        _deleverage(inBtc ? BTC : ETH);
    }

    function _deleverage(bytes32 market) private {
        for (uint256 i = 0; i < _traders.length; ++i) {
            uint256 cash = perps.cashOf(_traders[i]);
            uint256 owed = _deficits(market);
            uint256 fund = perps.insuranceFund();
            try perps.deleverage(_traders[i], market) {
                vm.assertGe(perps.cashOf(_traders[i]), cash);
                uint256 paid = fund - perps.insuranceFund();
                vm.assertTrue(owed > _deficits(market) || paid == owed, "nobody bore anything");
                forgone += owed - _deficits(market) - paid;
            } catch (bytes memory reason) {
                _expected(reason);
            }
        }
    }

    /// @notice Down or up by a third, and whoever is due is liquidated, one step of the mark after the other;
    /// then those who won are asked. Often somebody bet too much on the wrong side, and somebody else against
    /// it.
    function crash(uint256 who, bool ofBtc, bool isDown, uint256 steps) external {
        PriceFeed feed = ofBtc ? btcFeed : ethFeed;
        _now += BLOCK_SECONDS;
        setClock();
        (, int256 price,,,) = feed.latestRoundData();
        feed.submit(price);
        if (who % 4 != 0) {
            uint256 sizeE18 = 50_000e26 / uint256(price);
            _bet(_trader(who), ofBtc ? BTC : ETH, isDown, 5_000e6, sizeE18);
            _bet(_trader(who / 4), ofBtc ? BTC : ETH, !isDown, 20_000e6, sizeE18);
        }
        _now += BLOCK_SECONDS;
        setClock();
        feed.submit(isDown ? price * 2 / 3 : price * 4 / 3);
        for (uint256 s = bound(steps, 8, 48); s > 0; --s) {
            _now += BLOCK_SECONDS;
            setClock();
            engine.syncMark(ofBtc ? BTC : ETH);
            if (s % 16 != 0) continue;
            for (uint256 i = 0; i < _traders.length; ++i) {
                _liquidate(_traders[i]);
            }
        }
        _deleverage(ofBtc ? BTC : ETH);
    }

    function _bet(address trader, bytes32 market, bool isLong, uint256 margin, uint256 sizeE18) private {
        _deposit(trader, margin);
        vm.prank(trader);
        try perps.open(market, isLong, sizeE18, isLong ? type(uint256).max : 0) {
            _marginCovered(trader);
        } catch (bytes memory reason) {
            _expected(reason);
        }
    }

    function donateToTheFund(uint256 amount) external atCurrentTime {
        amount = bound(amount, 1, 1_000e6);
        _fund(KEEPER, address(perps), amount);
        vm.prank(KEEPER);
        perps.donate(amount);
    }

    function pushGuardianFees() external atCurrentTime {
        perps.pushGuardianFees();
        vm.assertEq(perps.guardianFees(), 0);
    }

    /// @notice Claims of withdrawals that were queued, whoever's.
    function claim(uint256 id) external atCurrentTime {
        uint256 count = perps.claimCount();
        if (count == 0) return;
        try perps.claim(bound(id, 1, count)) {}
        catch (bytes memory reason) {
            _expected(reason);
        }
    }

    /// @notice The steward turns a knob, within the bounds: nobody becomes due by that.
    function setParameter(bool ofBtc, uint256 which, uint256 value) external atCurrentTime {
        PerpsParameters.Parameter parameter = PerpsParameters.Parameter(which % 5);
        if (parameter == PerpsParameters.Parameter.MaxLeverage) value = bound(value, 1, 30);
        else if (parameter == PerpsParameters.Parameter.MaintenanceMarginBps) value = bound(value, 150, 600);
        else if (parameter == PerpsParameters.Parameter.FeeBps) value = bound(value, 0, 40);
        else if (parameter == PerpsParameters.Parameter.MaxOpenInterest) value = bound(value, 1e9, 1e12);
        else value = bound(value, 0, FUNDING_PER_SECOND_E18);
        bool[] memory wasDue = _due();
        engine.setParameter(ofBtc ? BTC : ETH, parameter, value);
        bool[] memory isDue = _due();
        for (uint256 i = 0; i < isDue.length; ++i) {
            vm.assertTrue(wasDue[i] || !isDue[i], "a change of settings made an account due");
        }
    }

    function claimRebates(uint256 who, uint256 daysAgo) external atCurrentTime {
        uint256[] memory dayIndexes = new uint256[](1);
        dayIndexes[0] = block.timestamp / 1 days - daysAgo % 3;
        vm.prank(_trader(who));
        try perps.claimRebates(dayIndexes) {}
        catch (bytes memory reason) {
            _expected(reason);
        }
    }

    /// @dev Up to 4 % either way, at times up to 16 %.
    function movePrice(bool ofBtc, uint256 permille, uint256 violence) external {
        PriceFeed feed = ofBtc ? btcFeed : ethFeed;
        _now += BLOCK_SECONDS;
        setClock();
        (, int256 price,,,) = feed.latestRoundData();
        int256 move = int256(bound(permille, 0, 80)) - 40;
        if (violence % 4 == 0) move *= 4;
        feed.submit(price + price * move / 1_000);
    }

    /// @dev Four blocks let positions be closed; three hours let funding and buckets move, and make a price
    /// stale when the reporter sleeps.
    function passTime(uint256 seconds_, uint256 sleep) external {
        _now += bound(seconds_, 4 * BLOCK_SECONDS, 3 hours);
        setClock();
        if (sleep % 4 == 0) return;
        (, int256 btcPrice,,,) = btcFeed.latestRoundData();
        (, int256 ethPrice,,,) = ethFeed.latestRoundData();
        btcFeed.submit(btcPrice);
        ethFeed.submit(ethPrice);
    }

    function donate(bool toVault, uint256 amount) external atCurrentTime {
        amount = bound(amount, 1, 1_000_000e6);
        uint256 price = vault.convertToAssets(1e30);
        uint256 claims = perps.totalClaims();
        usd.mint(toVault ? address(vault) : address(perps), amount);
        if (toVault) donatedToVault += amount;
        else donatedToPerps += amount;
        vm.assertEq(vault.convertToAssets(1e30), price, "a donation moved the share price");
        vm.assertEq(perps.totalClaims(), claims, "a donation moved the claims");
    }

    function _trader(uint256 who) private view returns (address) {
        return _traders[who % _traders.length];
    }

    function _due() private view returns (bool[] memory due) {
        due = new bool[](_traders.length);
        for (uint256 i = 0; i < due.length; ++i) {
            (, uint256 maintenance) = perps.marginOf(_traders[i]);
            due[i] = perps.equityOf(_traders[i]) < int256(maintenance);
        }
    }

    function _deficits(bytes32 market) private view returns (uint256) {
        return engine.deficitOf(market, true).amount + engine.deficitOf(market, false).amount;
    }

    function _noDilution(uint256 priceBefore) private view {
        vm.assertGe(vault.convertToAssets(1e30), priceBefore);
    }

    function _marginCovered(address trader) private view {
        (uint256 initial,) = perps.marginOf(trader);
        vm.assertGe(perps.equityOf(trader), int256(initial));
        vm.assertGe(int256(perps.cashOf(trader)), int256(initial));
    }

    /// @dev A refusal says why; arithmetic that overflows does not count as one.
    function _expected(bytes memory reason) private pure {
        vm.assertTrue(reason.length >= 4, "reverted without a reason");
        vm.assertTrue(bytes4(reason) != bytes4(0x4e487b71), "panicked");
    }
}
