// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IGuardianRegistry} from "../guardians/IGuardianRegistry.sol";

/// @title Parameter changes that guardians certify, inside bounds that the owner sets
/// @notice Anyone may carry a change that a quorum of guardians signed. Every value of the group stays inside
/// its bounds, moves no further than its cap in any period, and all of them change together or not at all;
/// afterwards the protocol's own check must say that they go together. With stale inputs nothing changes.
///
/// A change that tightens all that it touches applies at once. Any other waits in the open, where the council
/// or the owner can veto it and a later change of the guardians replaces it. The council can undo the last
/// change for some time, once, to exactly the values before it; it can set no others.
interface IParameterSteward {
    /// @notice What guardians sign, as EIP-712 typed data of the domain {"Breakwater ParameterSteward", "1",
    /// chain, steward}.
    /// @param group Whose values.
    /// @param values New values, in the order of the group's parameters.
    /// @param previousHash keccak256 of the packed values that they are to replace.
    /// @param nonce `nonceOf` the group. A change is good for one submission.
    /// @param epoch Epoch of the guardian set that signed.
    /// @param inputAtSeconds Block timestamp of the oldest input that the values rest on.
    /// @param deadlineSeconds Last block timestamp at which the change may be submitted.
    struct Change {
        bytes32 group;
        uint256[] values;
        bytes32 previousHash;
        uint64 nonce;
        uint64 epoch;
        uint64 inputAtSeconds;
        uint64 deadlineSeconds;
    }

    /// @notice The owner named the council.
    event CouncilSet(address indexed council);
    /// @notice A change that loosens can be enacted from `enactableAtSeconds` on and before
    /// `lapsesAtSeconds`.
    event ChangeQueued(
        bytes32 indexed group,
        uint64 indexed nonce,
        uint256[] values,
        uint256 enactableAtSeconds,
        uint256 lapsesAtSeconds
    );
    /// @notice The change that waited will not be enacted: it was vetoed, replaced, or overtaken.
    event ChangeDropped(bytes32 indexed group);
    /// @notice The values changed.
    event ChangeApplied(bytes32 indexed group, uint256[] previous, uint256[] values);
    /// @notice The council undid the last change.
    event ChangeReverted(bytes32 indexed group, uint256[] values);

    /// @notice The registry must have code.
    error RegistryMissing(address registry);
    /// @notice Only the council, or the owner where it may too.
    error CallerNotCouncil(address caller, address council);
    /// @notice The change's time is over.
    error DeadlinePassed(uint256 deadlineSeconds, uint256 nowSeconds);
    /// @notice The change is not the group's next.
    error NonceMismatch(uint64 nonce, uint64 expected);
    /// @notice Inputs, or the feed, are of a time that is too long ago or has not come.
    error InputStale(uint256 atSeconds, uint256 nowSeconds, uint256 maxAgeSeconds);
    /// @notice The certificate is not one of a quorum of the epoch in force over `digest`.
    error CertificateInvalid(bytes32 digest);
    /// @notice The values to be replaced are not those that were meant.
    error PreviousMismatch(bytes32 previousHash, bytes32 currentHash);
    /// @notice A change has one value for each parameter.
    error ValueCountMismatch(uint256 count, uint256 expected);
    /// @notice The group can change again from `changeableAtSeconds` on.
    error ChangeTooEarly(uint256 changeableAtSeconds);
    /// @notice The value can move by `left` now, in its unit.
    error StepTooLarge(uint256 index, uint256 value, uint256 next, uint256 left);
    /// @notice The group has no change that waits.
    error ChangeNotQueued(bytes32 group);
    /// @notice The change can be enacted from `fromSeconds` on and before `untilSeconds`.
    error ChangeNotDue(uint256 fromSeconds, uint256 untilSeconds);
    /// @notice There is no change to undo, or its time ended at `untilSeconds`.
    error RevertNotPossible(bytes32 group, uint256 untilSeconds);
    /// @notice The target did not take the value.
    error ValueNotTaken(uint256 index, uint256 value, uint256 actual);

    /// @notice Names the council; the zero address: none. Only the owner.
    function setCouncil(address council_) external;

    /// @notice Takes a certified change: applies it if it tightens, queues it if it loosens anything. Anyone
    /// may call. A change that waited is dropped.
    /// @param bitmap Which guardians signed; see `IGuardianRegistry.verifyCertificate`.
    /// @param signatures Their signatures.
    function submit(Change calldata change, uint256 bitmap, bytes calldata signatures) external;

    /// @notice Applies a change that has waited. Anyone may call. The values that it replaces must be as they
    /// were when it was queued, and the feed fresh.
    function enact(bytes32 id) external;

    /// @notice Drops a change that waits. Only the council or the owner.
    function veto(bytes32 id) external;

    /// @notice Undoes the last change at once: back to the values before it, in its revert window, once. Only
    /// the council.
    function revertChange(bytes32 id) external;

    /// @notice The guardian registry whose certificates count.
    function registry() external view returns (IGuardianRegistry);

    /// @notice Who can veto and undo; the zero address: nobody.
    function council() external view returns (address);

    /// @notice Number that the group's next change must bear.
    function nonceOf(bytes32 id) external view returns (uint64);

    /// @notice The change that waits; `enactableAtSeconds` is 0 when none does.
    function pendingOf(bytes32 id) external view returns (uint256[] memory values, uint256 enactableAtSeconds);

    /// @notice What the council can restore before `untilSeconds`; 0 when nothing.
    function revertibleOf(bytes32 id) external view returns (uint256[] memory values, uint256 untilSeconds);

    /// @notice By how much a parameter can move now, in its unit.
    function stepLeft(bytes32 id, uint256 index) external view returns (uint256);

    /// @notice The EIP-712 digest that guardians sign for `change`.
    function hashChange(Change calldata change) external view returns (bytes32);
}
