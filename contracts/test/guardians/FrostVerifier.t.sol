// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FrostVerifier} from "../../src/guardians/FrostVerifier.sol";
import {GroupSigner} from "./GroupSigner.sol";
import {Guardians} from "./Guardians.sol";

contract FrostVerifierTest is Guardians {
    uint256 private constant N = GroupSigner.N;
    uint256 private constant P = GroupSigner.P;
    bytes32 private constant MESSAGE = keccak256("message");

    struct Signature {
        uint256 rx;
        uint256 ry;
        uint256 z;
    }

    function testFuzz_acceptsWhatTheKeySigned(uint256 secret, bytes32 message) external {
        secret = bound(secret, 1, N - 1);
        vm.assertTrue(_verify(secret, message, _sign(secret, message)));
    }

    function testFuzz_refusesAnotherMessage(bytes32 message, bytes32 other) external {
        vm.assume(message != other);
        vm.assertFalse(_verify(GROUP_SECRET, other, _sign(GROUP_SECRET, message)));
    }

    function testFuzz_refusesAnotherKey(uint256 secret) external {
        secret = bound(secret, 1, N - 1);
        vm.assume(secret != GROUP_SECRET);
        vm.assertFalse(_verify(secret, MESSAGE, _sign(GROUP_SECRET, MESSAGE)));
    }

    function testFuzz_refusesAnyFlippedBit(uint256 bit) external {
        bit = bound(bit, 0, 767);
        Signature memory s = _sign(GROUP_SECRET, MESSAGE);
        if (bit < 256) s.rx ^= 1 << bit;
        else if (bit < 512) s.ry ^= 1 << (bit - 256);
        else s.z ^= 1 << (bit - 512);
        vm.assertFalse(_verify(GROUP_SECRET, MESSAGE, s));
    }

    function test_refusesTheKeysMirrorImage() external {
        (uint256 x, uint256 y) = GroupSigner.keyOf(GROUP_SECRET);
        Signature memory s = _sign(GROUP_SECRET, MESSAGE);
        uint8 other = FrostVerifier.prefixOf(P - y);
        vm.assertFalse(FrostVerifier.verify(MESSAGE, x, other, s.rx, s.ry, s.z));
    }

    function test_refusesAnythingOutOfRange() external {
        Signature memory s = _sign(GROUP_SECRET, MESSAGE);
        vm.assertFalse(_verify(GROUP_SECRET, MESSAGE, Signature(s.rx, s.ry, N)));
        vm.assertFalse(_verify(GROUP_SECRET, MESSAGE, Signature(s.rx, s.ry, type(uint256).max)));
        vm.assertFalse(_verify(GROUP_SECRET, MESSAGE, Signature(P, s.ry, s.z)));
        vm.assertFalse(_verify(GROUP_SECRET, MESSAGE, Signature(s.rx, P, s.z)));
        vm.assertFalse(_verify(GROUP_SECRET, MESSAGE, Signature(s.rx, P - s.ry, s.z)));
        vm.assertFalse(_verify(GROUP_SECRET, MESSAGE, Signature(s.ry, s.rx, s.z)));
    }

    /// @dev Whatever is presented, only the key's own signature is accepted.
    function testFuzz_refusesGarbage(bytes32 message, uint256 rx, uint256 ry, uint256 z) external {
        vm.assertFalse(_verify(GROUP_SECRET, message, Signature(rx, ry, z)));
    }

    function testFuzz_takesForAKeyWhatIsOnTheCurve(uint256 secret, uint256 bit) external {
        (uint256 x, uint256 y) = GroupSigner.keyOf(bound(secret, 1, N - 1));
        vm.assertTrue(FrostVerifier.isKey(x, y));
        vm.assertTrue(FrostVerifier.isKey(x, P - y));
        bit = bound(bit, 0, 255);
        vm.assertFalse(FrostVerifier.isKey(x ^ (1 << bit), y));
        vm.assertFalse(FrostVerifier.isKey(x, y ^ (1 << bit)));
    }

    /// @dev The limit that the project holds the verification alone to.
    function test_costsLessThan9500Gas() external {
        (uint256 x, uint256 y) = GroupSigner.keyOf(GROUP_SECRET);
        Signature memory s = _sign(GROUP_SECRET, MESSAGE);
        uint256 before = gasleft();
        bool valid = FrostVerifier.verify(MESSAGE, x, FrostVerifier.prefixOf(y), s.rx, s.ry, s.z);
        vm.assertLe(before - gasleft(), 9_500);
        vm.assertTrue(valid);
    }

    function _sign(uint256 secret, bytes32 message) private returns (Signature memory s) {
        (s.rx, s.ry, s.z) = GroupSigner.sign(secret, message);
    }

    function _verify(uint256 secret, bytes32 message, Signature memory s) private returns (bool) {
        (uint256 x, uint256 y) = GroupSigner.keyOf(secret);
        return FrostVerifier.verify(message, x, FrostVerifier.prefixOf(y), s.rx, s.ry, s.z);
    }
}
