// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {LendingParameters} from "../../examples/LendingParameters.sol";
import {RiskGroup} from "../../examples/RiskGroup.sol";
import {IParameterSteward} from "../../src/govern/IParameterSteward.sol";
import {ParameterSteward} from "../../src/govern/ParameterSteward.sol";
import {ParameterStewardGroups} from "../../src/govern/ParameterStewardGroups.sol";
import {LendingFixture} from "./LendingFixture.sol";

/// @notice The lending market's parameters in the hands of guardians, inside bounds.
/// forge-config: default.isolate = true
contract RiskGroupTest is LendingFixture {
    address private constant COUNCIL = address(0xC0);

    ParameterSteward private steward;

    function setUp() external {
        _deployLending();
        steward = new ParameterSteward(registry, OWNER);
        vm.startPrank(OWNER);
        RiskGroup.hand(steward, market, feed);
        steward.setCouncil(COUNCIL);
        vm.stopPrank();
    }

    function _submit(uint256 borrowLimitBps, uint256 debtCap, bytes4 refusal) private {
        uint256[] memory values = new uint256[](2);
        (values[0], values[1]) = (borrowLimitBps, debtCap);
        IParameterSteward.Change memory change = IParameterSteward.Change({
            group: RiskGroup.RISK,
            values: values,
            previousHash: keccak256(abi.encodePacked(steward.valuesOf(RiskGroup.RISK))),
            nonce: steward.nonceOf(RiskGroup.RISK),
            epoch: 1,
            inputAtSeconds: uint64(block.timestamp),
            deadlineSeconds: uint64(block.timestamp + 60)
        });
        bytes memory signatures = signaturesOf(QUORUM, steward.hashChange(change));
        if (refusal != 0) vm.expectPartialRevert(refusal);
        vm.prank(CARRIER);
        steward.submit(change, QUORUM, signatures);
    }

    function _assertParameters(uint256 borrowLimitBps, uint256 debtCap) private view {
        vm.assertEq(market.borrowLimitBps(), borrowLimitBps);
        vm.assertEq(market.debtCap(), debtCap);
    }

    function test_tightensAtOnceAndTheCouncilUndoesIt() external {
        _submit(6_500, 8_000_000e6, 0);
        _assertParameters(6_500, 8_000_000e6);
        vm.prank(COUNCIL);
        steward.revertChange(RiskGroup.RISK);
        _assertParameters(7_000, 10_000_000e6);
    }

    function test_loosensAfterADay() external {
        _submit(7_200, 10_000_000e6, 0);
        _assertParameters(7_000, 10_000_000e6);
        pass(1, 1 days);
        feed.submit(4_000e8);
        steward.enact(RiskGroup.RISK);
        _assertParameters(7_200, 10_000_000e6);
    }

    function test_staysInBoundsAndAtItsPace() external {
        _submit(4_999, 10_000_000e6, ParameterStewardGroups.ValueOutOfRange.selector);
        _submit(6_499, 10_000_000e6, IParameterSteward.StepTooLarge.selector);
        _assertParameters(7_000, 10_000_000e6);
    }

    function test_doesNothingWhileTheFeedIsOld() external {
        pass(1, 1 hours + 1);
        _submit(6_500, 10_000_000e6, IParameterSteward.InputStale.selector);
    }

    function test_obeysTheStewardAlone() external {
        vm.expectRevert(
            abi.encodeWithSelector(LendingParameters.CallerNotSteward.selector, OWNER, address(steward))
        );
        vm.prank(OWNER);
        market.setDebtCap(1);
    }
}
