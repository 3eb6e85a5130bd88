// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {PerpsBook} from "../../src/harbor/PerpsBook.sol";
import {PerpsLimits} from "../../src/harbor/PerpsLimits.sol";
import {PerpsMarkets} from "../../src/harbor/PerpsMarkets.sol";
import {PerpsSettlement} from "../../src/harbor/PerpsSettlement.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {IPriceFeed} from "../../src/oracle/IPriceFeed.sol";
import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {HarborFixture} from "./HarborFixture.sol";
import {oneWindow} from "./HarborVaultLimit.sol";
import {RewardSink} from "./RewardSink.sol";

/// @notice A feed that answers whatever it is told.
contract OddFeed is IPriceFeed {
    uint8 public immutable decimals;
    int256 private _answer;

    constructor(uint8 decimals_, int256 first) {
        decimals = decimals_;
        _answer = first;
    }

    function answer(int256 next) external {
        _answer = next;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, _answer, block.timestamp, block.timestamp, 1);
    }

    function getRoundData(uint80) external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, _answer, block.timestamp, block.timestamp, 1);
    }

    function description() external pure returns (string memory) {
        return "ODD / USD";
    }

    function version() external pure returns (uint256) {
        return 1;
    }

    function heartbeatSeconds() external pure returns (uint256) {
        return 60;
    }

    function minAnswer() external pure returns (int256) {
        return type(int256).min;
    }

    function maxAnswer() external pure returns (int256) {
        return type(int256).max;
    }

    function maxStepBps() external pure returns (uint256) {
        return 10_000;
    }
}

/// @notice A dollar with 18 decimals.
contract LargeDollar is ERC20 {
    constructor() ERC20("Large Dollar", "LUSD") {}
}

