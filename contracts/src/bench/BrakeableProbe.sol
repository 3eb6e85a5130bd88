// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Brakeable} from "../harbor/Brakeable.sol";

/// @title What `bench gas` brakes as Harbor: the part that Harbor's contracts inherit
/// @notice For measuring only.
contract BrakeableProbe is Brakeable {
    /// @param owner_ Registers it.
    constructor(address owner_) Ownable(owner_) {}
}
