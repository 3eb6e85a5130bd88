// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {ClaimDesk} from "../../src/insure/ClaimDesk.sol";
import {InsurancePool} from "../../src/insure/InsurancePool.sol";
import {InvariantTest} from "../Test.sol";
import {PoolHandler} from "./PoolHandler.sol";

contract InsurancePoolInvariantTest is InvariantTest {
    uint256 private constant UNDERWRITERS = 3;

    PoolHandler private handler;
    InsurancePool private pool;
    TestDollar private usd;

    function setUp() external {
        handler = new PoolHandler();
        (pool, usd) = handler.thePool();
        bytes4[] memory selectors = new bytes4[](17);
        selectors[0] = PoolHandler.deposit.selector;
        selectors[1] = PoolHandler.requestRedeem.selector;
        selectors[2] = PoolHandler.redeem.selector;
        selectors[3] = PoolHandler.redeem.selector;
        selectors[4] = PoolHandler.transfer.selector;
        selectors[5] = PoolHandler.buyCover.selector;
        selectors[6] = PoolHandler.suffer.selector;
        selectors[7] = PoolHandler.openClaim.selector;
        selectors[8] = PoolHandler.challenge.selector;
        selectors[9] = PoolHandler.decide.selector;
        selectors[10] = PoolHandler.settle.selector;
        selectors[11] = PoolHandler.releaseCovers.selector;
        selectors[12] = PoolHandler.payCredits.selector;
        selectors[13] = PoolHandler.donate.selector;
        selectors[14] = PoolHandler.pass.selector;
        // Twice, because claims are rare and matter most.
        selectors[15] = PoolHandler.openClaim.selector;
        selectors[16] = PoolHandler.suffer.selector;
        _target(address(handler), selectors);
    }

    function invariant_thePoolOwesNoMoreThanItHolds() external {
        handler.setClock();
        _isSolvent();
        _owesWhatItShould();
        _coversAddUp();
        _sharesAddUp();
    }

    /// @dev Neither to those it owes, nor to all cover at once.
    function _isSolvent() private view {
        vm.assertEq(usd.balanceOf(address(pool)), pool.bookedAssets() + pool.owedAssets() + handler.donated());
        vm.assertEq(pool.bookedAssets(), pool.totalAssets() + pool.unearnedPremium());
        vm.assertLe(pool.activeCover(), pool.totalAssets());
    }

    function _owesWhatItShould() private view {
        uint256 owed = handler.credits();
        uint256 open = 0;
        for (uint256 i = 1; i <= pool.claimCount(); ++i) {
            ClaimDesk.Claim memory claim = pool.claimOf(i);
            if (claim.state == ClaimDesk.ClaimState.Open) (owed, open) = (owed + claim.bond, open + 1);
            if (claim.state == ClaimDesk.ClaimState.Challenged) {
                (owed, open) = (owed + 2 * uint256(claim.bond), open + 1);
            }
        }
        vm.assertEq(pool.owedAssets(), owed);
        vm.assertEq(pool.openClaimCount(), open);
    }

    function _coversAddUp() private view {
        uint256 active = 0;
        for (uint256 i = 1; i <= pool.coverCount(); ++i) {
            active += pool.coverOf(i).amount;
        }
        vm.assertEq(pool.activeCover(), active);
        vm.assertEq(uint256(pool.protocolOf(handler.protocol()).covered), active);
    }

    function _sharesAddUp() private view {
        uint256 requested = 0;
        uint256 supply = 0;
        for (uint256 i = 0; i < UNDERWRITERS; ++i) {
            address owner = handler.underwriter(i);
            uint256 shares = pool.requestOf(owner).shares;
            vm.assertLe(shares, pool.balanceOf(owner));
            vm.assertEq(pool.getVotes(owner), pool.balanceOf(owner));
            requested += shares;
            supply += pool.balanceOf(owner);
        }
        vm.assertEq(pool.requestedShares(), requested);
        vm.assertEq(pool.totalSupply(), supply);
    }
}
