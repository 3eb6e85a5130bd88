// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrakeModel} from "./model/BrakeModel.sol";

/// @notice A hold shortens no level, and the levels stay nested.
contract HoldNeverShortens is BrakeModel {
    function prove(uint40 delayed, uint40 reduceOnly, uint40 paused, uint8 braked, uint40 until)
        external
        pure
    {
        require(paused <= reduceOnly && reduceOnly <= delayed);
        uint256 newDelayed = _extended(delayed, 1, braked, until);
        uint256 newReduceOnly = _extended(reduceOnly, 2, braked, until);
        uint256 newPaused = _extended(paused, 3, braked, until);
        assert(newDelayed >= delayed && newReduceOnly >= reduceOnly && newPaused >= paused);
        assert(newPaused <= newReduceOnly && newReduceOnly <= newDelayed);
    }
}

/// @notice A hold that the bucket has seconds for leaves no more than half of the budget used.
contract HoldStaysInTheBucket is BrakeModel {
    function prove(uint40 delayed, uint40 time, uint40 until, uint32 used, uint72 idleTimesHalf, uint32 half)
        external
        pure
    {
        require(half <= PERIOD / 2 && used <= half);
        uint256 usedNow = _usedAfter(used, idleTimesHalf);
        uint256 added = _added(delayed, until, time);
        require(added <= half - usedNow);
        assert(usedNow + added <= half);
    }
}

/// @notice What was booked and not served yet is never more than what is used, so a release cannot fail.
contract UnservedIsUsed is BrakeModel {
    function prove(uint40 delayed, uint40 time, uint40 until, uint32 used, uint72 idleTimesHalf)
        external
        pure
    {
        require(delayed <= time || delayed - time <= used);
        // Nothing comes back while a brake holds.
        require(delayed <= time || idleTimesHalf == 0);
        uint256 usedNow = _usedAfter(used, idleTimesHalf) + _added(delayed, until, time);
        uint256 newDelayed = _extended(delayed, 1, 1, until);
        assert(newDelayed <= time || newDelayed - time <= usedNow);
    }
}

/// @notice A pause's tail takes no more than the bucket has left, and ends no earlier than reduce-only did.
contract TailTakesWhatIsLeft is BrakeModel {
    function prove(
        uint40 delayed,
        uint40 reduceOnly,
        uint40 time,
        uint40 pauseUntil,
        uint32 tail,
        uint32 left
    ) external pure {
        // The pause was just taken.
        require(time < pauseUntil && pauseUntil <= reduceOnly && reduceOnly <= delayed);
        uint256 until = _tailUntil(delayed, reduceOnly, pauseUntil, tail, left);
        assert(until == 0 || until > reduceOnly);
        assert(_added(delayed, until, time) <= left);
    }
}

/// @notice A release ends every level, gives back exactly the seconds that were not served, and no more than
/// were used.
contract ReleaseGivesBackTheUnserved is BrakeModel {
    function prove(uint40 delayed, uint40 reduceOnly, uint40 paused, uint40 time, uint32 used) external pure {
        require(paused <= reduceOnly && reduceOnly <= delayed && time < delayed);
        uint256 unserved = delayed - time;
        require(unserved <= used);
        uint256 newUsed = used - unserved;
        assert(newUsed + unserved == used);
        assert(_released(delayed, time) == time);
        assert(_released(reduceOnly, time) <= time && _released(paused, time) <= time);
        assert(_released(paused, time) <= _released(reduceOnly, time));
        assert(_released(delayed, time) >= _released(reduceOnly, time));
    }
}

/// @notice Of what is used no more comes back than the refill of the idle time: idle seconds times half of
/// the budget over the period.
contract RefillIsBounded is BrakeModel {
    function prove(uint32 used, uint72 idleTimesHalf) external pure {
        uint256 usedNow = _usedAfter(used, idleTimesHalf);
        assert(usedNow <= used);
        assert((used - usedNow) * PERIOD <= idleTimesHalf);
    }
}

/// @dev The theorem of the budget, in three steps. Take a span of 30 days. `booked` are the seconds in it that
/// are braked or booked to be, `refills` the sum of idle seconds times half of the budget in it. The account
/// is booked * PERIOD <= used * PERIOD + refills. It holds at the beginning of the span, where booked is what
/// is unserved, by UnservedIsUsed; the first hold of a span that begins without a brake makes it true anew,
/// because used is then at least what it adds.
///
/// @notice Step 1 of the theorem of 30 days: a hold keeps the account.
contract HoldKeepsTheAccount is BrakeModel {
    function prove(uint64 booked, uint32 used, uint128 refills, uint72 idleTimesHalf, uint32 added)
        external
        pure
    {
        require(booked * PERIOD <= used * PERIOD + refills);
        uint256 usedNow = _usedAfter(used, idleTimesHalf);
        // By RefillIsBounded.
        require((used - usedNow) * PERIOD <= idleTimesHalf);
        uint256 all = uint256(refills) + idleTimesHalf;
        assert((uint256(booked) + added) * PERIOD <= (usedNow + added) * PERIOD + all);
    }
}

/// @notice Step 2 of the theorem of 30 days: a release keeps the account.
contract ReleaseKeepsTheAccount is BrakeModel {
    function prove(uint64 booked, uint32 used, uint128 refills, uint32 unserved) external pure {
        require(unserved <= used && unserved <= booked);
        require(booked * PERIOD <= used * PERIOD + refills);
        assert((booked - unserved) * PERIOD <= (used - unserved) * PERIOD + refills);
    }
}

/// @notice The theorem of 30 days: where the account holds, no span of 30 days is braked for more than the
/// budget.
contract NoSpanExceedsTheBudget is BrakeModel {
    function prove(uint64 booked, uint32 used, uint32 braked, uint32 idle, uint32 half) external pure {
        require(half <= PERIOD / 2 && used <= half && braked <= booked);
        // What is not braked is idle, and only that is refilled.
        require(uint256(braked) + idle <= PERIOD);
        require(booked * PERIOD <= used * PERIOD + uint256(idle) * half);
        assert(braked <= 2 * uint256(half));
    }
}
