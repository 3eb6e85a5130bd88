// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborOptions} from "../../src/harbor/HarborOptions.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {InvariantTest} from "../Test.sol";
import {OptionsHandler} from "./OptionsHandler.sol";

contract HarborOptionsInvariantTest is InvariantTest {
    bytes32 private constant BTC = "BTC";

    OptionsHandler private handler;
    HarborOptions private options;
    TestDollar private usd;

    function setUp() external {
        handler = new OptionsHandler();
        (options, usd) = handler.harbor();
        bytes4[] memory selectors = new bytes4[](17);
        selectors[0] = OptionsHandler.list.selector;
        selectors[1] = OptionsHandler.write.selector;
        selectors[2] = OptionsHandler.write.selector;
        selectors[3] = OptionsHandler.redeemPair.selector;
        selectors[4] = OptionsHandler.redeem.selector;
        selectors[5] = OptionsHandler.redeemAll.selector;
        selectors[6] = OptionsHandler.transfer.selector;
        selectors[7] = OptionsHandler.offer.selector;
        selectors[8] = OptionsHandler.take.selector;
        selectors[9] = OptionsHandler.cancel.selector;
        selectors[10] = OptionsHandler.passTime.selector;
        selectors[11] = OptionsHandler.passTime.selector;
        selectors[12] = OptionsHandler.settle.selector;
        selectors[13] = OptionsHandler.settle.selector;
        selectors[14] = OptionsHandler.brake.selector;
        selectors[15] = OptionsHandler.donate.selector;
        selectors[16] = OptionsHandler.claim.selector;
        _target(address(handler), selectors);
    }

    /// @dev In one function, because each is a campaign of its own.
    function invariant_booksAgree() external {
        _assertTokensAreHeldBySomebody();
        handler.notePrices();
        vm.assertEq(options.totalClaims(), _claims());
        vm.assertEq(options.queuedTotal(address(usd)), _queued());
        vm.assertEq(options.obligations(), _claims() + _queued());
        // What is more was given away.
        vm.assertEq(usd.balanceOf(address(options)), options.obligations() + handler.donated());
        vm.assertEq(options.totalClaims() + handler.paid(), handler.locked());
    }

    function _assertTokensAreHeldBySomebody() private view {
        uint256[] memory ids = handler.series();
        address[] memory actors = handler.actors();
        for (uint256 i = 0; i < 2 * ids.length; ++i) {
            uint256 id = ids[i / 2] + i % 2;
            uint256 held = options.balanceOf(address(options), id);
            for (uint256 a = 0; a < actors.length; ++a) {
                held += options.balanceOf(actors[a], id);
            }
            vm.assertEq(held, options.totalSupply(id));
        }
    }

    /// @dev Before the settlement the collateral is the sum of the largest payoffs; after it, of what is
    /// still to be paid. To the unit.
    function _claims() private view returns (uint256 sum) {
        uint256[] memory ids = handler.series();
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 longs = options.totalSupply(ids[i]);
            uint256 shorts = options.totalSupply(ids[i] + 1);
            (bool isSettled,,) = options.settlementOf(BTC, options.termsOf(ids[i]).expirySeconds);
            if (isSettled) {
                sum += longs * options.payoffOf(ids[i]) + shorts * options.payoffOf(ids[i] + 1);
            } else {
                vm.assertEq(longs, shorts);
                sum += longs * options.maxPayoffOf(ids[i]);
            }
        }
    }

    function _queued() private view returns (uint256 sum) {
        for (uint256 id = 1; id <= options.claimCount(); ++id) {
            sum += options.claimOf(id).amount;
        }
    }
}
