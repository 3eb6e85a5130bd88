// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IInsistence} from "./IInsistence.sol";
import {TimelockVeto} from "./TimelockVeto.sol";

/// @title The council's veto
contract CouncilVeto is TimelockVeto {
    address private immutable _council;

    /// @notice Only the council may do this.
    error CallerNotCouncil(address caller, address council);

    /// @param council_ The `Council`, whose term ends.
    constructor(TimelockController timelock_, IInsistence governor_, address council_)
        TimelockVeto(timelock_, governor_)
    {
        _council = council_;
    }

    /// @notice The council.
    function council() external view returns (address) {
        return _council;
    }

    /// @notice Cancels a queued operation. Only the council.
    function veto(bytes32 operationId) external {
        if (msg.sender != _council) revert CallerNotCouncil(msg.sender, _council);
        _cancel(operationId);
    }
}
