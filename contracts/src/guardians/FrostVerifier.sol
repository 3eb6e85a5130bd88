// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Signatures of a group with one key
/// @notice Verifies FROST(secp256k1, SHA-256) of RFC 9591: a Schnorr signature (R, z) over a 32-byte message
/// under the group's public key P, valid when z·G = R + e·P with e = H2(R, P, message).
/// @dev The EVM has no point multiplication, but the ecrecover precompile computes
/// r⁻¹·(s·Q - h·G) for the point Q with x-coordinate r and a given parity, and answers its address. With
/// r = Px, Q = P, s = -e·Px and h = -z·Px that is z·G - e·P, which has to be R. The address of a point is a
/// hash of both its coordinates, so (Rx, Ry) that match it are on the curve.
library FrostVerifier {
    /// @notice Order of the group.
    uint256 internal constant N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    /// @notice Characteristic of the field of coordinates.
    uint256 internal constant P = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f;

    /// @dev First byte of a point's compressed form when y is even; one more when it is odd (SEC 1, 2.3.3).
    uint8 private constant EVEN = 2;
    /// @dev How ecrecover is told that y is even.
    uint8 private constant ECRECOVER_EVEN = 27;

    // Parts of expand_message_xmd (RFC 9380, 5.3.1) for a scalar, whose uniform string has 48 bytes.
    bytes29 private constant DST = "FROST-secp256k1-SHA256-v1chal";
    uint8 private constant DST_BYTES = 29;
    bytes3 private constant LENGTH_AND_ZERO = 0x003000;

    /// @notice Whether (x, y) can be a group's key: a point on the curve other than infinity, in its one
    /// form, with an x that ecrecover takes for a signature's r.
    function isKey(uint256 x, uint256 y) internal pure returns (bool) {
        // No point has an x of 0, because 7 is not a square.
        if (x >= N || y >= P) return false;
        return mulmod(y, y, P) == addmod(mulmod(mulmod(x, x, P), x, P), 7, P);
    }

    /// @notice First byte of the compressed form of a point with this y: 2 or 3, never 0.
    function prefixOf(uint256 y) internal pure returns (uint8) {
        return EVEN + uint8(y & 1);
    }

    /// @notice Whether (rx, ry, z) signs `message` under the key. Never reverts.
    /// @param keyX The key's x-coordinate. The caller has checked the key with `isKey`.
    /// @param keyPrefix 2 when the key's y is even, 3 when it is odd.
    function verify(bytes32 message, uint256 keyX, uint8 keyPrefix, uint256 rx, uint256 ry, uint256 z)
        internal
        pure
        returns (bool)
    {
        if (rx >= P || ry >= P || z >= N) return false;
        uint256 e = _challenge(message, keyX, keyPrefix, rx, ry);
        unchecked {
            // Both products are below N, so neither difference is negative.
            address recovered = ecrecover(
                bytes32(N - mulmod(z, keyX, N)),
                keyPrefix + (ECRECOVER_EVEN - EVEN),
                bytes32(keyX),
                bytes32(N - mulmod(e, keyX, N))
            );
            // The precompile answers nothing, here zero, for a point at infinity.
            return
                recovered != address(0)
                    && recovered == address(uint160(uint256(keccak256(abi.encode(rx, ry)))));
        }
    }

    /// @dev H2 of RFC 9591, 6.5: hash_to_field of RFC 9380, 5.2, over the compressed R and P and the message.
    function _challenge(bytes32 message, uint256 keyX, uint8 keyPrefix, uint256 rx, uint256 ry)
        private
        pure
        returns (uint256)
    {
        bytes32 b0 = sha256(
            abi.encodePacked(
                bytes32(0), // one block of SHA-256, 64 bytes, of zeros
                bytes32(0),
                prefixOf(ry),
                rx,
                keyPrefix,
                keyX,
                message,
                LENGTH_AND_ZERO,
                DST,
                DST_BYTES
            )
        );
        bytes32 b1 = sha256(abi.encodePacked(b0, uint8(1), DST, DST_BYTES));
        bytes32 b2 = sha256(abi.encodePacked(b0 ^ b1, uint8(2), DST, DST_BYTES));
        // The first 48 bytes of b1 ‖ b2 as a number modulo N.
        return addmod(mulmod(uint256(b1), 1 << 128, N), uint256(b2) >> 128, N);
    }
}
