// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IParameterSteward} from "../../src/govern/IParameterSteward.sol";
import {InvariantTest} from "../Test.sol";
import {ParameterStewardFixture, TunedMarket} from "./ParameterStewardFixture.sol";

/// @notice Guardians who move what they can as far as they can, a council that vetoes and undoes, a feed that
/// comes late, replays, minorities, and time.
contract StewardHandler is ParameterStewardFixture {
    /// @dev One certified move of one parameter.
    struct Move {
        uint256 time;
        uint256 from;
        uint256 to;
    }

    Move[][3] private _moves;
    IParameterSteward.Change private _last;
    uint256 private _now;
    uint256 public changes;
    uint256 public undone;

    constructor() {
        _deploySteward();
        _now = block.timestamp;
    }

    /// @dev Forge resets the clock between calls.
    modifier atCurrentTime() {
        vm.warp(_now);
        vm.roll(_now / 12);
        _;
    }

    function theMarket() external view returns (TunedMarket) {
        return market;
    }

    function movesOf(uint256 parameter) external view returns (Move[] memory) {
        return _moves[parameter];
    }

    /// @notice Half of the time as far as can be, else anywhere.
    function changeRisk(uint256 leverage, uint256 marginBps, bool far) external atCurrentTime {
        leverage = _target(RISK, 0, market.leverage(), leverage, far, 25);
        marginBps = _target(RISK, 1, market.marginBps(), marginBps, far, 2_500);
        _try(_risk(leverage, marginBps));
    }

    function changeCap(uint256 cap, bool far) external atCurrentTime {
        _try(_cap(_target(CAP, 0, market.cap(), cap, far, 4_000_000)));
    }

    function enact(bool risk) external atCurrentTime {
        uint256[3] memory before = _values();
        try steward.enact(risk ? RISK : CAP) {
            _note(before);
        } catch {}
    }

    function replay() external atCurrentTime {
        if (_last.group == 0) return;
        bytes memory signatures = signaturesOf(QUORUM, steward.hashChange(_last));
        try steward.submit(_last, QUORUM, signatures) {
            vm.assertFalse(true, "a change was submitted twice");
        } catch {}
    }

    function changeByMinority(uint256 bitmap) external atCurrentTime {
        bitmap = bound(bitmap, 0, 15);
        if (size(bitmap) > 2) bitmap &= 0x03;
        IParameterSteward.Change memory change = _risk(market.leverage(), market.marginBps());
        bytes memory signatures = signaturesOf(bitmap, steward.hashChange(change));
        try steward.submit(change, bitmap, signatures) {
            vm.assertFalse(true, "a minority changed something");
        } catch {}
    }

    function veto(bool risk) external atCurrentTime {
        vm.prank(COUNCIL);
        try steward.veto(risk ? RISK : CAP) {} catch {}
    }

    /// @notice To exactly the values before, in the window, and once.
    function undo(bool risk) external atCurrentTime {
        bytes32 id = risk ? RISK : CAP;
        (uint256[] memory previous, uint256 until) = steward.revertibleOf(id);
        vm.startPrank(COUNCIL);
        try steward.revertChange(id) {
            ++undone;
            vm.assertLt(block.timestamp, until);
            vm.assertEq(abi.encode(steward.valuesOf(id)), abi.encode(previous));
            try steward.revertChange(id) {
                vm.assertFalse(true, "undone twice");
            } catch {}
        } catch {}
        vm.stopPrank();
    }

    function refresh() external atCurrentTime {
        try feed.submit(1e13) {} catch {}
    }

    function pass(uint256 seconds_) external {
        _now += bound(seconds_, 1, seconds_ % 4 == 0 ? 2 days : 20 minutes);
    }

    function _target(bytes32 id, uint256 index, uint256 value, uint256 random, bool far, uint256 top)
        private
        view
        returns (uint256)
    {
        uint256 left = steward.stepLeft(id, index);
        if (!far) return random % top;
        if (random % 2 == 0) return value + left;
        return value > left ? value - left : 0;
    }

    function _try(IParameterSteward.Change memory change) private {
        uint256[3] memory before = _values();
        bytes memory signatures = signaturesOf(QUORUM, steward.hashChange(change));
        try steward.submit(change, QUORUM, signatures) {
            _last = change;
            _note(before);
        } catch {}
    }

    function _values() private view returns (uint256[3] memory) {
        return [market.leverage(), market.marginBps(), market.cap()];
    }

    function _note(uint256[3] memory before) private {
        uint256[3] memory afterwards = _values();
        for (uint256 i = 0; i < 3; ++i) {
            if (afterwards[i] == before[i]) continue;
            ++changes;
            _moves[i].push(Move(block.timestamp, before[i], afterwards[i]));
        }
    }
}

contract ParameterStewardInvariantTest is InvariantTest {
    uint256 private constant PERIOD = 7 days;

    StewardHandler private handler;
    TunedMarket private market;

    function setUp() external {
        handler = new StewardHandler();
        market = handler.theMarket();
        bytes4[] memory selectors = new bytes4[](10);
        selectors[0] = StewardHandler.changeRisk.selector;
        selectors[1] = StewardHandler.changeCap.selector;
        selectors[2] = StewardHandler.enact.selector;
        selectors[3] = StewardHandler.replay.selector;
        selectors[4] = StewardHandler.changeByMinority.selector;
        selectors[5] = StewardHandler.veto.selector;
        selectors[6] = StewardHandler.undo.selector;
        selectors[7] = StewardHandler.refresh.selector;
        selectors[8] = StewardHandler.pass.selector;
        // Twice, or too little time passes.
        selectors[9] = StewardHandler.pass.selector;
        _target(address(handler), selectors);
    }

    function invariant_valuesStayInBoundsAndGoTogether() external view {
        _assertWithin(market.leverage(), 1, 20);
        _assertWithin(market.marginBps(), 100, 2_000);
        _assertWithin(market.cap(), 100_000, 3_000_000);
        vm.assertTrue(market.isConsistent());
    }

    /// @dev At the end of each run: in any period the moves add up to no more than the cap of the largest value.
    function afterInvariant() external view {
        _assertPace(handler.movesOf(0), 0, 10);
        _assertPace(handler.movesOf(1), 4_000, 800);
        _assertPace(handler.movesOf(2), 5_000, 0);
    }

    function _assertPace(StewardHandler.Move[] memory moves, uint256 capBps, uint256 capAmount) private pure {
        for (uint256 i = 0; i < moves.length; ++i) {
            uint256 sum = 0;
            uint256 largest = 0;
            for (uint256 j = i; j < moves.length && moves[j].time <= moves[i].time + PERIOD; ++j) {
                (uint256 from, uint256 to) = (moves[j].from, moves[j].to);
                sum += from > to ? from - to : to - from;
                if (from > largest) largest = from;
                if (capBps != 0) vm.assertLe(sum, largest * capBps / 10_000, "more than the share");
                if (capAmount != 0) vm.assertLe(sum, capAmount, "more than the amount");
            }
        }
    }

    function _assertWithin(uint256 value, uint256 min, uint256 max) private pure {
        vm.assertGe(value, min);
        vm.assertLe(value, max);
    }
}
