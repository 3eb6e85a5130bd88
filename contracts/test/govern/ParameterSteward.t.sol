// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IParameterSteward} from "../../src/govern/IParameterSteward.sol";
import {ParameterSteward} from "../../src/govern/ParameterSteward.sol";
import {ParameterStewardGroups} from "../../src/govern/ParameterStewardGroups.sol";
import {IGuardianRegistry} from "../../src/guardians/IGuardianRegistry.sol";
import {ParameterStewardFixture} from "./ParameterStewardFixture.sol";

/// @notice What a certified change can do, what stops it, and what stolen keys are good for.
contract ParameterStewardTest is ParameterStewardFixture {
    function setUp() external {
        _deploySteward();
    }

    function _values(uint256 a, uint256 b) private pure returns (uint256[] memory values) {
        values = new uint256[](2);
        (values[0], values[1]) = (a, b);
    }

    function _error(bytes4 selector, uint256 a, uint256 b) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b);
    }

    // What tightens

    function test_submit_tightensAtOnceAndTogether() external {
        vm.expectEmit(address(steward));
        emit IParameterSteward.ChangeApplied(RISK, _values(10, 500), _values(8, 600));
        _submit(_risk(8, 600));
        _assertRisk(8, 600);
        vm.assertEq(steward.nonceOf(RISK), 2);
        (uint256[] memory values, uint256 until) = steward.revertibleOf(RISK);
        vm.assertEq(abi.encode(values), abi.encode(_values(10, 500)));
        vm.assertEq(until, block.timestamp + REVERT_WINDOW);
    }

    function test_submit_leavesWhatDoesNotChange() external {
        _submit(_risk(10, 550));
        _assertRisk(10, 550);
    }

    // What loosens

    function test_submit_letsWhatLoosensWait() external {
        uint256 from = block.timestamp + LOOSEN_DELAY;
        vm.expectEmit(address(steward));
        emit IParameterSteward.ChangeQueued(RISK, 1, _values(12, 600), from, from + LOOSEN_DELAY);
        // Leverage up loosens, whatever the margin does.
        _submit(_risk(12, 600));
        _assertRisk(10, 500);
        (uint256[] memory values, uint256 enactableAt) = steward.pendingOf(RISK);
        vm.assertEq(abi.encode(values), abi.encode(_values(12, 600)));
        vm.assertEq(enactableAt, from);

        vm.warp(from - 1);
        bytes memory reason = _error(IParameterSteward.ChangeNotDue.selector, from, from + LOOSEN_DELAY);
        vm.expectRevert(reason);
        steward.enact(RISK);
        vm.warp(from + LOOSEN_DELAY);
        vm.expectRevert(reason);
        steward.enact(RISK);
        vm.warp(from);
        vm.prank(CARRIER);
        steward.enact(RISK);
        _assertRisk(12, 600);
        vm.expectRevert(abi.encodeWithSelector(IParameterSteward.ChangeNotQueued.selector, RISK));
        steward.enact(RISK);
    }

    function test_veto_byTheCouncilOrTheOwner() external {
        address[2] memory vetoers = [COUNCIL, OWNER];
        for (uint256 i = 0; i < 2; ++i) {
            _submit(_risk(12, 500));
            vm.expectEmit(address(steward));
            emit IParameterSteward.ChangeDropped(RISK);
            vm.prank(vetoers[i]);
            steward.veto(RISK);
            vm.expectRevert(abi.encodeWithSelector(IParameterSteward.ChangeNotQueued.selector, RISK));
            steward.enact(RISK);
            vm.expectRevert(abi.encodeWithSelector(IParameterSteward.ChangeNotQueued.selector, RISK));
            vm.prank(vetoers[i]);
            steward.veto(RISK);
        }
        vm.expectRevert(abi.encodeWithSelector(IParameterSteward.CallerNotCouncil.selector, CARRIER, COUNCIL));
        vm.prank(CARRIER);
        steward.veto(RISK);
    }

    function test_submit_overtakesWhatWaits() external {
        _submit(_risk(12, 500));
        vm.warp(block.timestamp + LOOSEN_DELAY / 2);
        vm.expectEmit(address(steward));
        emit IParameterSteward.ChangeDropped(RISK);
        _submit(_risk(9, 500));
        _assertRisk(9, 500);
        vm.warp(block.timestamp + LOOSEN_DELAY / 2);
        vm.expectRevert(abi.encodeWithSelector(IParameterSteward.ChangeNotQueued.selector, RISK));
        steward.enact(RISK);
    }

    function test_enact_refusesWhenTheOwnerChangedTheValuesMeanwhile() external {
        IParameterSteward.Change memory change = _risk(12, 500);
        _submit(change);
        market.overrule(11, 500);
        vm.warp(block.timestamp + LOOSEN_DELAY);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParameterSteward.PreviousMismatch.selector,
                change.previousHash,
                keccak256(abi.encodePacked(_values(11, 500)))
            )
        );
        steward.enact(RISK);
    }

    // Bounds

    function test_submit_staysInBounds() external {
        _refuse(
            _risk(0, 500),
            abi.encodeWithSelector(ParameterStewardGroups.ValueOutOfRange.selector, 0, 0, 1, 20)
        );
        _refuse(
            _risk(10, 2_001),
            abi.encodeWithSelector(ParameterStewardGroups.ValueOutOfRange.selector, 1, 2_001, 100, 2_000)
        );
    }

    function test_submit_movesHalfOfTheCapAtOnce() external {
        vm.assertEq(steward.stepLeft(RISK, 0), 5);
        vm.assertEq(steward.stepLeft(RISK, 1), 100);
        bytes4 selector = IParameterSteward.StepTooLarge.selector;
        _refuse(_risk(4, 500), abi.encodeWithSelector(selector, 0, 10, 4, 5));
        _refuse(_risk(16, 500), abi.encodeWithSelector(selector, 0, 10, 16, 5));
        _refuse(_risk(10, 601), abi.encodeWithSelector(selector, 1, 500, 601, 100));
        _submit(_risk(5, 600));
        vm.assertEq(steward.stepLeft(RISK, 0), 0);
        vm.assertEq(steward.stepLeft(RISK, 1), 0);
        vm.warp(block.timestamp + PERIOD / 2);
        vm.assertEq(steward.stepLeft(RISK, 0), 2);
    }

    /// @dev In the smallest steps and as often as can be, a period carries no further than the cap.
    function test_manySmallStepsGoNoFurtherThanTheCap() external {
        uint256 end = block.timestamp + PERIOD;
        while (block.timestamp < end) {
            _refresh();
            uint256 left = steward.stepLeft(CAP, 0);
            if (left > 10_000) left = 10_000;
            uint256 next = market.cap() - left < 100_000 ? 100_000 : market.cap() - left;
            _submit(_cap(next));
            vm.warp(block.timestamp + MIN_DELAY);
        }
        // Half of a million: the cap as a share of the largest value.
        vm.assertGe(market.cap(), 500_000);
        vm.assertLt(market.cap(), 640_000);
    }

    /// @dev To and fro is no way around: both count.
    function test_toAndFroUsesUpTheStep() external {
        _submit(_risk(7, 500));
        vm.warp(block.timestamp + MIN_DELAY);
        _submit(_risk(9, 500));
        vm.warp(block.timestamp + LOOSEN_DELAY);
        steward.enact(RISK);
        // 5 less 3 less 2, and what comes back in a day and an hour: 5 / 7.
        vm.assertEq(steward.stepLeft(RISK, 0), 0);
    }

    function test_submit_waitsBetweenChanges() external {
        _submit(_risk(9, 500));
        uint256 at_ = block.timestamp + MIN_DELAY;
        vm.warp(at_ - 1);
        _refuse(_risk(8, 500), abi.encodeWithSelector(IParameterSteward.ChangeTooEarly.selector, at_));
        vm.warp(at_);
        _submit(_risk(8, 500));
    }

    function test_submit_refusesWhatDoesNotGoTogether() external {
        market.overrule(19, 510);
        _submit(_risk(18, 510));
        vm.warp(block.timestamp + MIN_DELAY);
        // 18 * 560 > 10,000.
        _refuse(
            _risk(18, 560), abi.encodeWithSelector(ParameterStewardGroups.GroupInconsistent.selector, RISK)
        );
        _assertRisk(18, 510);
        _submit(_risk(17, 560));
        _assertRisk(17, 560);
    }

    function test_submit_noticesATargetThatDoesNotListen() external {
        market.setDeaf(true);
        _refuse(_risk(9, 600), abi.encodeWithSelector(IParameterSteward.ValueNotTaken.selector, 1, 600, 500));
        _assertRisk(10, 500);
    }

    function test_submit_needsAValueForEachParameter() external {
        _refuse(_change(RISK, new uint256[](1)), _error(IParameterSteward.ValueCountMismatch.selector, 1, 2));
        _refuse(_change(RISK, new uint256[](3)), _error(IParameterSteward.ValueCountMismatch.selector, 3, 2));
    }

    // Inputs

    function test_submit_freezesOnStaleInputs() external {
        uint256 start = block.timestamp;
        IParameterSteward.Change memory change = _risk(9, 500);
        change.deadlineSeconds = uint64(start + 1 days);
        vm.warp(start + MAX_INPUT_AGE + 1);
        _refuse(
            change,
            abi.encodeWithSelector(
                IParameterSteward.InputStale.selector, start, block.timestamp, MAX_INPUT_AGE
            )
        );
        vm.warp(start + MAX_INPUT_AGE);
        _submit(change);
    }

    function test_submit_refusesInputsOfTheFuture() external {
        IParameterSteward.Change memory change = _risk(9, 500);
        change.inputAtSeconds = uint64(block.timestamp + 1);
        _refuse(
            change,
            abi.encodeWithSelector(
                IParameterSteward.InputStale.selector, block.timestamp + 1, block.timestamp, MAX_INPUT_AGE
            )
        );
    }

    /// @dev Neither way, and not when what waited is enacted.
    function test_aStaleFeedFreezes() external {
        _submit(_cap(1_100_000));
        uint256 updatedAt = block.timestamp;
        vm.warp(block.timestamp + LOOSEN_DELAY);
        bytes memory reason = abi.encodeWithSelector(
            IParameterSteward.InputStale.selector, updatedAt, block.timestamp, MAX_INPUT_AGE
        );
        _refuse(_cap(900_000), reason);
        vm.expectRevert(reason);
        steward.enact(CAP);
        _refresh();
        steward.enact(CAP);
        vm.assertEq(market.cap(), 1_100_000);
    }

    // Certificates

    function test_submit_refusesAReplay() external {
        IParameterSteward.Change memory change = _risk(9, 500);
        _submit(change);
        _refuse(change, _error(IParameterSteward.NonceMismatch.selector, 1, 2));
        // Nor after the values are what they were.
        vm.prank(COUNCIL);
        steward.revertChange(RISK);
        _refuse(change, _error(IParameterSteward.NonceMismatch.selector, 1, 3));
    }

    function test_submit_refusesAfterTheDeadline() external {
        IParameterSteward.Change memory change = _risk(9, 500);
        vm.warp(change.deadlineSeconds + 1);
        _refuse(
            change, _error(IParameterSteward.DeadlinePassed.selector, change.deadlineSeconds, block.timestamp)
        );
        vm.warp(change.deadlineSeconds);
        _submit(change);
    }

    function test_submit_refusesWhatWasMeantForOtherValues() external {
        IParameterSteward.Change memory change = _risk(9, 500);
        market.overrule(10, 510);
        _refuse(
            change,
            abi.encodeWithSelector(
                IParameterSteward.PreviousMismatch.selector,
                change.previousHash,
                keccak256(abi.encodePacked(_values(10, 510)))
            )
        );
    }

    function test_submit_needsAQuorumOfTheEpoch() external {
        IParameterSteward.Change memory change = _risk(9, 500);
        bytes32 digest = steward.hashChange(change);
        bytes memory signatures = signaturesOf(0x03, digest);
        vm.expectRevert(abi.encodeWithSelector(IParameterSteward.CertificateInvalid.selector, digest));
        steward.submit(change, 0x03, signatures);
        change.epoch = 2;
        _refuse(
            change,
            abi.encodeWithSelector(IParameterSteward.CertificateInvalid.selector, steward.hashChange(change))
        );
    }

    /// @dev Signed for another steward or another chain.
    function test_submit_isBoundToStewardAndChain() external {
        IParameterSteward.Change memory change = _risk(9, 500);
        ParameterSteward other = new ParameterSteward(registry, OWNER);
        bytes memory signatures = signaturesOf(QUORUM, other.hashChange(change));
        bytes32 digest = steward.hashChange(change);
        bytes memory reason = abi.encodeWithSelector(IParameterSteward.CertificateInvalid.selector, digest);
        vm.expectRevert(reason);
        steward.submit(change, QUORUM, signatures);
        vm.chainId(1);
        signatures = signaturesOf(QUORUM, steward.hashChange(change));
        vm.chainId(31_337);
        vm.expectRevert(reason);
        steward.submit(change, QUORUM, signatures);
    }

    function testFuzz_submit_needsACertificateOfThisVeryChange(uint256 field) external {
        IParameterSteward.Change memory change = _risk(9, 500);
        bytes memory signatures = signaturesOf(QUORUM, steward.hashChange(change));
        field = bound(field, 0, 3);
        if (field == 0) change.values[0] = 8;
        if (field == 1) change.values[1] = 501;
        if (field == 2) change.inputAtSeconds -= 1;
        if (field == 3) change.deadlineSeconds += 1;
        bytes32 digest = steward.hashChange(change);
        vm.expectRevert(abi.encodeWithSelector(IParameterSteward.CertificateInvalid.selector, digest));
        steward.submit(change, QUORUM, signatures);
    }

    // The council

    function test_revertChange_restoresWhatWas() external {
        _submit(_risk(8, 600));
        vm.warp(block.timestamp + REVERT_WINDOW - 1);
        vm.expectEmit(address(steward));
        emit IParameterSteward.ChangeReverted(RISK, _values(10, 500));
        vm.prank(COUNCIL);
        steward.revertChange(RISK);
        _assertRisk(10, 500);
    }

    function test_revertChange_endsWithItsWindow() external {
        _submit(_risk(8, 600));
        uint256 until = block.timestamp + REVERT_WINDOW;
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IParameterSteward.RevertNotPossible.selector, RISK, until));
        vm.prank(COUNCIL);
        steward.revertChange(RISK);
    }

    function test_revertChange_isForTheCouncil() external {
        _submit(_risk(8, 600));
        address[2] memory others = [OWNER, CARRIER];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IParameterSteward.CallerNotCouncil.selector, others[i], COUNCIL)
            );
            vm.prank(others[i]);
            steward.revertChange(RISK);
        }
    }

    /// @dev With the council's key: one step back, once, and nothing else.
    function test_aStolenCouncilGoesOneStepBackOnce() external {
        vm.startPrank(COUNCIL);
        vm.expectRevert(abi.encodeWithSelector(IParameterSteward.RevertNotPossible.selector, RISK, 0));
        steward.revertChange(RISK);
        vm.stopPrank();
        _submit(_risk(9, 500));
        vm.warp(block.timestamp + MIN_DELAY);
        _submit(_risk(8, 500));
        uint256 until = block.timestamp + REVERT_WINDOW;
        vm.startPrank(COUNCIL);
        steward.revertChange(RISK);
        _assertRisk(9, 500);
        vm.expectRevert(abi.encodeWithSelector(IParameterSteward.RevertNotPossible.selector, RISK, until));
        steward.revertChange(RISK);
        vm.expectRevert();
        steward.setGroup(RISK, _riskGroup());
        vm.expectRevert();
        steward.setCouncil(CARRIER);
        vm.stopPrank();
    }

    function test_revertChange_doesNotOverruleTheOwner() external {
        _submit(_risk(8, 600));
        market.overrule(7, 600);
        vm.expectPartialRevert(IParameterSteward.PreviousMismatch.selector);
        vm.prank(COUNCIL);
        steward.revertChange(RISK);
    }

    /// @dev What the guardians may do next is not more for having been undone.
    function test_revertChange_givesNoStepBack() external {
        _submit(_risk(5, 500));
        vm.prank(COUNCIL);
        steward.revertChange(RISK);
        vm.assertEq(steward.stepLeft(RISK, 0), 0);
    }

    /// @dev Not even to values that the protocol's owner once put out of them.
    function test_revertChange_staysInBounds() external {
        market.overrule(21, 400);
        _submit(_risk(20, 400));
        vm.expectRevert(abi.encodeWithSelector(ParameterStewardGroups.ValueOutOfRange.selector, 0, 21, 1, 20));
        vm.prank(COUNCIL);
        steward.revertChange(RISK);
    }

    function test_setCouncil_isForTheOwner() external {
        vm.expectEmit(address(steward));
        emit IParameterSteward.CouncilSet(CARRIER);
        vm.prank(OWNER);
        steward.setCouncil(CARRIER);
        vm.assertEq(steward.council(), CARRIER);
        vm.expectRevert();
        steward.setCouncil(address(this));
    }

    function test_theRegistryMustBeThere() external {
        vm.assertEq(address(steward.registry()), address(registry));
        vm.expectRevert(abi.encodeWithSelector(IParameterSteward.RegistryMissing.selector, address(1)));
        new ParameterSteward(IGuardianRegistry(address(1)), OWNER);
    }
}
