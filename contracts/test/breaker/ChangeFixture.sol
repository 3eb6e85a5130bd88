// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";

/// @notice A target whose registration changes.
abstract contract ChangeFixture is BreakerFixture {
    bytes32 internal constant NEXT_HASH = keccak256("next specification");

    BrakeableTarget internal target;

    function setUp() external {
        _deployBreaker();
        installGroupKey(registry);
        target = _deployTarget(_armed());
    }

    /// @dev With a value that can fall and rise in every field.
    function _armed() internal pure returns (IBrakeRegistrations.Limits memory limits) {
        limits = _limits();
        limits.actions[0].maxDurationSeconds -= 4;
        limits.tailSeconds = 2 hours;
        (limits.deadLevel, limits.heartbeatSeconds) = (2, 1 hours);
    }

    function _change(bytes32 specHash, IBrakeRegistrations.Limits memory limits) internal {
        vm.prank(OWNER);
        breaker.change(address(target), specHash, limits);
    }

    function _hashOf(bytes32 specHash, IBrakeRegistrations.Limits memory limits, uint256 effectiveAt)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(address(target), specHash, limits, effectiveAt));
    }

    function _assertInForce(bytes32 specHash, IBrakeRegistrations.Limits memory limits) internal view {
        (bytes32 actualHash, IBrakeRegistrations.Limits memory actual) =
            breaker.registrationOf(address(target));
        vm.assertEq(actualHash, specHash);
        vm.assertEq(abi.encode(actual), abi.encode(limits));
    }

    function _pending() internal view returns (bytes32 changeHash, uint256 effectiveAt) {
        (changeHash, effectiveAt,) = breaker.pendingChangeOf(address(target));
    }
}
