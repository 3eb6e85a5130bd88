// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Conditions that hold whenever a protocol is left, or else the transaction reverts
/// @notice A protocol declares its conditions in `guardedConditions` and puts `guarded` on every function
/// that could break one. They are checked when the outermost guarded call of this contract ends; inside that
/// call they may be broken for a while.
/// @dev A condition compares two numbers, each a constant or the answer of a view function, of this contract
/// or of another one. A read gets the gas that its condition allows and not more, and at most one word of its
/// answer is looked at. A read that reverts, runs out of that gas or answers less than a word makes the
/// condition unknown: then the transaction reverts too, unless the condition was declared open, in which case
/// an event tells. A caller cannot make a condition unknown by being short of gas, because the guard insists
/// on having what it may spend.
///
/// Order: `guarded` belongs before `nonReentrant`, so that the lock is off again when the conditions are
/// read.
///
/// What checks at the end do not see: a value that was bent and put back before the end, even if something
/// was bought at it meanwhile; what functions without `guarded` do; what other contracts do after the end;
/// and a condition both of whose sides were moved alike. A view that consults what an attacker can make
/// revert must not be declared open.
abstract contract InvariantGuard {
    enum Comparison {
        Equal,
        AtLeast,
        AtMost
    }

    /// @notice One side of a condition.
    /// @param target Whom to ask; the zero address: nobody, `data` is the number itself.
    /// @param data Calldata of a view function that answers a uint256, or the number, ABI-encoded.
    struct Read {
        address target;
        bytes data;
    }

    /// @notice `left` is equal to, at least, or at most `right`.
    /// @param id Names the condition in errors and events.
    /// @param gasLimit Most gas that reading one side may use.
    /// @param open Whether a condition that cannot be read lets the transaction pass.
    struct Condition {
        bytes32 id;
        Read left;
        Comparison comparison;
        Read right;
        uint32 gasLimit;
        bool open;
    }

    /// @dev For what the guard itself does between its look at the gas and the call.
    uint256 private constant GAS_MARGIN = 5_000;

    bool private transient _entered;

    /// @notice An open condition could not be read, and was passed over.
    event InvariantUnchecked(bytes32 indexed id);

    /// @notice A condition does not hold. Both sides are as at the end of the call.
    error InvariantBroken(bytes32 id, uint256 left, uint256 right);
    /// @notice A condition cannot be read, and it is not open.
    error InvariantUnknown(bytes32 id);
    /// @notice The call has less gas left than the condition may need: give it more.
    error InvariantGasTooLow(bytes32 id, uint256 gasLeft, uint256 gasNeeded);

    /// @dev For every external function that could break a condition.
    modifier guarded() {
        bool outermost = !_entered;
        if (outermost) _entered = true;
        _;
        if (outermost) {
            _entered = false;
            _requireInvariants();
        }
    }

    /// @notice The conditions. Must not depend on anything that a user can change.
    /// @dev Not called `invariants`, because Foundry would take it for a test of its own.
    function guardedConditions() public view virtual returns (Condition[] memory);

    function _requireInvariants() private {
        Condition[] memory list = guardedConditions();
        for (uint256 i = 0; i < list.length; ++i) {
            Condition memory condition = list[i];
            (bool leftKnown, uint256 left) = _read(condition, condition.left);
            (bool rightKnown, uint256 right) = _read(condition, condition.right);
            if (!leftKnown || !rightKnown) {
                if (!condition.open) revert InvariantUnknown(condition.id);
                emit InvariantUnchecked(condition.id);
            } else if (!_holds(left, condition.comparison, right)) {
                revert InvariantBroken(condition.id, left, right);
            }
        }
    }

    function _read(Condition memory condition, Read memory read)
        private
        view
        returns (bool known, uint256 value)
    {
        if (read.target == address(0)) return (true, abi.decode(read.data, (uint256)));
        uint256 gasLimit = condition.gasLimit;
        // A call gets at most 63/64 of what is left (EIP-150).
        uint256 gasNeeded = gasLimit * 64 / 63 + GAS_MARGIN;
        if (gasleft() < gasNeeded) revert InvariantGasTooLow(condition.id, gasleft(), gasNeeded);
        return _staticCall(read.target, read.data, gasLimit);
    }

    /// @dev Solidity's own call would copy all of what comes back, however long.
    function _staticCall(address target, bytes memory data, uint256 gasLimit)
        private
        view
        returns (bool known, uint256 value)
    {
        assembly ("memory-safe") {
            let success := staticcall(gasLimit, target, add(data, 0x20), mload(data), 0, 0x20)
            known := and(success, gt(returndatasize(), 0x1f))
            if known { value := mload(0) }
        }
    }

    function _holds(uint256 left, Comparison comparison, uint256 right) private pure returns (bool) {
        if (comparison == Comparison.Equal) return left == right;
        return comparison == Comparison.AtLeast ? left >= right : left <= right;
    }
}
