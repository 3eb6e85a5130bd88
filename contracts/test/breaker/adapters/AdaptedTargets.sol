// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @notice A contract that pauses as OpenZeppelin's wizard writes it. Its flag has a slot of its own.
contract PausableTarget is AccessControl, Pausable {
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");

    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(PAUSER_ROLE, admin);
    }

    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    function unpause() external onlyRole(PAUSER_ROLE) {
        _unpause();
    }

    function trade() external view whenNotPaused {}
}

/// @notice A contract under an access manager.
contract ManagedTarget is AccessManaged {
    constructor(address manager) AccessManaged(manager) {}

    function trade() external restricted {}
}

/// @notice A contract with a flag for all, and a cap for each market, that its administrator sets.
contract ConfiguredTarget is AccessControl {
    bool public reduceOnly;
    mapping(bytes32 market => uint256) public capOf;

    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    function setReduceOnly(bool on) external onlyRole(DEFAULT_ADMIN_ROLE) {
        reduceOnly = on;
    }

    function setCap(bytes32 market, uint256 cap) external onlyRole(DEFAULT_ADMIN_ROLE) {
        capOf[market] = cap;
    }
}

/// @notice A contract that pauses for a time, and refuses to while it is paused.
contract PausableUntilTarget is AccessControl {
    uint256 private _resumeSince;

    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    function pauseFor(uint256 durationSeconds) external onlyRole(DEFAULT_ADMIN_ROLE) {
        require(!isPaused() && durationSeconds != 0);
        _resumeSince = block.timestamp + durationSeconds;
    }

    function resume() external onlyRole(DEFAULT_ADMIN_ROLE) {
        require(isPaused());
        _resumeSince = block.timestamp;
    }

    function isPaused() public view returns (bool) {
        return block.timestamp < _resumeSince;
    }

    function getResumeSinceTimestamp() external view returns (uint256) {
        return _resumeSince;
    }
}