/// @notice Markets, their prices and their funding.
contract PerpsMarketsTest is HarborFixture {
    function setUp() external {
        _deployHarbor();
        _deposit(ALICE, 20_000e6);
    }

    // Markets

    function test_markets_areListed() external view {
        bytes32[] memory ids = engine.marketIds();
        vm.assertEq(ids.length, 2);
        vm.assertEq(ids[0], BTC);
        vm.assertEq(ids[1], ETH);
        vm.assertEq(abi.encode(engine.marketOf(BTC)), abi.encode(_config(btcFeed)));
        vm.assertEq(address(perps.vault()), address(vault));
        vm.assertEq(address(perps.collateral()), address(usd));
        vm.assertEq(engine.minHoldBlocks(), 2);
        vm.assertEq(perps.feeShares().rebateBps, REBATE_BPS);
        vm.assertEq(engine.perps(), address(perps));
    }

    function test_addMarket_isForTheOwner() external {
        _refuse(ALICE, abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, ALICE));
        perps.addMarket("SOL", _config(btcFeed));
    }

    function test_addMarket_once() external {
        vm.expectRevert(abi.encodeWithSelector(PerpsMarkets.MarketAlreadyAdded.selector, BTC));
        perps.addMarket(BTC, _config(ethFeed));
    }

    function test_addMarket_upToSixteen() external {
        for (uint256 i = 2; i < 16; ++i) {
            perps.addMarket(bytes32(i), _config(btcFeed));
        }
        vm.expectRevert(abi.encodeWithSelector(PerpsMarkets.MarketsTooMany.selector, 16));
        perps.addMarket("SOL", _config(btcFeed));
    }

    function test_addMarket_needsAPrice() external {
        PriceFeed silent = new PriceFeed(address(this), "", 1, 2, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.RoundUnknown.selector, 0));
        perps.addMarket("SOL", _config(silent));
    }

    function _refuseConfig(PerpsBook.MarketConfig memory config, string memory parameter, uint256 value)
        private
    {
        vm.expectRevert(abi.encodeWithSelector(PerpsLimits.MarketConfigInvalid.selector, parameter, value));
        perps.addMarket("SOL", config);
    }

    function test_addMarket_checksItsSettings() external {
        PerpsBook.MarketConfig memory config = _config(btcFeed);
        config.maxLeverage = 0;
        _refuseConfig(config, "maxLeverage", 0);
        config = _config(btcFeed);
        config.maintenanceMarginBps = 0;
        _refuseConfig(config, "maintenanceMarginBps", 0);
        // At 20 times leverage the margin is 500.
        config.maintenanceMarginBps = 500;
        _refuseConfig(config, "maintenanceMarginBps", 500);
        config = _config(btcFeed);
        config.feeBps = 1_001;
        _refuseConfig(config, "feeBps", 1_001);
        config = _config(btcFeed);
        config.maxOpenInterest = 0;
        _refuseConfig(config, "maxOpenInterest", 0);
        config = _config(btcFeed);
        config.maxFundingPerSecondE18 = 11_574_074_074_075;
        _refuseConfig(config, "maxFundingPerSecondE18", 11_574_074_074_075);
    }

    function test_constructor_refusesSharesAboveTheFee() external {
        HarborPerps.Settings memory settings = _settings(2);
        settings.feeShares = PerpsSettlement.FeeShares(8_000, 1_001, 1_000);
        vm.expectRevert(abi.encodeWithSelector(PerpsSettlement.FeeSharesOutOfRange.selector, 10_001));
        new HarborPerps(vault, address(this), settings);
    }

    function test_constructor_refusesAShareForNoGuardians() external {
        HarborPerps.Settings memory settings = _settings(2);
        settings.feeShares.guardianBps = 1;
        vm.expectRevert(PerpsSettlement.GuardianRewardsMissing.selector);
        new HarborPerps(vault, address(this), settings);
    }

    /// @dev Who is paid in another token cannot take fees, which would stay here for ever.
    function test_constructor_refusesGuardiansWhoArePaidInAnotherToken() external {
        RewardSink sink = new RewardSink();
        TestDollar other = new TestDollar(address(this));
        sink.setToken(other);
        HarborPerps.Settings memory settings = _settings(2);
        (settings.feeShares.guardianBps, settings.guardianRewards) = (1, sink);
        vm.expectRevert(
            abi.encodeWithSelector(
                PerpsSettlement.GuardianRewardsTokenMismatch.selector, address(other), address(usd)
            )
        );
        new HarborPerps(vault, address(this), settings);
        sink.setToken(usd);
        new HarborPerps(vault, address(this), settings);
    }

    /// @dev All amounts, limits and prices are for 6 decimals: with 18, a trillionth of a dollar would pass
    /// for one.
    function test_constructor_refusesACollateralOfAnotherSize() external {
        HarborVault other = new HarborVault(new LargeDollar(), address(this), oneWindow(CAP_BPS, WINDOW), 0);
        vm.expectRevert(abi.encodeWithSelector(PerpsSettlement.CollateralDecimalsInvalid.selector, 18));
        new HarborPerps(other, address(this), _settings(2));
    }

    function test_prices_mustBePositive() external {
        OddFeed odd = new OddFeed(8, 1);
        perps.addMarket("ODD", _config(odd));
        odd.answer(0);
        vm.expectRevert(abi.encodeWithSelector(PerpsMarkets.PriceInvalid.selector, bytes32("ODD"), int256(0)));
        perps.unrealisedProfit();
        odd.answer(-1);
        vm.expectRevert(
            abi.encodeWithSelector(PerpsMarkets.PriceInvalid.selector, bytes32("ODD"), int256(-1))
        );
        perps.unrealisedProfit();
    }

    function test_prices_haveEightDecimals() external {
        _refuseConfig(_config(new OddFeed(18, 1e18)), "feed.decimals", 18);
    }

    /// @dev A fraction of a unit is nothing for the trader, and a unit for the vault.
    function test_unrealisedProfit_isRoundedAgainstTheVault() external {
        _open(ALICE, BTC, true, 1e10);
        _setPrice(btcFeed, 100_001e8);
        vm.assertEq(_profitOf(ALICE, BTC), 0);
        vm.assertEq(perps.unrealisedProfit(), 1);
    }

    /// @dev The smallest position there is costs, and needs, a whole unit of each.
    function test_notional_isRoundedAgainstTheTrader() external {
        vm.expectEmit(address(perps));
        emit HarborPerps.Opened(ALICE, BTC, true, 1, 100_000e8, 1);
        _open(ALICE, BTC, true, 1);
        (uint256 initial, uint256 maintenance) = perps.marginOf(ALICE);
        vm.assertEq(initial, 1);
        vm.assertEq(maintenance, 1);
    }

    // Funding

    function test_funding_isPaidByTheLargerSide() external {
        _deposit(BOB, 30_000e6);
        _open(ALICE, BTC, true, 3e18);
        _open(BOB, BTC, false, 1e18);
        // Skew: 200,000 of 500,000, so 0.04 % an hour.
        (int256 perSecondE18,) = engine.fundingOf(BTC);
        vm.assertEq(perSecondE18, int256(uint256(FUNDING_PER_SECOND_E18)) * 2 / 5);
        vm.warp(block.timestamp + 10 hours);
        vm.assertApproxEqAbs(_profitOf(ALICE, BTC), -1_200e6, 1e4);
        vm.assertApproxEqAbs(_profitOf(BOB, BTC), 400e6, 1e4);
        // The vault, short the rest, gets the rest.
        vm.assertApproxEqAbs(perps.unrealisedProfit(), -800e6, 1e4);
        (, int256 indexE18) = engine.fundingOf(BTC);
        vm.assertApproxEqAbs(indexE18, 400e18, 1e16);
    }

    function test_funding_turnsWithTheSkew() external {
        _open(ALICE, BTC, false, 3e18);
        (int256 perSecondE18,) = engine.fundingOf(BTC);
        vm.assertEq(perSecondE18, -int256(uint256(FUNDING_PER_SECOND_E18)) * 3 / 5);
        vm.warp(block.timestamp + 10 hours);
        vm.assertApproxEqAbs(_profitOf(ALICE, BTC), -1_800e6, 1e4);
    }

    function test_funding_isCapped() external {
        _deposit(BOB, 100_000e6);
        _open(BOB, BTC, true, 5e18);
        _setPrice(btcFeed, 200_000e8);
        (int256 perSecondE18,) = engine.fundingOf(BTC);
        vm.assertEq(perSecondE18, int256(uint256(FUNDING_PER_SECOND_E18)));
        _open(BOB, ETH, false, 100e18);
        _setPrice(ethFeed, 8_000e8);
        (perSecondE18,) = engine.fundingOf(ETH);
        vm.assertEq(perSecondE18, -int256(uint256(FUNDING_PER_SECOND_E18)));
    }

    /// @dev A change of the skew does not reach back.
    function test_funding_countsEachSkewForItsTime() external {
        _deposit(BOB, 60_000e6);
        _open(ALICE, BTC, true, 2e18);
        vm.warp(block.timestamp + 1 hours);
        _open(BOB, BTC, true, 2e18);
        vm.warp(block.timestamp + 1 hours);
        // An hour at 0.04 %, then one at 0.08 %, of 200,000.
        vm.assertApproxEqAbs(_profitOf(ALICE, BTC), -240e6, 1e4);
        vm.assertApproxEqAbs(_profitOf(BOB, BTC), -160e6, 1e4);
    }

    /// @dev Nor does a liquidation, which takes positions off the market too.
    function test_funding_ofOthersIsNotChangedByALiquidation() external {
        _deposit(BOB, 60_000e6);
        _open(ALICE, BTC, true, 3e18);
        _open(BOB, BTC, true, 1e18);
        vm.warp(block.timestamp + 2 hours);
        _setPrice(btcFeed, 94_000e8);
        int256 before = _profitOf(BOB, BTC);
        vm.prank(KEEPER);
        perps.liquidate(ALICE);
        vm.assertEq(_profitOf(BOB, BTC), before);
    }
}
