// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "./IBrakeRegistrations.sol";
import {IHeartbeats} from "./IHeartbeats.sol";

/// @title A brake that guardians can pull and never keep
/// @notice A target's owner registers the hash of its security specification and the actions that guardians
/// may take, each within bounds. Anyone may carry an action that a quorum of guardians certified; the
/// certificate is the authority. Guardians can brake, within a budget of time. They cannot resume, and they
/// cannot move funds. What is braked ends by itself, and a pause ends in reduce-only, its tail. The owner can
/// end it early, with notice; and cannot disarm it at once.
interface ICircuitBreaker is IBrakeRegistrations, IHeartbeats {
    /// @notice What guardians sign, as EIP-712 typed data of the domain {"Breakwater CircuitBreaker", "1",
    /// chain, breaker}.
    /// @param chainId Chain of the breaker.
    /// @param breaker Address of the breaker.
    /// @param target Contract to be braked.
    /// @param level 1 delay withdrawals, 2 reduce-only, 3 pause.
    /// @param data Calldata for the target: the registered selector and `durationSeconds`.
    /// @param durationSeconds For how long, from the block that includes it.
    /// @param incidentId Names the incident. A breaker acts once for each.
    /// @param specHash Hash of the specification that the guardians judged by.
    /// @param epoch Epoch of the guardian set that signed.
    /// @param anchorNumber Block in which the incident was seen.
    /// @param anchorHash Hash of that block. An action of a branch that the chain left is void.
    /// @param deadlineSeconds Last block timestamp at which the action may be executed.
    struct Action {
        uint256 chainId;
        address breaker;
        address target;
        uint8 level;
        bytes data;
        uint32 durationSeconds;
        bytes32 incidentId;
        bytes32 specHash;
        uint64 epoch;
        uint64 anchorNumber;
        bytes32 anchorHash;
        uint64 deadlineSeconds;
    }

    /// @notice An action was taken. `level` holds until `untilSeconds`, a block timestamp.
    event Executed(
        bytes32 indexed incidentId, address indexed target, uint8 level, uint256 untilSeconds, address carrier
    );
    /// @notice Level 2 follows on a pause, until `untilSeconds`, a block timestamp.
    event TailHeld(address indexed target, uint256 untilSeconds);
    /// @notice Guardians are silent, and `level` holds until `untilSeconds`, a block timestamp.
    event DeadModeEntered(address indexed target, uint8 level, uint256 untilSeconds, address caller);
    /// @notice The owner announced an early end, possible from `liftableAtSeconds` on.
    event LiftScheduled(address indexed target, uint256 liftableAtSeconds, bytes32 replayHash);
    /// @notice The owner ended the brake early.
    event Lifted(address indexed target);

    /// @notice The action is meant for another chain.
    error ChainMismatch(uint256 chainId, uint256 expected);
    /// @notice The action is meant for another breaker.
    error BreakerMismatch(address breaker, address expected);
    /// @notice The guardians judged by another specification than the registered one.
    error SpecificationMismatch(bytes32 specHash, bytes32 expected);
    /// @notice An action whose cause was seen in the same block, or in a later one, was taken before.
    error IncidentAlreadyHandled(bytes32 incidentId);
    /// @notice The owner did not register an action for this level.
    error LevelNotAllowed(address target, uint8 level);
    /// @notice An action lasts at least a second and at most what the owner registered.
    error DurationOutOfRange(uint32 durationSeconds, uint32 maxDurationSeconds);
    /// @notice The calldata must be the registered selector and the duration.
    error DataMismatch(bytes data, bytes expected);
    /// @notice The level, or a higher one, is in force until `untilSeconds` already: there is nothing to add.
    error BrakeAlreadyHolds(uint8 level, uint256 untilSeconds);
    /// @notice Nothing but an escalation is possible before `untilSeconds`, a block timestamp.
    error CoolingDown(uint256 untilSeconds);
    /// @notice The action would brake for `requestedSeconds` more, where `leftSeconds` are left.
    error BudgetExceeded(uint256 requestedSeconds, uint256 leftSeconds);
    /// @notice `reason` is what the target reverted with, cut off after 1,024 bytes.
    error TargetReverted(address target, bytes reason);
    /// @notice The target took the action, but its check does not return true.
    error CheckFailed(address target, bytes4 check);

