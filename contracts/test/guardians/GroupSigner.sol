// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice The cheat code that multiplies the generator of secp256k1.
interface WalletVm {
    struct Wallet {
        address addr;
        uint256 publicKeyX;
        uint256 publicKeyY;
        uint256 privateKey;
    }

    function createWallet(uint256 privateKey) external returns (Wallet memory);
}

/// @title A group's signature, made by someone who has the whole key
/// @notice Verifiers cannot tell it from one that guardians made together: FROST only divides the signing.
/// @dev The challenge is written anew from RFC 9591 and RFC 9380, so that it checks the one under test.
library GroupSigner {
    WalletVm private constant vm = WalletVm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 internal constant N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 internal constant P = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f;

    /// @notice The public key of `secret`.
    function keyOf(uint256 secret) internal returns (uint256 x, uint256 y) {
        WalletVm.Wallet memory wallet = vm.createWallet(secret);
        return (wallet.publicKeyX, wallet.publicKeyY);
    }

    /// @notice Signs `message`, with a nonce that follows from it.
    function sign(uint256 secret, bytes32 message) internal returns (uint256 rx, uint256 ry, uint256 z) {
        uint256 nonce = uint256(keccak256(abi.encode("nonce", secret, message))) % N;
        (rx, ry) = keyOf(nonce);
        (uint256 x, uint256 y) = keyOf(secret);
        bytes memory input = bytes.concat(compress(rx, ry), compress(x, y), message);
        z = addmod(nonce, mulmod(hashToScalar(input), secret, N), N);
    }

    /// @notice The 33 bytes by which a point is hashed.
    function compress(uint256 x, uint256 y) internal pure returns (bytes memory) {
        return bytes.concat(y % 2 == 0 ? bytes1(0x02) : bytes1(0x03), bytes32(x));
    }

    /// @notice H2 of RFC 9591, 6.5: 48 bytes of expand_message_xmd, modulo the order of the group.
    function hashToScalar(bytes memory input) internal pure returns (uint256) {
        bytes memory dst = "FROST-secp256k1-SHA256-v1chal";
        bytes memory dstPrime = bytes.concat(dst, bytes1(uint8(dst.length)));
        bytes32 b0 = sha256(bytes.concat(new bytes(64), input, bytes2(uint16(48)), bytes1(0), dstPrime));
        bytes32 b1 = sha256(bytes.concat(b0, bytes1(0x01), dstPrime));
        bytes32 b2 = sha256(bytes.concat(b0 ^ b1, bytes1(0x02), dstPrime));
        uint256 high = uint256(b1) % N;
        return addmod(mulmod(high, 2 ** 128, N), uint256(b2) / 2 ** 128, N);
    }
}
