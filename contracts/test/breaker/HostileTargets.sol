// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";

/// @notice Base of targets that misbehave. They play along until they turn, so that they can be registered,
/// and then take a pause without pausing.
abstract contract HostileTarget {
    address private immutable _owner = msg.sender;
    bool private _hasTurned;
    bool internal _paused;

    function turn() external {
        _hasTurned = true;
    }

    function pauseFor(uint256) external {
        if (_hasTurned) _takePause();
        else _paused = true;
    }

    function isPaused() external view returns (bool) {
        if (_hasTurned) _answer();
        return _paused;
    }

    function owner() external view returns (address) {
        return _owner;
    }

    function _takePause() internal virtual {}

    /// @dev Answers the check in another way than with a boolean.
    function _answer() internal view virtual {}
}

/// @notice Takes the brake and does not hold.
contract PretendingTarget is HostileTarget {}

/// @notice Answers the check with no data, as a fallback does.
contract SilentTarget is HostileTarget {
    function _answer() internal pure override {
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}

/// @notice Answers the check with a number that is no boolean.
contract NumberTarget is HostileTarget {
    function _answer() internal pure override {
        assembly ("memory-safe") {
            mstore(0, 2)
            return(0, 0x20)
        }
    }
}

/// @notice Refuses the check, and says yes while it does.
contract RefusingCheckTarget is HostileTarget {
    function _answer() internal pure override {
        assembly ("memory-safe") {
            mstore(0, 1)
            revert(0, 0x20)
        }
    }
}

/// @notice Refuses, with a reason of the length it was made with.
contract RevertingTarget is HostileTarget {
    uint256 private immutable _length;

    constructor(uint256 length) {
        _length = length;
    }

    function _takePause() internal view override {
        uint256 length = _length;
        assembly ("memory-safe") {
            // Some of it distinct from zero; the memory beyond is not used again.
            mstore(0, not(0))
            revert(0, length)
        }
    }
}

/// @notice Pauses, and returns far too much from everything.
contract BombingTarget is HostileTarget {
    function _takePause() internal override {
        _paused = true;
        assembly ("memory-safe") {
            return(0, 100000)
        }
    }

    function _answer() internal view override {
        bool paused = _paused;
        assembly ("memory-safe") {
            mstore(0, paused)
            return(0, 100000)
        }
    }
}

/// @notice Spends all the gas that it gets.
contract GasBurningTarget is HostileTarget {
    function _takePause() internal pure override {
        while (true) {}
    }
}

/// @notice Carries the same action again, and one more, while it is being braked.
contract ReenteringTarget is HostileTarget {
    ICircuitBreaker.Action private _next;
    IGuardianProof.Certificate private _certificate;
    bytes public failure;

    function prepare(ICircuitBreaker.Action calldata action, IGuardianProof.Certificate calldata certificate)
        external
    {
        _next = action;
        _certificate = certificate;
    }

    function _takePause() internal override {
        _paused = true;
        try ICircuitBreaker(msg.sender).execute(_next, _certificate) {}
        catch (bytes memory reason) {
            failure = reason;
        }
    }
}

/// @notice Answers whatever it is called for as a breaker answers when all went well.
contract RehearsedTarget {
    address public immutable owner = msg.sender;

    fallback() external {
        revert IBrakeRegistrations.Rehearsed(address(this));
    }
}
