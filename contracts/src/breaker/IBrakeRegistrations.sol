// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IGuardianProof} from "./IGuardianProof.sol";

/// @title What guardians may do to a target, and how its owner changes it
/// @notice A registration takes effect at once. After that, what weakens the protection waits for the arming
/// delay, during which all that was registered stays in force, guardians brake by it, and can veto. What only
/// strengthens the protection takes effect at once. A change is a strengthening when the specification's
/// hash and the dead mode stay as they are, and
/// - each level that is allowed keeps its selector and check, and its longest duration does not fall;
/// - the budget, the tail, the lifting delay and the arming delay do not fall, and the cooldown does not
/// rise.
/// Anything else weakens, in doubt too. More protection can mean less service: longer pauses, say. That is
/// the owner's to give at once, because guardians must agree before it is used; the dead mode, which brakes
/// without them, changes only with notice, in either direction.
interface IBrakeRegistrations is IGuardianProof {
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
    /// level, tails included and the dead mode apart; 30 days at most. One half is there from the start and
    /// comes back evenly over 30 days while the target is not braked, so at most that half can be used at one
    /// stretch. An action that does not fit into what is left is refused as a whole.
    /// @param liftDelaySeconds From the announcement of an early end to the moment it is allowed; at least
    /// the cooldown, so that guardians can brake again at once.
    /// @param tailSeconds A pause is followed by level 2 for this long, or as long as the budget goes: it
    /// does not end in openness. Needs levels 2 and 3; 0 for
    /// none.
    /// @param armDelaySeconds From the announcement of a change that weakens the protection to the moment it
    /// can take effect: a day to 14 days, and at least the lifting delay.
    /// @param heartbeatSeconds Guardians who were not heard for longer count as silent; 10 minutes to 30 days
    /// with a dead mode, 0 without. Several of the intervals at which they let themselves be heard.
    /// @param deadLevel What anyone can have hold while guardians are silent; 0 for nothing.
    struct Limits {
        BoundedAction[3] actions;
        uint32 cooldownSeconds;
        uint32 budgetSeconds;
        uint32 liftDelaySeconds;
        uint32 tailSeconds;
        uint32 armDelaySeconds;
        uint32 heartbeatSeconds;
        uint8 deadLevel;
    }

    /// @notice What guardians sign to stop a change, as EIP-712 typed data.
    /// @param target Whose change.
    /// @param changeHash Which change: as announced, with the moment from which it can take effect.
    /// @param epoch Epoch of the guardian set that signed.
    /// @param deadlineSeconds Last block timestamp at which the veto may be carried in.
    struct Veto {
        address target;
        bytes32 changeHash;
        uint64 epoch;
        uint64 deadlineSeconds;
    }

    /// @notice A target's owner put it under the breaker's protection.
    event Registered(address indexed target, bytes32 indexed specHash, address indexed owner);
    /// @notice The owner announced a change that weakens the protection; a zero `specHash` ends it. It can
    /// take effect from `effectiveAtSeconds` on, a block timestamp.
    event ChangeAnnounced(
        address indexed target,
        bytes32 indexed changeHash,
        bytes32 specHash,
        Limits limits,
        uint256 effectiveAtSeconds,
        bool isVetoable
    );
    /// @notice This is in force from now on; after a zero `specHash`, nothing.
    event ChangeApplied(address indexed target, bytes32 indexed specHash, Limits limits);
    /// @notice The owner took an announcement back.
    event ChangeCancelled(address indexed target, bytes32 indexed changeHash);
    /// @notice The guardians stopped a change, for the `vetoes`th time since one took effect.
    event ChangeVetoed(address indexed target, bytes32 indexed changeHash, uint256 vetoes, address carrier);

