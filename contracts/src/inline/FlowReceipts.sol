// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SlotDerivation} from "@openzeppelin/contracts/utils/SlotDerivation.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";

/// @title What came in during this transaction and has not gone out again
/// @notice Kept in transient storage, per asset.
library FlowReceipts {
    using SlotDerivation for bytes32;
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.Uint256Slot;

    bytes32 private constant SLOT = keccak256("breakwater.FlowReceipts");

    /// @notice What is noted for `asset`, in its units.
    function noted(address asset) internal view returns (uint256) {
        return _slot(asset).tload();
    }

    /// @notice Notes that `amount` came in.
    function note(address asset, uint256 amount) internal {
        TransientSlot.Uint256Slot slot = _slot(asset);
        slot.tstore(slot.tload() + amount);
    }

    /// @notice Notes that `amount` of it went out again. Not below 0: what is noted for a total is at prices,
    /// and they may have moved meanwhile.
    function forget(address asset, uint256 amount) internal {
        TransientSlot.Uint256Slot slot = _slot(asset);
        slot.tstore(Math.saturatingSub(slot.tload(), amount));
    }

    function _slot(address asset) private pure returns (TransientSlot.Uint256Slot) {
        return SLOT.deriveMapping(asset).asUint256();
    }
}
