// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @title What the owner may decide about stake, within hard bounds
/// @notice The owner is meant to be a timelock: everything here takes its delay.
abstract contract RegistryParameters is Ownable2Step {
    uint256 internal constant BPS = 10_000;
    uint256 private constant MIN_UNBONDING_SECONDS = 14 days;
    uint256 private constant MAX_UNBONDING_SECONDS = 90 days;
    uint256 private constant MIN_EVIDENCE_SECONDS = 3 days;
    uint256 private constant MAX_OVERLAP_SECONDS = 1 hours;
    /// @dev For a chain that becomes final late, and a reporter who finds it full.
    uint256 private constant EVIDENCE_MARGIN_SECONDS = 1 days;
    uint256 private constant MIN_SLASH_BPS = 1_000;
    /// @dev A guardian may report itself: what it loses for good is at least four fifths of the slash.
    uint256 private constant MAX_REPORTER_BPS = 2_000;

    /// @param minStake Stake without which nobody is admitted to a set, in units of the token.
    /// @param unbondingSeconds From a request to take stake out to the day it comes out.
    /// @param evidenceSeconds How long after its epoch expired a guardian can be slashed for it.
    /// @param overlapSeconds How long after the next epoch began what the one before signs still counts.
    /// @param slashBps What a guardian loses for one fault, of its stake as of that epoch.
    /// @param reporterBps What the reporter gets of it; the treasury gets the rest.
    struct Parameters {
        uint96 minStake;
        uint40 unbondingSeconds;
        uint40 evidenceSeconds;
        uint32 overlapSeconds;
        uint16 slashBps;
        uint16 reporterBps;
    }

    Parameters private _parameters;

    /// @notice The owner changed the parameters.
    event ParametersSet(Parameters parameters);

    /// @notice A parameter is outside its bounds, both of which are allowed.
    error ParameterOutOfRange(string field, uint256 value, uint256 min, uint256 max);

    constructor(Parameters memory parameters_) {
        _setParameters(parameters_);
    }

    /// @notice Changes the parameters. A longer evidence window holds the stake that is still in longer too;
    /// requests that are under way keep the day they were given. Only the owner.
    function setParameters(Parameters calldata parameters_) external onlyOwner {
        _setParameters(parameters_);
    }

    /// @notice The parameters in force.
    function parameters() public view returns (Parameters memory) {
        return _parameters;
    }

    function _setParameters(Parameters memory p) private {
        uint256 shortest = uint256(p.evidenceSeconds) + p.overlapSeconds + EVIDENCE_MARGIN_SECONDS;
        if (shortest < MIN_UNBONDING_SECONDS) shortest = MIN_UNBONDING_SECONDS;
        _requireRange("minStake", p.minStake, 1, type(uint96).max);
        _requireRange("evidenceSeconds", p.evidenceSeconds, MIN_EVIDENCE_SECONDS, MAX_UNBONDING_SECONDS);
        _requireRange("overlapSeconds", p.overlapSeconds, 0, MAX_OVERLAP_SECONDS);
        _requireRange("unbondingSeconds", p.unbondingSeconds, shortest, MAX_UNBONDING_SECONDS);
        _requireRange("slashBps", p.slashBps, MIN_SLASH_BPS, BPS);
        _requireRange("reporterBps", p.reporterBps, 0, MAX_REPORTER_BPS);
        _parameters = p;
        emit ParametersSet(p);
    }

    function _requireRange(string memory field, uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert ParameterOutOfRange(field, value, min, max);
    }
}
