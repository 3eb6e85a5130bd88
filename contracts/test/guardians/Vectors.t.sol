// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FrostVerifier} from "../../src/guardians/FrostVerifier.sol";
import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {GuardianRewards} from "../../src/guardians/GuardianRewards.sol";
import {VoteEvidence} from "../../src/guardians/VoteEvidence.sol";
import {GroupSigner} from "./GroupSigner.sol";
import {Guardians} from "./Guardians.sol";
import {StakeToken} from "./StakeTokens.sol";
import {VectorFiles} from "./VectorFiles.sol";

/// @notice What the TypeScript side signs is judged here as it expects, and what is signed here is in the
/// file that the TypeScript side judges.
contract VectorsTest is Guardians, VectorFiles {
    bytes32 private constant MADE_HERE = keccak256("signed in Solidity");

    GuardianRegistry private registry;

    function test_certificatesAreJudgedAlike() external {
        string memory json = readVectors("certificate");
        registry = newRegistry(_guardiansIn(json));
        uint256 i = 0;
        for (; hasItem(json, "cases", i); ++i) {
            string memory path = itemAt("cases", i);
            bool valid = registry.verifyCertificate(
                bytes32At(json, path, "digest"),
                uint64(uintAt(json, path, "epoch")),
                uintAt(json, path, "bitmap"),
                bytesAt(json, path, "signatures")
            );
            vm.assertTrue(valid == boolAt(json, path, "valid"), stringAt(json, path, "name"));
        }
        vm.assertEq(i, 16);
    }

    function test_participationHasTheDigestThatGuardiansSign() external {
        string memory json = readVectors("certificate");
        string memory path = ".participation";
        registry = _registryAt(uintAt(json, path, "chainId"), _addressAt(json, path), _guardiansIn(json));
        GuardianRewards.Participation memory period = GuardianRewards.Participation({
            epoch: uint64(uintAt(json, path, "epoch")),
            fromView: uint64(uintAt(json, path, "fromView")),
            toView: uint64(uintAt(json, path, "toView")),
            participants: uintAt(json, path, "participants")
        });
        vm.assertEq(registry.hashParticipation(period), bytes32At(json, path, "digest"));
    }

    function test_groupSignaturesAreJudgedAlike() external {
        string memory json = readVectors("group");
        registry = _registryAt(vm.parseJsonUint(json, ".chainId"), _addressAt(json, ""), _guardiansIn(json));
        (uint256 x, uint256 y) = (uintAt(json, ".keys[0]", "x"), uintAt(json, ".keys[0]", "y"));
        vm.assertEq(registry.hashGroupKey(1, x, y), bytes32At(json, ".attestation", "digest"));
        registry.installGroupKey(
            x, y, uintAt(json, ".attestation", "bitmap"), bytesAt(json, ".attestation", "signatures")
        );

        uint256 i = 0;
        for (; hasItem(json, "cases", i); ++i) {
            string memory path = itemAt("cases", i);
            bool valid = registry.verifyGroup(
                bytes32At(json, path, "digest"),
                1,
                uintAt(json, path, "rx"),
                uintAt(json, path, "ry"),
                uintAt(json, path, "z")
            );
            vm.assertTrue(valid == boolAt(json, path, "valid"), stringAt(json, path, "name"));
        }
        vm.assertEq(i, 15);
    }

    function test_groupKeysAreJudgedAlike() external view {
        string memory json = readVectors("group");
        uint256 i = 0;
        for (; hasItem(json, "keys", i); ++i) {
            string memory path = itemAt("keys", i);
            bool valid = FrostVerifier.isKey(uintAt(json, path, "x"), uintAt(json, path, "y"));
            vm.assertTrue(valid == boolAt(json, path, "valid"), stringAt(json, path, "name"));
        }
        vm.assertEq(i, 8);
    }

    function test_evidenceIsJudgedAlike() external {
        string memory json = readVectors("evidence");
        uint64 view_ = uint64(vm.parseJsonUint(json, ".view"));
        uint256 i = 0;
        registry = _registryAt(vm.parseJsonUint(json, ".chainId"), _addressAt(json, ""), _guardiansIn(json));
        uint256 fresh = jsonVm.snapshotState();
        for (; hasItem(json, "cases", i); ++i) {
            string memory path = itemAt("cases", i);
            jsonVm.revertToState(fresh);
            VoteEvidence.SignedVote memory a = _voteAt(json, string.concat(path, ".a"));
            VoteEvidence.SignedVote memory b = _voteAt(json, string.concat(path, ".b"));
            string memory failure = stringAt(json, path, "error");
            if (bytes(failure).length != 0) {
                vm.expectPartialRevert(bytes4(keccak256(bytes(failure))));
                registry.slash(1, view_, a, b);
                continue;
            }
            vm.assertEq(registry.hashVote(1, view_, a.kind, a.digest), bytes32At(json, path, "a.voteDigest"));
            registry.slash(1, view_, a, b);
            vm.assertTrue(registry.isSlashed(vm.parseJsonAddress(json, ".guardian"), 1, view_));
        }
        vm.assertEq(i, 20);
    }

    /// @dev scripts/vectors.test.ts verifies what is in the file.
    function test_theFileOfTheOtherSideHoldsWhatIsSignedHere() external {
        string memory json = readVectors("solidity");
        vm.assertEq(guardianList(4), _guardiansIn(json));
        registry = _registryAt(vm.parseJsonUint(json, ".chainId"), _addressAt(json, ""), guardianList(4));

        vm.assertEq(MADE_HERE, bytes32At(json, ".certificate", "digest"));
        vm.assertEq(signaturesOf(0x0b, MADE_HERE), bytesAt(json, ".certificate", "signatures"));

        (uint256 x, uint256 y) = GroupSigner.keyOf(GROUP_SECRET);
        (uint256 rx, uint256 ry, uint256 z) = groupSignatureOf(MADE_HERE);
        vm.assertEq(x, uintAt(json, ".group", "x"));
        vm.assertEq(y, uintAt(json, ".group", "y"));
        vm.assertEq(rx, uintAt(json, ".group", "rx"));
        vm.assertEq(ry, uintAt(json, ".group", "ry"));
        vm.assertEq(z, uintAt(json, ".group", "z"));

        vm.assertEq(_evidence(2, MADE_HERE), bytesAt(json, ".evidence", "finalize"));
        vm.assertEq(_evidence(1, 0), bytesAt(json, ".evidence", "nullify"));
    }

    /// @dev Guardian 3's signature of a vote in view 7.
    function _evidence(uint8 kind, bytes32 digest) private view returns (bytes memory) {
        return signatureOf(3, registry.hashVote(1, 7, kind, digest));
    }

    /// @dev A registry at the address that the digests name: its constructor runs there.
    function _registryAt(uint256 chainId, address where, address[] memory list)
        private
        returns (GuardianRegistry)
    {
        vm.chainId(chainId);
        vm.warp(1_760_000_000);
        bytes memory arguments = abi.encode(config(new StakeToken()), list, TIMELOCK);
        vm.etch(where, bytes.concat(type(GuardianRegistry).creationCode, arguments));
        (bool success, bytes memory runtime) = where.call("");
        vm.assertTrue(success);
        vm.etch(where, runtime);
        return GuardianRegistry(where);
    }

    function _addressAt(string memory json, string memory path) private pure returns (address) {
        return vm.parseJsonAddress(json, string.concat(path, ".registry"));
    }

    function _guardiansIn(string memory json) private pure returns (address[] memory list) {
        list = new address[](4);
        string[4] memory names = ["0", "1", "2", "3"];
        for (uint256 i = 0; i < 4; ++i) {
            list[i] = vm.parseJsonAddress(json, string.concat(".guardians.", names[i]));
        }
    }

    function _voteAt(string memory json, string memory path)
        private
        pure
        returns (VoteEvidence.SignedVote memory)
    {
        return VoteEvidence.SignedVote({
            kind: uint8(uintAt(json, path, "kind")),
            digest: bytes32At(json, path, "digest"),
            r: bytes32At(json, path, "r"),
            vs: bytes32At(json, path, "vs")
        });
    }
}
