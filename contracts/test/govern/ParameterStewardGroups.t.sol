// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IParameterSteward} from "../../src/govern/IParameterSteward.sol";
import {ParameterStewardGroups} from "../../src/govern/ParameterStewardGroups.sol";
import {ParameterStewardFixture, TunedMarket} from "./ParameterStewardFixture.sol";

/// @notice What the owner can set, and what it cannot.
contract ParameterStewardGroupsTest is ParameterStewardFixture {
    function setUp() external {
        _deploySteward();
    }

    function _refuseGroup(ParameterStewardGroups.Group memory group, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(OWNER);
        steward.setGroup(RISK, group);
    }

    function test_setGroup_isSeen() external {
        ParameterStewardGroups.Group memory group = _riskGroup();
        group.minDelaySeconds = 2 hours;
        vm.expectEmit(address(steward));
        emit ParameterStewardGroups.GroupSet(RISK, group);
        vm.prank(OWNER);
        steward.setGroup(RISK, group);
        vm.assertEq(abi.encode(steward.groupOf(RISK)), abi.encode(group));
        vm.assertEq(steward.valuesOf(RISK)[1], 500);
    }

    function test_setGroup_isForTheOwner() external {
        bytes memory reason =
            abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this));
        vm.expectRevert(reason);
        steward.setGroup(RISK, _riskGroup());
        vm.expectRevert(reason);
        steward.removeGroup(RISK);
    }

    /// @dev A group without a name could not claim its parameters.
    function test_setGroup_needsAName() external {
        vm.expectRevert(ParameterStewardGroups.GroupIdMissing.selector);
        vm.prank(OWNER);
        steward.setGroup(0, _riskGroup());
    }

    /// @dev By its setter or by its getter: a parameter is in one group, once.
    function test_setGroup_noParameterIsInTwoGroups() external {
        ParameterStewardGroups.Group memory group = _capGroup();
        bytes4 selector = ParameterStewardGroups.ParameterTaken.selector;
        vm.startPrank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(selector, address(market), TunedMarket.setCap.selector, CAP));
        steward.setGroup("another", group);
        group.parameters[0].setter = TunedMarket.setCapToo.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, address(market), market.cap.selector, CAP));
        steward.setGroup("another", group);

        group = _riskGroup();
        group.parameters[1] = group.parameters[0];
        vm.expectRevert(
            abi.encodeWithSelector(selector, address(market), TunedMarket.setLeverage.selector, RISK)
        );
        steward.setGroup(RISK, group);

        steward.removeGroup(CAP);
        steward.setGroup("another", _capGroup());
        vm.stopPrank();
    }

    function test_setGroup_startsFromWhatIsInBoundsAndConsistent() external {
        market.overrule(21, 400);
        _refuseGroup(
            _riskGroup(),
            abi.encodeWithSelector(ParameterStewardGroups.ValueOutOfRange.selector, 0, 21, 1, 20)
        );
        market.overrule(20, 501);
        _refuseGroup(
            _riskGroup(), abi.encodeWithSelector(ParameterStewardGroups.GroupInconsistent.selector, RISK)
        );
    }

    /// @dev A change that waits rests on the old bounds, and so does one that is signed.
    function test_setGroup_voidsWhatRestsOnTheOldTerms() external {
        IParameterSteward.Change memory signed = _risk(9, 500);
        _submit(_risk(12, 500));
        vm.expectEmit(address(steward));
        emit IParameterSteward.ChangeDropped(RISK);
        vm.prank(OWNER);
        steward.setGroup(RISK, _riskGroup());
        vm.warp(block.timestamp + LOOSEN_DELAY);
        vm.expectRevert(abi.encodeWithSelector(IParameterSteward.ChangeNotQueued.selector, RISK));
        steward.enact(RISK);
        signed.deadlineSeconds += LOOSEN_DELAY;
        _refuse(signed, abi.encodeWithSelector(IParameterSteward.NonceMismatch.selector, 1, 3));

        _submit(_risk(9, 500));
        vm.prank(OWNER);
        steward.setGroup(RISK, _riskGroup());
        (, uint256 until) = steward.revertibleOf(RISK);
        vm.assertEq(until, 0);
        vm.expectPartialRevert(IParameterSteward.RevertNotPossible.selector);
        vm.prank(COUNCIL);
        steward.revertChange(RISK);
    }

    /// @dev Setting a group anew does not give its parameters new room, under whatever name.
    function test_setGroup_doesNotRefillTheSteps() external {
        _submit(_risk(5, 500));
        vm.startPrank(OWNER);
        steward.setGroup(RISK, _riskGroup());
        vm.assertEq(steward.stepLeft(RISK, 0), 0);
        steward.removeGroup(RISK);
        steward.setGroup("another", _riskGroup());
        vm.assertEq(steward.stepLeft("another", 0), 0);
        vm.stopPrank();
    }

    function test_removeGroup_endsTheSteward() external {
        vm.expectEmit(address(steward));
        emit ParameterStewardGroups.GroupRemoved(RISK);
        vm.prank(OWNER);
        steward.removeGroup(RISK);
        bytes memory reason = abi.encodeWithSelector(ParameterStewardGroups.GroupUnknown.selector, RISK);
        vm.expectRevert(reason);
        steward.groupOf(RISK);
        vm.expectRevert(reason);
        steward.enact(RISK);
        vm.expectRevert(reason);
        vm.prank(OWNER);
        steward.removeGroup(RISK);
        vm.expectRevert(reason);
        vm.prank(COUNCIL);
        steward.revertChange(RISK);
    }

    function test_setGroup_refusesNonsense() external {
        ParameterStewardGroups.Group memory group = _riskGroup();
        group.parameters[0].min = 21;
        _refuseGroup(group, abi.encodeWithSelector(ParameterStewardGroups.BoundsInverted.selector, 0, 21, 20));
        group = _riskGroup();
        group.parameters[0].maxStep = 0;
        _refuseGroup(group, abi.encodeWithSelector(ParameterStewardGroups.StepOutOfRange.selector, 0, 0, 0));
        group = _riskGroup();
        group.parameters[1].maxStepBps = 10_001;
        _refuseGroup(
            group, abi.encodeWithSelector(ParameterStewardGroups.StepOutOfRange.selector, 1, 10_001, 800)
        );
        bytes memory missing = abi.encodeWithSelector(ParameterStewardGroups.SelectorMissing.selector);
        group = _riskGroup();
        group.check = 0;
        _refuseGroup(group, missing);
        group = _riskGroup();
        group.parameters[1].setter = 0;
        _refuseGroup(group, missing);
        group = _riskGroup();
        group.parameters[1].getter = 0;
        _refuseGroup(group, missing);

        bytes4 selector = ParameterStewardGroups.ParameterCountOutOfRange.selector;
        group.parameters = new ParameterStewardGroups.Parameter[](0);
        _refuseGroup(group, abi.encodeWithSelector(selector, 0, 8));
        group.parameters = new ParameterStewardGroups.Parameter[](9);
        _refuseGroup(group, abi.encodeWithSelector(selector, 9, 8));
    }

    function test_setGroup_refusesSenselessDurations() external {
        bytes4 selector = ParameterStewardGroups.SecondsOutOfRange.selector;
        uint32 tooLong = 365 days + 1;
        ParameterStewardGroups.Group memory group = _riskGroup();
        group.minDelaySeconds = tooLong;
        _refuseGroup(group, abi.encodeWithSelector(selector, tooLong, 0, 365 days));
        group = _riskGroup();
        group.loosenDelaySeconds = 0;
        _refuseGroup(group, abi.encodeWithSelector(selector, 0, 1, 365 days));
        group = _riskGroup();
        group.revertWindowSeconds = MIN_DELAY + 1;
        _refuseGroup(group, abi.encodeWithSelector(selector, MIN_DELAY + 1, 0, MIN_DELAY));
        group = _riskGroup();
        group.maxInputAgeSeconds = 0;
        _refuseGroup(group, abi.encodeWithSelector(selector, 0, 1, 365 days));
        group = _riskGroup();
        group.parameters[0].periodSeconds = 0;
        _refuseGroup(group, abi.encodeWithSelector(selector, 0, 1, 365 days));
    }
}
