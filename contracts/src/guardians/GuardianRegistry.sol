// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianSets} from "./GuardianSets.sol";

/// @title A guardian set that never changes
contract GuardianRegistry is GuardianSets {
    /// @param guardians_ 1 to 255 different addresses.
    constructor(address[] memory guardians_) {
        _startEpoch(guardians_, 0);
        for (uint256 i = 0; i < guardians_.length; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                if (guardians_[j] == guardians_[i]) revert GuardianDuplicated(guardians_[i]);
            }
        }
    }
}
