// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {RegistryParameters} from "../../src/guardians/RegistryParameters.sol";
import {Test} from "../Test.sol";
import {GroupSigner} from "./GroupSigner.sol";
import {StakeToken} from "./StakeTokens.sol";

/// @notice Guardians with known keys.
abstract contract Guardians is Test {
    /// @dev Secret of the key that the whole group signs with.
    uint256 internal constant GROUP_SECRET = 0x6B0B;

    /// @dev Who owns registries: a timelock, for all that they know.
    address internal constant TIMELOCK = address(0x71E1);
    address internal constant TREASURY = address(0x7EA5);
    uint96 internal constant MIN_STAKE = 1_000e18;

    /// @notice A registry whose first epoch has the guardians `list`.
    function newRegistry(address[] memory list) internal returns (GuardianRegistry) {
        return new GuardianRegistry(config(new StakeToken()), list, TIMELOCK);
    }

    function config(StakeToken token) internal pure returns (GuardianRegistry.Config memory) {
        return GuardianRegistry.Config(token, TREASURY, parameters());
    }

    function parameters() internal pure returns (RegistryParameters.Parameters memory) {
        return RegistryParameters.Parameters({
            minStake: MIN_STAKE,
            unbondingSeconds: 21 days,
            evidenceSeconds: 14 days,
            overlapSeconds: 10 minutes,
            slashBps: 5_000,
            reporterBps: 1_000
        });
    }

    /// @notice Has all guardians attest to the key of `GROUP_SECRET`, in the epoch in force.
    function installGroupKey(GuardianRegistry registry) internal {
        (uint256 x, uint256 y) = GroupSigner.keyOf(GROUP_SECRET);
        uint256 all = (1 << registry.guardianCount()) - 1;
        bytes32 digest = registry.hashGroupKey(registry.epoch(), x, y);
        registry.installGroupKey(x, y, all, signaturesOf(all, digest));
    }

    /// @notice The group's signature over `digest`.
    function groupSignatureOf(bytes32 digest) internal returns (uint256 rx, uint256 ry, uint256 z) {
        return GroupSigner.sign(GROUP_SECRET, digest);
    }

    function key(uint256 guardian) internal pure returns (uint256) {
        return 0xB4EA + guardian;
    }

    /// @notice The addresses of `count` guardians.
    function guardianList(uint256 count) internal pure returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = vm.addr(key(i));
        }
    }

    /// @notice One guardian's signature in 64 bytes (EIP-2098).
    function signatureOf(uint256 guardian, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 vs) = vm.signCompact(key(guardian), digest);
        return bytes.concat(r, vs);
    }

    /// @notice The signatures of all guardians in `bitmap`.
    function signaturesOf(uint256 bitmap, bytes32 digest) internal pure returns (bytes memory signatures) {
        for (uint256 i = 0; bitmap >> i != 0; ++i) {
            if ((bitmap >> i) & 1 == 1) signatures = bytes.concat(signatures, signatureOf(i, digest));
        }
    }

    /// @notice Number of bits set.
    function size(uint256 bitmap) internal pure returns (uint256 count) {
        for (; bitmap != 0; bitmap &= bitmap - 1) {
            ++count;
        }
    }
}
