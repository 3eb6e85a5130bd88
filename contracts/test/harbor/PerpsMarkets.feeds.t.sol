// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PerpsMarkets} from "../../src/harbor/PerpsMarkets.sol";
import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {HarborFixture} from "./HarborFixture.sol";

/// @notice A feed that is of no use is the business of those who hold something there, and of nobody else.
contract PerpsFeedsTest is HarborFixture {
    bytes32 private constant SOL = "SOL";

    PriceFeed private solFeed;

    function setUp() external {
        _deployHarbor();
        solFeed = _feed("SOL / USD", 200e8);
        perps.addMarket(SOL, _config(solFeed));
        _deposit(ALICE, 20_000e6);
        _deposit(BOB, 20_000e6);
        _open(ALICE, BTC, true, 2e18);
        _open(BOB, BTC, false, 1e18);
        _open(BOB, SOL, true, 10e18);
        _hold();
    }

    /// @dev What goes on without SOL's feed.
    function _assertOthersGoOn() private {
        _deposit(ALICE, 1e6);
        _deposit(BOB, 1e6);
        _open(ALICE, BTC, true, 1e16);
        vm.prank(ALICE);
        perps.withdraw(1e6);
        _setPrice(btcFeed, 92_000e8);
        perps.liquidate(ALICE);
        _hold();
        _close(ALICE, BTC, 1e17);
        _close(BOB, BTC, 1e18);
        perps.pushGuardianFees();
    }

    function test_aFeedThatIsGone() external {
        vm.etch(address(solFeed), "");
        _assertOthersGoOn();
        vm.expectRevert();
        vm.prank(BOB);
        perps.close(SOL, 1e18, 0);
        vm.expectRevert();
        vm.prank(BOB);
        perps.withdraw(1);
        // What it is worth together, nobody can say.
        vm.expectRevert();
        perps.unrealisedProfit();
    }

    function test_aFeedThatReverts() external {
        // STOP, INVALID: it has code, and no answer.
        vm.etch(address(solFeed), hex"fe");
        _assertOthersGoOn();
        vm.expectRevert();
        vm.prank(BOB);
        perps.open(SOL, true, 1e18, type(uint256).max);
    }

    function test_aFeedThatIsStale() external {
        pass(1, 7_201);
        btcFeed.submit(100_000e8);
        _assertOthersGoOn();
        vm.expectPartialRevert(PerpsMarkets.PriceStale.selector);
        vm.prank(BOB);
        perps.withdraw(1);
        _close(BOB, SOL, 10e18);
        vm.prank(BOB);
        perps.withdraw(1);
    }

    function test_aFeedAtItsFloor() external {
        _setPrice(solFeed, 1e8);
        _assertOthersGoOn();
        vm.expectPartialRevert(PerpsMarkets.PriceAtBound.selector);
        vm.prank(BOB);
        perps.open(SOL, true, 1e18, type(uint256).max);
        vm.expectPartialRevert(PerpsMarkets.PriceAtBound.selector);
        vm.prank(BOB);
        perps.withdraw(1);
        _close(BOB, SOL, 10e18);
    }
}
