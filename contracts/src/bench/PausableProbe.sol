// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @title What `bench gas` pauses: OpenZeppelin's Pausable as its wizard writes it
/// @notice For measuring only.
contract PausableProbe is AccessControl, Pausable {
    /// @notice Who may pause.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");

    /// @param admin Gives the role.
    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @notice Stops everything.
    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    /// @notice Ends the pause.
    function unpause() external onlyRole(PAUSER_ROLE) {
        _unpause();
    }
}
