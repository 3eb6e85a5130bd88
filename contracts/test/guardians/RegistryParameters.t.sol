// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {RegistryParameters} from "../../src/guardians/RegistryParameters.sol";
import {RegistryFixture} from "./RegistryFixture.sol";

contract RegistryParametersTest is RegistryFixture {
    function setUp() external {
        _deployRegistry();
    }

    function test_areTheOwnersToChange() external {
        RegistryParameters.Parameters memory p = parameters();
        p.minStake = 7;
        vm.expectEmit(address(registry));
        emit RegistryParameters.ParametersSet(p);
        vm.prank(TIMELOCK);
        registry.setParameters(p);
        vm.assertEq(registry.parameters().minStake, 7);

        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        registry.setParameters(p);
    }

    function test_minStake_isSomething() external {
        RegistryParameters.Parameters memory p = parameters();
        p.minStake = 0;
        _refuse(p, "minStake", 0, 1, type(uint96).max);
    }

    function test_unbonding_isTwoWeeksToNinetyDays() external {
        RegistryParameters.Parameters memory p = parameters();
        (p.evidenceSeconds, p.unbondingSeconds) = (3 days, 14 days - 1);
        _refuse(p, "unbondingSeconds", 14 days - 1, 14 days, 90 days);
        p.unbondingSeconds = 90 days + 1;
        _refuse(p, "unbondingSeconds", 90 days + 1, 14 days, 90 days);
        p.unbondingSeconds = 14 days;
        _accept(p);
        p.unbondingSeconds = 90 days;
        _accept(p);
    }

    function test_unbonding_outlastsEvidenceAndOverlap() external {
        RegistryParameters.Parameters memory p = parameters();
        (p.evidenceSeconds, p.overlapSeconds) = (30 days, 1 hours);
        p.unbondingSeconds = 31 days + 1 hours - 1;
        _refuse(p, "unbondingSeconds", 31 days + 1 hours - 1, 31 days + 1 hours, 90 days);
        p.unbondingSeconds = 31 days + 1 hours;
        _accept(p);
    }

    function test_evidence_isTakenForThreeDaysAtLeast() external {
        RegistryParameters.Parameters memory p = parameters();
        p.evidenceSeconds = 3 days - 1;
        _refuse(p, "evidenceSeconds", 3 days - 1, 3 days, 90 days);
        p.evidenceSeconds = 3 days;
        _accept(p);
    }

    function test_overlap_isAnHourAtMost() external {
        RegistryParameters.Parameters memory p = parameters();
        p.overlapSeconds = 1 hours + 1;
        _refuse(p, "overlapSeconds", 1 hours + 1, 0, 1 hours);
        p.overlapSeconds = 0;
        _accept(p);
    }

    function test_slash_isATenthToAll() external {
        RegistryParameters.Parameters memory p = parameters();
        p.slashBps = 999;
        _refuse(p, "slashBps", 999, 1_000, 10_000);
        p.slashBps = 10_001;
        _refuse(p, "slashBps", 10_001, 1_000, 10_000);
        p.slashBps = 1_000;
        _accept(p);
        p.slashBps = 10_000;
        _accept(p);
    }

    function test_bounty_isAFifthAtMost() external {
        RegistryParameters.Parameters memory p = parameters();
        p.reporterBps = 2_001;
        _refuse(p, "reporterBps", 2_001, 0, 2_000);
        p.reporterBps = 2_000;
        _accept(p);
        p.reporterBps = 0;
        _accept(p);
    }

    function test_areCheckedFromTheStart() external {
        GuardianRegistry.Config memory config_ = config(token);
        config_.parameters.slashBps = 0;
        vm.expectRevert(
            abi.encodeWithSelector(
                RegistryParameters.ParameterOutOfRange.selector, "slashBps", 0, 1_000, 10_000
            )
        );
        new GuardianRegistry(config_, guardianList(4), TIMELOCK);
    }

    /// @dev Whatever the owner sets, stake outlasts the time in which it can be slashed.
    function testFuzz_whatIsAcceptedKeepsStakeLongerThanEvidence(
        uint40 unbondingSeconds,
        uint40 evidenceSeconds,
        uint32 overlapSeconds
    ) external {
        RegistryParameters.Parameters memory p = parameters();
        p.unbondingSeconds = uint40(bound(unbondingSeconds, 0, 120 days));
        p.evidenceSeconds = uint40(bound(evidenceSeconds, 0, 120 days));
        p.overlapSeconds = uint32(bound(overlapSeconds, 0, 2 hours));
        vm.prank(TIMELOCK);
        try registry.setParameters(p) {
            vm.assertGe(p.unbondingSeconds, uint256(14 days));
            vm.assertGe(p.unbondingSeconds, uint256(p.evidenceSeconds) + p.overlapSeconds + 1 days);
        } catch {
            p = registry.parameters();
            vm.assertEq(p.unbondingSeconds, 21 days);
        }
    }

    function _accept(RegistryParameters.Parameters memory p) private {
        vm.prank(TIMELOCK);
        registry.setParameters(p);
    }

    function _refuse(
        RegistryParameters.Parameters memory p,
        string memory field,
        uint256 value,
        uint256 min,
        uint256 max
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(RegistryParameters.ParameterOutOfRange.selector, field, value, min, max)
        );
        vm.prank(TIMELOCK);
        registry.setParameters(p);
    }
}
