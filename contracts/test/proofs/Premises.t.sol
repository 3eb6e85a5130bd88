// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {
    HoldKeepsTheAccount,
    HoldNeverShortens,
    HoldStaysInTheBucket,
    NoSpanExceedsTheBudget,
    RefillIsBounded,
    ReleaseGivesBackTheUnserved,
    ReleaseKeepsTheAccount,
    TailTakesWhatIsLeft,
    UnservedIsUsed
} from "../../proofs/Brake.proof.sol";
import {
    AmountBooksItsShare,
    BookingOnlyPostpones,
    BookingsAddUp,
    BookingsStayInTheWindow,
    CapacityIsHalfACap,
    NoWindowExceedsItsCap
} from "../../proofs/FlowWindow.proof.sol";
import {LooseningHasADirection, MoveIsHalfACap, NoCapNoMove} from "../../proofs/Steward.proof.sol";
import {Test} from "../Test.sol";

/// @notice Properties with premises that nothing meets would be proved of everything. Here is something that
/// meets each: the call returns.
contract PremisesTest is Test {
    uint40 private constant NOW = 1_760_000_000;
    uint32 private constant HALF = 24 hours;
    uint64 private constant TICKS = 1 hours * 1e9;

    function test_ofTheBrake() external {
        // A pause of an hour is prolonged to two.
        new HoldNeverShortens().prove(NOW + 3 hours, NOW + 2 hours, NOW + 1 hours, 3, NOW + 2 hours);
        new HoldStaysInTheBucket()
            .prove(NOW - 1 days, NOW, NOW + 6 hours, HALF / 2, 1 days * uint72(HALF), HALF);
        new UnservedIsUsed().prove(NOW + 1 hours, NOW, NOW + 6 hours, 2 hours, 0);
        new UnservedIsUsed().prove(NOW - 1 hours, NOW, NOW + 6 hours, 2 hours, 1 hours * uint72(HALF));
        new TailTakesWhatIsLeft().prove(NOW + 1 hours, NOW + 1 hours, NOW, NOW + 1 hours, 2 hours, 30 minutes);
        new ReleaseGivesBackTheUnserved().prove(NOW + 3 hours, NOW + 2 hours, NOW + 1 hours, NOW, 5 hours);
        new RefillIsBounded().prove(HALF, 10 days * uint72(HALF));
        new HoldKeepsTheAccount()
            .prove(1 hours, 2 hours, uint128(1 days) * HALF, 10 days * uint72(HALF), 6 hours);
        new ReleaseKeepsTheAccount().prove(3 hours, 2 hours, uint128(2 days) * HALF, 1 hours);
        // Nearly the whole budget.
        new NoSpanExceedsTheBudget().prove(46 hours, HALF, 46 hours, 28 days, HALF);
    }

    function test_ofTheLimiter() external {
        uint64 start = uint64(NOW) * 1e9;
        new BookingOnlyPostpones().prove(start, start + 1, TICKS, 1_000, 10);
        new BookingOnlyPostpones().prove(start, start + 1, TICKS, 1_000, 1_001);
        new AmountBooksItsShare().prove(start, start + 1, TICKS, 1_000, 999);
        new BookingsStayInTheWindow().prove(start, TICKS, 1_000);
        new BookingsAddUp().prove(start, start + 5, start + 3, 5, 7);
        new NoWindowExceedsItsCap().prove(start, start, TICKS, TICKS, start + TICKS);
        new NoWindowExceedsItsCap().prove(start, start + TICKS, TICKS, 2 * TICKS, start + 2 * TICKS);
        new CapacityIsHalfACap().prove(1e12, 2_000, 1e11);
    }

    function test_ofTheSteward() external {
        uint64 start = uint64(NOW) * 1e9;
        new MoveIsHalfACap().prove(start, start + 1, TICKS, 1_000, 1_050, 1_000, 200);
        new NoCapNoMove().prove(start, start + 1, TICKS, 1_000, 1_001);
        new LooseningHasADirection().prove(1_000, 1_001, true);
    }
}
