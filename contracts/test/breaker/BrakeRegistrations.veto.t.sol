// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";
import {ChangeFixture} from "./ChangeFixture.sol";

/// @notice How guardians stop a change of a registration.
contract BrakeRegistrationsVetoTest is ChangeFixture {
    function _veto() private view returns (IBrakeRegistrations.Veto memory) {
        (bytes32 changeHash,) = _pending();
        return IBrakeRegistrations.Veto(address(target), changeHash, 1, uint64(block.timestamp + 60));
    }

    function _carry(IBrakeRegistrations.Veto memory veto) private {
        IGuardianProof.Certificate memory certificate = _certified(breaker.hashVeto(veto), QUORUM);
        vm.prank(CARRIER);
        breaker.vetoChange(veto, certificate);
    }

    function _refuseVeto(IBrakeRegistrations.Veto memory veto, bytes memory reason) private {
        IGuardianProof.Certificate memory certificate = _certified(breaker.hashVeto(veto), QUORUM);
        vm.expectRevert(reason);
        breaker.vetoChange(veto, certificate);
    }

    function test_veto_stopsAChangeByAnyCarrier() external {
        _change(NEXT_HASH, _armed());
        IBrakeRegistrations.Veto memory veto = _veto();
        vm.expectEmit(address(breaker));
        emit IBrakeRegistrations.ChangeVetoed(address(target), veto.changeHash, 1, CARRIER);
        _carry(veto);
        vm.warp(block.timestamp + ARM_DELAY_SECONDS);
        vm.expectPartialRevert(IBrakeRegistrations.ChangeMismatch.selector);
        breaker.applyChange(address(target), NEXT_HASH, _armed());
        _assertInForce(SPEC_HASH, _armed());
    }

    function test_veto_countsByTheGroupKey() external {
        _change(NEXT_HASH, _armed());
        IBrakeRegistrations.Veto memory veto = _veto();
        IGuardianProof.GroupSignature memory signature = _groupSigned(breaker.hashVeto(veto));
        IBrakeRegistrations.Veto memory other = _veto();
        other.deadlineSeconds += 1;
        bytes32 digest = breaker.hashVeto(other);
        vm.expectRevert(abi.encodeWithSelector(IGuardianProof.GroupSignatureInvalid.selector, digest));
        breaker.vetoChangeGroup(other, signature);
        breaker.vetoChangeGroup(veto, signature);
        (bytes32 changeHash,, uint256 vetoes) = breaker.pendingChangeOf(address(target));
        vm.assertEq(changeHash, 0);
        vm.assertEq(vetoes, 1);
    }

    function test_veto_isBound() external {
        _change(NEXT_HASH, _armed());
        IBrakeRegistrations.Veto memory veto = _veto();
        bytes32 digest = breaker.hashVeto(veto);
        IGuardianProof.Certificate memory minority = _certified(digest, 0x03);
        vm.expectRevert(abi.encodeWithSelector(IGuardianProof.CertificateInvalid.selector, digest));
        breaker.vetoChange(veto, minority);

        bytes32 announced = veto.changeHash;
        veto.changeHash = keccak256("another change");
        bytes4 selector = IBrakeRegistrations.ChangeMismatch.selector;
        _refuseVeto(veto, abi.encodeWithSelector(selector, veto.changeHash, announced));
        veto = _veto();
        veto.target = address(_deployTarget());
        _refuseVeto(veto, abi.encodeWithSelector(selector, announced, bytes32(0)));
        veto = _veto();
        veto.epoch = 2;
        _refuseVeto(veto, abi.encodeWithSelector(IGuardianProof.EpochMismatch.selector, 2, 1));
        veto = _veto();
        vm.warp(veto.deadlineSeconds + 1);
        _refuseVeto(
            veto,
            abi.encodeWithSelector(
                IBrakeRegistrations.DeadlinePassed.selector, veto.deadlineSeconds, block.timestamp
            )
        );
        vm.warp(veto.deadlineSeconds);
        _carry(veto);
    }

    /// @dev The same change, announced again, is another one.
    function test_veto_countsOnce() external {
        _change(NEXT_HASH, _armed());
        IBrakeRegistrations.Veto memory veto = _veto();
        _carry(veto);
        bytes4 selector = IBrakeRegistrations.ChangeMismatch.selector;
        _refuseVeto(veto, abi.encodeWithSelector(selector, veto.changeHash, bytes32(0)));
        _change(NEXT_HASH, _armed());
        (bytes32 changeHash,) = _pending();
        _refuseVeto(veto, abi.encodeWithSelector(selector, veto.changeHash, changeHash));
    }

    function test_veto_makesTheNextWaitTwiceAsLongAndHasAnEnd() external {
        for (uint256 vetoes = 0; vetoes < 3; ++vetoes) {
            _change(NEXT_HASH, _armed());
            (, uint256 until) = _pending();
            vm.assertEq(until, block.timestamp + (uint256(ARM_DELAY_SECONDS) << vetoes));
            _carry(_veto());
        }
        uint256 effectiveAt = block.timestamp + 8 * ARM_DELAY_SECONDS;
        vm.expectEmit(address(breaker));
        emit IBrakeRegistrations.ChangeAnnounced(
            address(target),
            _hashOf(NEXT_HASH, _armed(), effectiveAt),
            NEXT_HASH,
            _armed(),
            effectiveAt,
            false
        );
        _change(NEXT_HASH, _armed());
        _refuseVeto(_veto(), abi.encodeWithSelector(IBrakeRegistrations.VetoesExhausted.selector, 3));
        vm.warp(effectiveAt);
        breaker.applyChange(address(target), NEXT_HASH, _armed());
        // Then all begins anew.
        _change(SPEC_HASH, _armed());
        (,, uint256 count) = breaker.pendingChangeOf(address(target));
        vm.assertEq(count, 0);
        _carry(_veto());
    }
}
