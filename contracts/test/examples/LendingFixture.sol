// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {LendingMarket} from "../../examples/LendingMarket.sol";
import {OutflowLimit} from "../../examples/OutflowLimit.sol";
import {Protection} from "../../examples/Protection.sol";
import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {BreakerFixture} from "../breaker/BreakerFixture.sol";
import {PlainToken} from "../inline/Tokens.sol";

/// @notice The lending market, registered at a breaker with four guardians: a million dollars supplied, and a
/// borrower with 100 of the collateral at 4,000 dollars each. Its tests say `isolate`, because what comes in
/// during a transaction may leave in it, uncounted.
abstract contract LendingFixture is BreakerFixture {
    address internal constant SUPPLIER = address(0x5099);
    address internal constant BORROWER = address(0xB0440);
    address internal constant KEEPER = address(0x4EE9);
    uint256 internal constant QUEUE_DELAY = 1 days;

    PlainToken internal dollar;
    PlainToken internal collateral;
    PriceFeed internal feed;
    LendingMarket internal market;

    function _deployLending() internal {
        _deployBreaker();
        dollar = new PlainToken(6);
        collateral = new PlainToken(18);
        feed = new PriceFeed(address(this), "ETH / USD", 100e8, 100_000e8, 500, 1 hours);
        feed.setReporter(address(this));
        feed.submit(4_000e8);
        market = new LendingMarket(
            dollar,
            collateral,
            feed,
            OWNER,
            10_000_000e6,
            OutflowLimit.hourAndDay(1_000e6),
            OutflowLimit.hourAndDay(0.25e18),
            QUEUE_DELAY
        );
        vm.startPrank(OWNER);
        Protection.protect(breaker, market, SPEC_HASH);
        vm.stopPrank();
        _fund(SUPPLIER);
        _fund(BORROWER);
        _fund(KEEPER);
        vm.prank(SUPPLIER);
        market.supply(1_000_000e6);
        vm.prank(BORROWER);
        market.addCollateral(100e18);
    }

    function _fund(address account) private {
        dollar.mint(account, 10_000_000e6);
        collateral.mint(account, 1_000e18);
        vm.startPrank(account);
        dollar.approve(address(market), type(uint256).max);
        collateral.approve(address(market), type(uint256).max);
        vm.stopPrank();
    }
}
