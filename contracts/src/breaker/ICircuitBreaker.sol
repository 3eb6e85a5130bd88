// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title A brake that guardians can pull and never keep
/// @notice A target's owner registers the hash of its security specification and the actions that guardians
/// may take, each within bounds. Anyone may carry an action that a quorum of guardians certified; the
/// certificate is the authority. Guardians can brake, within a budget of time. They cannot resume, and they
/// cannot move funds.
interface ICircuitBreaker {
    /// @notice The one action that is allowed at a level.
    /// @param selector Function of the target, taking one uint256: the duration in seconds. 0: level not
    /// allowed.
    /// @param check View function of the target, without arguments, that returns true once the action is in
    /// force.
    /// @param maxDurationSeconds Longest duration of one action.
    struct BoundedAction {
        bytes4 selector;
        bytes4 check;
        uint32 maxDurationSeconds;
    }

    /// @notice What guardians may do to a target.
    /// @param actions For levels 1 (delay withdrawals), 2 (reduce-only) and 3 (pause), in this order.
    /// @param cooldownSeconds Least time from one action to the next, escalations apart. An action holds for
    /// the rest of its block, however short it is, so this should be several blocks; and an action that is
    /// shorter than this ends before it can be renewed.
    /// @param budgetSeconds In any 30 days, the target is braked for at most this long in total, at whatever
    /// level; 30 days at most. One half is there from the start and comes back evenly over 30 days while the
    /// target is not braked, so at most that half can be used at one stretch. An action that does not fit
    /// into what is left is refused as a whole.
    /// @param liftDelaySeconds From the announcement of an early end to the moment it is allowed; at least
    /// the cooldown, so that guardians can brake again at once.
    struct Limits {
        BoundedAction[3] actions;
        uint32 cooldownSeconds;
        uint32 budgetSeconds;
        uint32 liftDelaySeconds;
    }

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

    /// @notice Signatures of at least n - f guardians. See `IGuardianRegistry.verifyCertificate`.
    /// @param bitmap Bit i is set when guardian i signed.
    /// @param signatures 64 bytes (EIP-2098) per set bit, lowest bit first.
    struct Certificate {
        uint256 bitmap;
        bytes signatures;
    }

    /// @notice A target's owner put it under the breaker's protection.
    event Registered(address indexed target, bytes32 indexed specHash, address indexed owner);
    /// @notice An action was taken. `level` holds until `untilSeconds`, a block timestamp.
    event Executed(
        bytes32 indexed incidentId, address indexed target, uint8 level, uint256 untilSeconds, address carrier
    );
    /// @notice The owner announced an early end, possible from `liftableAtSeconds` on.
    event LiftScheduled(address indexed target, uint256 liftableAtSeconds);
    /// @notice The owner ended the brake early.
    event Lifted(address indexed target);

    /// @notice Its owner has not put the target under protection.
    error TargetNotRegistered(address target);
    /// @notice A target is registered once.
    error TargetAlreadyRegistered(address target);
    /// @notice Only the owner of the target may do this.
    error CallerNotTargetOwner(address caller, address owner);
    /// @notice The hash of the specification must not be zero.
    error SpecificationMissing();
    /// @notice At least one level must have a selector.
    error NoLevelAllowed();
    /// @notice A level that is allowed needs a function by which its effect is checked.
    error CheckMissing(uint8 level);
    /// @notice A level's longest duration must be between 1 second and half of the budget.
    error MaxDurationOutOfRange(uint8 level, uint256 maxDurationSeconds, uint256 halfBudgetSeconds);
    /// @notice The budget must leave a part of its period unbraked.
    error BudgetOutOfRange(uint256 budgetSeconds, uint256 maxSeconds);
    /// @notice Not a failure: every registered action on `target` could be taken now.
    error Rehearsed(address target);
    /// @notice An early end is announced at least a second ahead, and a cooldown: guardians must be able to
    /// answer it.
    error LiftDelayTooShort(uint256 liftDelaySeconds, uint256 cooldownSeconds);

