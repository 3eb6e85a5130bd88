// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";

/// @notice Base of targets that misbehave: they own themselves on behalf of whoever deployed them.
abstract contract HostileTarget {
    address private immutable _owner = msg.sender;

    function owner() external view returns (address) {
        return _owner;
    }
}

/// @notice Takes the brake and does not hold.
contract PretendingTarget is HostileTarget {
    function pauseFor(uint256) external {}

    function isPaused() external pure returns (bool) {
        return false;
    }
}

/// @notice Has nothing to check, so that its fallback answers with no data.
contract SilentTarget is HostileTarget {
    fallback() external {}
}

/// @notice Answers the check with a number that is no boolean.
contract NumberTarget is HostileTarget {
    function pauseFor(uint256) external {}

    function isPaused() external pure returns (uint256) {
        return 2;
    }
}

/// @notice Refuses the check, and says yes while it does.
contract RefusingCheckTarget is HostileTarget {
    function pauseFor(uint256) external {}

    function isPaused() external pure {
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

    function pauseFor(uint256) external view {
        uint256 length = _length;
        assembly ("memory-safe") {
            // Some of it distinct from zero; the memory beyond is not used again.
            mstore(0, not(0))
            revert(0, length)
        }
    }
}

/// @notice Carries the same action again, and one more, while it is being braked.
contract ReenteringTarget is HostileTarget {
    bool private _paused;
    ICircuitBreaker.Action private _next;
    ICircuitBreaker.Certificate private _certificate;
    bytes public failure;

    function prepare(ICircuitBreaker.Action calldata action, ICircuitBreaker.Certificate calldata certificate)
        external
    {
        _next = action;
        _certificate = certificate;
    }

    function pauseFor(uint256) external {
        _paused = true;
        try ICircuitBreaker(msg.sender).execute(_next, _certificate) {}
        catch (bytes memory reason) {
            failure = reason;
        }
    }

    function isPaused() external view returns (bool) {
        return _paused;
    }
}
