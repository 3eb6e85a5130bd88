// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {HarborFixture} from "./HarborFixture.sol";
import {oneWindow} from "./HarborVaultLimit.sol";

/// @notice A dollar that makes a call of somebody's choice on its next transfer.
contract CallingDollar is TestDollar {
    address private _target;
    bytes private _data;
    bytes public outcome;

    constructor(address owner_) TestDollar(owner_) {}

    function callNext(address target, bytes calldata data) external {
        (_target, _data, outcome) = (target, data, "");
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_target == address(0)) return;
        address target = _target;
        _target = address(0);
        (, outcome) = target.call(_data);
    }
}

/// @notice Harbor is for plain tokens. With one that calls back, nobody gets in between two steps either.
/// Each call of a test is a transaction of its own.
/// forge-config: default.isolate = true
contract ReentrancyTest is HarborFixture {
    CallingDollar private dollar;
    bytes[] private vaultCalls;
    bytes[] private perpsCalls;

    function setUp() external {
        vm.warp(1_760_000_000);
        vm.roll(1_000);
        dollar = new CallingDollar(address(this));
        usd = dollar;
        vault = new HarborVault(usd, address(this), oneWindow(CAP_BPS, WINDOW), 0);
        perps = new HarborPerps(vault, address(this), _settings(0));
        _wire();
        _supply(ALICE, 100e6);
        _deposit(ALICE, 20_000e6);
        usd.mint(ALICE, 100e6);
        vm.startPrank(ALICE);
        usd.approve(address(vault), type(uint256).max);
        usd.approve(address(perps), type(uint256).max);
        vm.stopPrank();
        vaultCalls = [
            abi.encodeCall(vault.deposit, (1, ALICE)),
            abi.encodeCall(vault.mint, (1e12, ALICE)),
            abi.encodeCall(vault.withdraw, (1, ALICE, ALICE)),
            abi.encodeCall(vault.redeem, (1e12, ALICE, ALICE))
        ];
        perpsCalls = [
            abi.encodeCall(perps.deposit, (1)),
            abi.encodeCall(perps.withdraw, (1)),
            abi.encodeCall(perps.open, (BTC, true, 1e15, type(uint256).max)),
            abi.encodeCall(perps.close, (BTC, 1e14, 0)),
            abi.encodeCall(perps.liquidate, (BOB)),
            abi.encodeCall(perps.claimRebates, (new uint256[](1))),
            abi.encodeCall(perps.donate, (1)),
            abi.encodeCall(perps.deleverage, (BOB, BTC)),
            abi.encodeCall(perps.pushGuardianFees, ()),
            abi.encodeCall(perps.claim, (1)),
            abi.encodeCall(perps.releaseNow, (1))
        ];
    }

    /// @dev `first`, called by ALICE, and `second` from within.
    function _assertShut(address target, bytes memory first, address inner, bytes memory second) private {
        pass(1, BLOCK_SECONDS);
        dollar.callNext(inner, second);
        vm.prank(ALICE);
        (bool ok,) = target.call(first);
        vm.assertTrue(ok, "the outer call failed");
        vm.assertEq(
            dollar.outcome(), abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }

    function test_vault_isShutWhileItMovesTokens() external {
        for (uint256 i = 0; i < vaultCalls.length; ++i) {
            for (uint256 j = 0; j < vaultCalls.length; ++j) {
                _assertShut(address(vault), vaultCalls[i], address(vault), vaultCalls[j]);
            }
        }
    }

    function test_perps_areShutWhileTheyMoveTokens() external {
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 j = 0; j < perpsCalls.length; ++j) {
                _assertShut(address(perps), perpsCalls[i], address(perps), perpsCalls[j]);
            }
        }
    }

    function test_perps_areShutWhileTheyTakeDonationsAndPayClaims() external {
        for (uint256 j = 0; j < perpsCalls.length; ++j) {
            _assertShut(address(perps), perpsCalls[6], address(perps), perpsCalls[j]);
            vm.prank(ALICE);
            uint256 id = perps.withdraw(10_000e6);
            pass(1, QUEUE_DELAY);
            _assertShut(address(perps), abi.encodeCall(perps.claim, (id)), address(perps), perpsCalls[j]);
            vm.prank(ALICE);
            perps.deposit(10_000e6);
        }
    }

    function test_perps_areShutWhileTheyDeleverage() external {
        for (uint256 j = 0; j < perpsCalls.length; ++j) {
            _setPrice(btcFeed, 100_000e8);
            _deposit(BOB, 5_000e6);
            _open(BOB, BTC, false, 5e17);
            _deposit(KEEPER, 1_000e6);
            _open(KEEPER, BTC, true, 1e17);
            _setPrice(btcFeed, 85_000e8);
            perps.liquidate(KEEPER);
            _assertShut(address(perps), perpsCalls[7], address(perps), perpsCalls[j]);
            _close(BOB, BTC, 4e17);
        }
        _assertBooks();
    }

    function test_perps_areShutWhileTheyLiquidate() external {
        for (uint256 j = 0; j < perpsCalls.length; ++j) {
            _setPrice(btcFeed, 100_000e8);
            _deposit(BOB, 1_000e6);
            _open(BOB, BTC, true, 1e17);
            _setPrice(btcFeed, 90_000e8);
            _assertShut(address(perps), perpsCalls[4], address(perps), perpsCalls[j]);
        }
    }

    /// @dev The vault is shut too while it settles with the perpetuals, at a loss and at a profit.
    function test_vault_isShutWhileThePerpsSettle() external {
        _open(ALICE, BTC, true, 1e17);
        for (uint256 j = 0; j < vaultCalls.length; ++j) {
            _setPrice(btcFeed, 90_000e8);
            _assertShut(address(perps), perpsCalls[3], address(vault), vaultCalls[j]);
            _setPrice(btcFeed, 110_000e8);
            _assertShut(address(perps), perpsCalls[3], address(vault), vaultCalls[j]);
        }
        _assertBooks();
    }
}
