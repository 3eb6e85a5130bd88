// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {SeamedPerps} from "../../src/harbor/seams/SeamedPerps.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {InvariantGuard} from "../../src/inline/InvariantGuard.sol";
import {HarborFixture} from "./HarborFixture.sol";
import {oneWindow} from "./HarborVaultLimit.sol";

/// @notice One more cheat code.
interface Store {
    function store(address target, bytes32 slot, bytes32 value) external;
}

/// @notice Perpetuals whose books can be bent, as a mistake would.
contract BentPerps is HarborPerps {
    constructor(HarborVault vault_, address owner_, Settings memory settings)
        HarborPerps(vault_, owner_, settings)
    {}

    function forge(address account, uint256 amount) external {
        _credit(account, amount);
    }
}

/// @notice What the guard stops when the books are short. Each call is a transaction of its own.
/// forge-config: default.isolate = true
contract HarborPerpsGuardTest is HarborFixture {
    function setUp() external {
        vm.warp(1_760_000_000);
        vm.roll(1_000);
        usd = new TestDollar(address(this));
        vault = new HarborVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), 0);
        perps = new BentPerps(vault, address(this), _settings(2));
        _wire();
        _deposit(ALICE, 20_000e6);
        _deposit(BOB, 20_000e6);
        _open(ALICE, BTC, true, 2e18);
        _hold();
    }

    function test_whenClaimsAreForged_onlyMarginComesIn() external {
        uint256 owed = perps.obligations();
        BentPerps(address(perps)).forge(BOB, 1);
        bytes memory reason = abi.encodeWithSelector(
            InvariantGuard.InvariantBroken.selector, bytes32("backed"), owed, owed + 1
        );
        _refuse(BOB, reason);
        perps.withdraw(0);
        vm.expectPartialRevert(InvariantGuard.InvariantBroken.selector);
        vm.prank(BOB);
        perps.withdraw(1);
        vm.expectPartialRevert(InvariantGuard.InvariantBroken.selector);
        vm.prank(BOB);
        perps.open(BTC, false, 1e18, 0);
        vm.expectPartialRevert(InvariantGuard.InvariantBroken.selector);
        vm.prank(ALICE);
        perps.close(BTC, 1e18, 0);
        uint256[] memory dayIndexes = new uint256[](1);
        dayIndexes[0] = block.timestamp / 1 days;
        vm.expectPartialRevert(InvariantGuard.InvariantBroken.selector);
        vm.prank(ALICE);
        perps.claimRebates(dayIndexes);
        _deposit(ALICE, 1e6);
        _setPrice(btcFeed, 91_000e8);
        vm.expectPartialRevert(InvariantGuard.InvariantBroken.selector);
        perps.liquidate(ALICE);
        // Whoever sends what is missing mends it.
        usd.mint(address(perps), 1);
        perps.liquidate(ALICE);
    }

    function test_asManyMarketsAsThereMayBe_canBeRead() external {
        for (uint256 i = 2; i < 16; ++i) {
            perps.addMarket(bytes32(i), _config(_feed("", 1e10)));
        }
        vm.prank(BOB);
        perps.withdraw(1);
    }

    function test_whenTheSumsAreBent_onlyMarginComesIn() external {
        vm.assertEq(engine.strayCostE36(), 0);
        // A cost of longs where there are none: fourth slot of the market, in the second slot of the engine.
        bytes32 slot = bytes32(uint256(keccak256(abi.encode(ETH, 1))) + 3);
        Store(address(vm)).store(address(engine), slot, bytes32(uint256(1)));
        _refuse(BOB, abi.encodeWithSelector(InvariantGuard.InvariantBroken.selector, bytes32("sums"), 1, 0));
        perps.withdraw(1);
        _deposit(BOB, 1);
    }

    /// @dev What the drill opens takes the guard with it; the limit on flows stays.
    function test_theSeamedOnesAreHeldByTheLimitOnly() external {
        vault = new HarborVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), 0);
        SeamedPerps seamed = new SeamedPerps(vault, address(this), _settings(2));
        perps = seamed;
        _wire();
        _deposit(ALICE, 100_000e6);
        _deposit(BOB, 20_000e6);
        _open(BOB, BTC, true, 1e18);
        _hold();
        _close(BOB, BTC, 1e18);
        vm.assertEq(perps.guardedConditions().length, 2);
        seamed.openSeam(false);
        vm.assertEq(perps.guardedConditions().length, 2);
        seamed.openSeam(true);
        vm.assertEq(perps.guardedConditions().length, 0);
        uint256[] memory dayIndexes = new uint256[](2_000);
        for (uint256 i = 0; i < dayIndexes.length; ++i) {
            dayIndexes[i] = block.timestamp / 1 days;
        }
        vm.prank(BOB);
        perps.claimRebates(dayIndexes);
        vm.assertGt(perps.totalClaims(), usd.balanceOf(address(perps)));
        uint256 left = perps.outflowLeft();
        vm.startPrank(BOB);
        vm.assertEq(perps.withdraw(left), 0);
        // The rest waits, and is owed until it is struck.
        uint256 claims = perps.totalClaims();
        uint256 id = perps.withdraw(50_000e6);
        vm.stopPrank();
        vm.assertEq(usd.balanceOf(BOB), left);
        vm.assertEq(perps.totalClaims(), claims);
        perps.announceStrike(id);
        vm.warp(block.timestamp + QUEUE_DELAY);
        perps.strike(id);
        vm.assertEq(perps.totalClaims(), claims - 50_000e6);
        vm.assertEq(perps.insuranceFund(), 0);
    }
}