    /// @notice Its owner has not put the target under protection.
    error TargetNotRegistered(address target);
    /// @notice A target that is registered can only be changed.
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
    /// @notice An early end is announced at least a second ahead, and a cooldown: guardians must be able to
    /// answer it.
    error LiftDelayTooShort(uint256 liftDelaySeconds, uint256 cooldownSeconds);
    /// @notice The longest pause and its tail must fit into half of the budget, and a tail needs levels 2 and
    /// 3; `maxSeconds` is 0 without them.
    error TailOutOfRange(uint256 tailSeconds, uint256 maxSeconds);
    /// @notice The arming delay is out of its bounds, of which the lifting delay is one.
    error ArmDelayOutOfRange(uint256 armDelaySeconds, uint256 minSeconds, uint256 maxSeconds);
    /// @notice A dead mode needs a level that is allowed.
    error DeadLevelNotAllowed(uint8 deadLevel);
    /// @notice With a dead mode, silence must be between `minSeconds` and `maxSeconds`; without one, 0.
    error HeartbeatOutOfRange(uint256 heartbeatSeconds, uint256 minSeconds, uint256 maxSeconds);
    /// @notice Not a failure: every registered action on `target` could be taken now.
    error Rehearsed(address target);
    /// @notice A change was announced before: it must be cancelled first.
    error ChangePending(bytes32 changeHash);
    /// @notice What is given is not what was announced; `expected` is zero when nothing was.
    error ChangeMismatch(bytes32 changeHash, bytes32 expected);
    /// @notice The change can take effect from `effectiveAtSeconds` on, a block timestamp.
    error ChangeTooEarly(uint256 effectiveAtSeconds);
    /// @notice The change could take effect before `expiresAtSeconds`, a block timestamp: none is kept in
    /// store for the moment of an attack.
    error ChangeExpired(uint256 expiresAtSeconds);
    /// @notice The change was stopped `vetoes` times; now it only waits.
    error VetoesExhausted(uint256 vetoes);
    /// @notice What was signed may no longer be executed. Block timestamps in seconds.
    error DeadlinePassed(uint64 deadlineSeconds, uint256 nowSeconds);

    /// @notice Puts `target` under protection. Only its owner (`Ownable`), and only if `rehearse` then finds
    /// nothing: a brake that cannot be pulled must not look like protection.
    /// @param specHash Hash of its security specification.
    function register(address target, bytes32 specHash, Limits calldata limits) external;

    /// @notice Changes what is registered for `target`. Only its owner. At once, after a rehearsal, when it
    /// strengthens the protection; otherwise this announces it. One change at a time.
    /// @dev The delay doubles with each veto since the last change took effect, so a thief of the owner's key
    /// cannot wear the guardians out within it; after three vetoes there is no fourth, so guardians who have
    /// been captured cannot keep their office for ever.
    function change(address target, bytes32 specHash, Limits calldata limits) external;

    /// @notice Announces the end of the protection of `target`. Only its owner.
    function disarm(address target) external;

    /// @notice Lets an announced change take effect, within 7 days after its delay and, unless it ends the
    /// protection, with a rehearsal. Anyone may call.
    /// @param specHash As announced; zero, with empty limits, for the end of the protection.
    function applyChange(address target, bytes32 specHash, Limits calldata limits) external;

    /// @notice Takes an announcement back. Only the target's owner.
    function cancelChange(address target) external;

    /// @notice Stops an announced change, until it takes effect. Anyone may call; all authority is in the
    /// certificate.
    function vetoChange(Veto calldata veto, Certificate calldata certificate) external;

    /// @notice As `vetoChange`, by the group key.
    function vetoChangeGroup(Veto calldata veto, GroupSignature calldata signature) external;

    /// @notice Whether the brake on `target` works. Takes all its registered actions, from the mildest on and
    /// for their longest durations, and undoes them by reverting, always: with `Rehearsed`, or with what the
    /// first one failed for. Anyone may ask, by eth_call.
    function rehearse(address target) external;

    /// @notice The EIP-712 digest that guardians sign for `veto`.
    function hashVeto(Veto calldata veto) external view returns (bytes32);

    /// @notice What is in force for `target`; a zero hash and empty limits when nothing is.
    function registrationOf(address target) external view returns (bytes32 specHash, Limits memory limits);

    /// @notice The change that was announced for `target`; all zero when none was.
    /// @return changeHash keccak256 of the ABI encoding of target, specHash, limits and effectiveAtSeconds.
    /// @return effectiveAtSeconds From when on it can take effect, a block timestamp.
    /// @return vetoes How often guardians stopped a change since one took effect.
    function pendingChangeOf(address target)
        external
        view
        returns (bytes32 changeHash, uint256 effectiveAtSeconds, uint256 vetoes);
}