    /// @notice There is nothing to lift.
    error TargetNotBraked(address target);
    /// @notice An early end must be announced first.
    error LiftNotScheduled(address target);
    /// @notice The brake can be lifted from `liftableAtSeconds` on, a block timestamp.
    error LiftTooEarly(uint256 liftableAtSeconds);
    /// @notice The owner registered no dead mode.
    error DeadModeNotRegistered(address target);
    /// @notice Guardians are not silent, and will not be before `silentFromSeconds`, a block timestamp.
    error GuardiansNotSilent(uint256 silentFromSeconds);
    /// @notice While guardians are silent, nobody lifts. They were due by `silentFromSeconds`.
    error GuardiansSilent(uint256 silentFromSeconds);

    /// @notice Takes a certified action. Anyone may call; all authority is in the certificate.
    /// @dev Never relaxes what holds. While an action of level l holds until u, another one must make its own
    /// level hold for longer than it would anyway: a level holds as long as it or a higher one was asked to.
    /// So a milder level that ends later, or a stricter one that ends earlier, adds itself without taking
    /// anything away; all else reverts. A level stricter than the one in force is an escalation and does not
    /// wait for the cooldown; nor does a pause that follows in the tail of the one before.
    /// Actions on a target are taken in the order of their anchors: each must have been seen in a later block
    /// than the last one taken. So none can be taken twice, without a record of each: its anchor is not after
    /// itself, and what was taken since only moved on. An action that another one overtook is void, too;
    /// guardians who still want it see the state that it would add to, and sign anew.
    function execute(Action calldata action, Certificate calldata certificate) external;

    /// @notice As `execute`, by the group key.
    function executeGroup(Action calldata action, GroupSignature calldata signature) external;

    /// @notice Has the registered dead level hold on `target` for an hour, or its longest duration if that is
    /// shorter, and then the tail. Anyone, and again and again, while guardians are silent.
    /// @dev It uses nothing of the guardians' budget. No heartbeat relaxes anything: with the first, no more
    /// slices are added, and the last one runs out. Who keeps all heartbeats off the chain for as long as the
    /// owner chose gains this, a brake for as long as they are kept off and an hour, and nothing else; who
    /// keeps actions off the chain in order to steal is met by it. Guardians who fall silent on purpose gain
    /// it until the owner has left the dead mode: 15 arming delays at most, with all their vetoes.
    function enterDeadMode(address target) external;

    /// @notice Announces the early end of the brake on `target`. Only its owner. A later action, and the dead
    /// mode, cancel it.
    /// @param replayHash Hash of the report on the recorded attack, replayed against what will be resumed.
    /// Zero is allowed, for all to see, with four times the delay: without a report to examine, everybody
    /// else needs the time to find out what it would have said.
    function scheduleLift(address target, bytes32 replayHash) external;

    /// @notice Ends the brake on `target` early, its tail included, after the delay, by its `lift()` (see
    /// `IBrakeTarget`). Only its owner, and not while guardians are silent.
    function lift(address target) external;

    /// @notice The EIP-712 digest that guardians sign for `action`.
    function hashAction(Action calldata action) external view returns (bytes32);

    /// @notice The strictest level in force, and when it ends. All zero when the target is not braked.
    /// @return level 1 to 3.
    /// @return untilSeconds End of this level. A milder one can hold for longer.
    /// @return liftableAtSeconds From when on the owner can lift; 0 when no early end was announced.
    function statusOf(address target)
        external
        view
        returns (uint8 level, uint256 untilSeconds, uint256 liftableAtSeconds);

    /// @notice The last action taken on `target`; all zero before the first.
    /// @return anchorNumber Block in which its cause was seen. Only what is seen later can be acted on.
    /// @return executedAtSeconds When it was taken.
    function lastActionOf(address target)
        external
        view
        returns (uint256 anchorNumber, uint256 executedAtSeconds);

    /// @notice Since when, or from when on, guardians count as silent if nothing more is heard of them; 0
    /// without a dead mode. A block timestamp.
    function silentFromSeconds(address target) external view returns (uint256);

    /// @notice For how long `target` could be braked further, from now or from the end of the brake in force.
    function budgetLeftSeconds(address target) external view returns (uint256);
}