    /// @notice The action is meant for another chain.
    error ChainMismatch(uint256 chainId, uint256 expected);
    /// @notice The action is meant for another breaker.
    error BreakerMismatch(address breaker, address expected);
    /// @notice The guardians judged by another specification than the registered one.
    error SpecificationMismatch(bytes32 specHash, bytes32 expected);
    /// @notice The action was signed by the guardians of another epoch.
    error EpochMismatch(uint64 epoch, uint64 expected);
    /// @notice `expected` is zero when the chain no longer knows, or does not yet know, the block.
    error AnchorMismatch(uint64 anchorNumber, bytes32 anchorHash, bytes32 expected);
    /// @notice The action may no longer be executed. Block timestamps in seconds.
    error DeadlinePassed(uint64 deadlineSeconds, uint256 nowSeconds);
    /// @notice An action was taken for this incident before.
    error IncidentAlreadyHandled(bytes32 incidentId);
    /// @notice The owner did not register an action for this level.
    error LevelNotAllowed(address target, uint8 level);
    /// @notice An action lasts at least a second and at most what the owner registered.
    error DurationOutOfRange(uint32 durationSeconds, uint32 maxDurationSeconds);
    /// @notice The calldata must be the registered selector and the duration.
    error DataMismatch(bytes data, bytes expected);
    /// @notice The signatures are not those of a quorum over `digest`.
    error CertificateInvalid(bytes32 digest);
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

    /// @notice Puts `target` under protection. Only its owner (`Ownable`), once, and only if `rehearse` then
    /// finds nothing: a brake that cannot be pulled must not look like protection.
    /// @param specHash Hash of its security specification.
    function register(address target, bytes32 specHash, Limits calldata limits) external;

    /// @notice Whether the brake on `target` works. Takes all its registered actions, from the mildest on and
    /// for their longest durations, and undoes them by reverting, always: with `Rehearsed`, or with what the
    /// first one failed for. Anyone may ask, by eth_call.
    function rehearse(address target) external;

    /// @notice Takes a certified action. Anyone may call; all authority is in the certificate.
    /// @dev Never relaxes what holds. While an action of level l holds until u, another one must make its own
    /// level hold for longer than it would anyway: a level holds as long as it or a higher one was asked to.
    /// So a milder level that ends later, or a stricter one that ends earlier, adds itself without taking
    /// anything away; all else reverts. A level stricter than the one in force is an escalation and does not
    /// wait for the cooldown.
    function execute(Action calldata action, Certificate calldata certificate) external;

    /// @notice Announces the early end of the brake on `target`. Only its owner. A later action cancels it.
    function scheduleLift(address target) external;

    /// @notice Ends the brake on `target` early, after the delay, by its `lift()` (see `IBrakeTarget`). Only
    /// its owner.
    function lift(address target) external;

    /// @notice The EIP-712 digest that guardians sign for `action`.
    function hashAction(Action calldata action) external view returns (bytes32);

    /// @notice What was registered for `target`; a zero hash and empty limits when nothing was.
    function registrationOf(address target) external view returns (bytes32 specHash, Limits memory limits);

    /// @notice The strictest level in force, and when it ends. All zero when the target is not braked.
    /// @return level 1 to 3.
    /// @return untilSeconds End of this level. A milder one can hold for longer.
    /// @return liftableAtSeconds From when on the owner can lift; 0 when no early end was announced.
    function statusOf(address target)
        external
        view
        returns (uint8 level, uint256 untilSeconds, uint256 liftableAtSeconds);

    /// @notice Whether an action was taken for the incident.
    function isExecuted(bytes32 incidentId) external view returns (bool);

    /// @notice For how long `target` could be braked further, from now or from the end of the brake in force.
    function budgetLeftSeconds(address target) external view returns (uint256);
}
