// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {PerpsEngine} from "../../src/harbor/PerpsEngine.sol";
import {InvariantTest} from "../Test.sol";
import {HarborHandler} from "./HarborHandler.sol";

/// @dev Few campaigns, of several properties each: every call is dear.
/// forge-config: default.invariant.runs = 16
contract HarborInvariantTest is InvariantTest {
    address private constant KEEPER = address(0x4EE9);

    HarborHandler private handler;
    HarborVault private vault;
    HarborPerps private perps;
    PerpsEngine private engine;
    TestDollar private usd;
    address[] private accounts;

    function setUp() external {
        handler = new HarborHandler();
        (vault, perps, usd) = handler.harbor();
        engine = perps.engine();
        accounts = handler.traders();
        accounts.push(KEEPER);
        bytes4[] memory selectors = new bytes4[](22);
        selectors[0] = HarborHandler.supply.selector;
        selectors[1] = HarborHandler.withdrawLiquidity.selector;
        selectors[2] = HarborHandler.redeemLiquidity.selector;
        selectors[3] = HarborHandler.deposit.selector;
        selectors[4] = HarborHandler.withdraw.selector;
        // Trading and moves of the price twice as often as all else.
        selectors[5] = HarborHandler.open.selector;
        selectors[6] = HarborHandler.open.selector;
        selectors[7] = HarborHandler.close.selector;
        selectors[8] = HarborHandler.close.selector;
        selectors[9] = HarborHandler.liquidate.selector;
        selectors[10] = HarborHandler.claimRebates.selector;
        selectors[11] = HarborHandler.movePrice.selector;
        selectors[12] = HarborHandler.passTime.selector;
        selectors[13] = HarborHandler.movePrice.selector;
        selectors[14] = HarborHandler.donate.selector;
        selectors[15] = HarborHandler.deleverage.selector;
        selectors[16] = HarborHandler.crash.selector;
        selectors[17] = HarborHandler.donateToTheFund.selector;
        selectors[18] = HarborHandler.pushGuardianFees.selector;
        selectors[19] = HarborHandler.claim.selector;
        selectors[20] = HarborHandler.setParameter.selector;
        selectors[21] = HarborHandler.deleverage.selector;
        _target(address(handler), selectors);
    }

    function invariant_money() external view {
        _thePerpsHoldWhatTheyOwe();
        _theVaultHoldsWhatItHasBooked();
        _claimsAreTheSumOverAllAccounts();
    }

    function invariant_positions() external {
        handler.setClock();
        _deficitsAreBadDebt();
        _noCostWithoutAPosition();
        _unrealisedProfitIsTheSumOverAllAccounts();
        _assetsAreWhatIsBookedLessWhatTradersHaveWon();
    }

    /// @dev Claims, insurance fund and guardians' fees are covered, to the unit: what is more was given away.
    function _thePerpsHoldWhatTheyOwe() private view {
        uint256 owed = perps.totalClaims() + perps.insuranceFund() + perps.guardianFees();
        vm.assertEq(perps.obligations(), owed);
        vm.assertEq(usd.balanceOf(address(perps)), owed + handler.donatedToPerps());
    }

    /// @dev What is still to be borne, and what winners have borne, was left by accounts that could not pay.
    function _deficitsAreBadDebt() private view {
        uint256 open = 0;
        bytes32[] memory ids = engine.marketIds();
        for (uint256 m = 0; m < ids.length; ++m) {
            open += engine.deficitOf(ids[m], true).amount + engine.deficitOf(ids[m], false).amount;
        }
        vm.assertLe(open + handler.forgone(), perps.badDebt());
    }

    function _noCostWithoutAPosition() private view {
        vm.assertEq(engine.strayCostE36(), 0);
    }

    function _theVaultHoldsWhatItHasBooked() private view {
        vm.assertEq(usd.balanceOf(address(vault)), vault.bookedAssets() + handler.donatedToVault());
    }

    function _claimsAreTheSumOverAllAccounts() private view {
        uint256 sum = 0;
        uint256 firstDay = uint256(1_760_000_000) / 1 days;
        for (uint256 i = 0; i < accounts.length; ++i) {
            sum += perps.cashOf(accounts[i]);
            // 128 calls of at most three hours each.
            for (uint256 d = firstDay; d < firstDay + 18; ++d) {
                sum += perps.rebateOf(accounts[i], d);
            }
        }
        for (uint256 id = perps.claimCount(); id > 0; --id) {
            sum += perps.claimOf(id).amount;
        }
        vm.assertEq(perps.totalClaims(), sum);
    }

    /// @dev The total is rounded up once, each account's down once per market.
    function _unrealisedProfitIsTheSumOverAllAccounts() private view {
        bytes32[] memory ids = engine.marketIds();
        int256 sum = 0;
        for (uint256 m = 0; m < ids.length; ++m) {
            uint256 longs = 0;
            uint256 shorts = 0;
            for (uint256 i = 0; i < accounts.length; ++i) {
                (int256 sizeE18,, int256 profit,) = perps.positionOf(accounts[i], ids[m]);
                sum += profit;
                if (sizeE18 > 0) longs += uint256(sizeE18);
                else shorts += uint256(-sizeE18);
            }
            (uint256 longE18, uint256 shortE18) = perps.openInterest(ids[m]);
            vm.assertEq(longE18, longs);
            vm.assertEq(shortE18, shorts);
        }
        int256 total = perps.unrealisedProfit();
        vm.assertGe(total, sum);
        vm.assertLe(uint256(total - sum), 1 + accounts.length * ids.length);
    }

    function _assetsAreWhatIsBookedLessWhatTradersHaveWon() private view {
        int256 worth = int256(vault.bookedAssets()) - perps.unrealisedProfit();
        vm.assertEq(vault.totalAssets(), worth > 0 ? uint256(worth) : 0);
    }
}
