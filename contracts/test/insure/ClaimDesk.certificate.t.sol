// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ClaimDesk} from "../../src/insure/ClaimDesk.sol";
import {CoverBook} from "../../src/insure/CoverBook.sol";
import {InsuranceFixture} from "./InsuranceFixture.sol";

/// @notice What a certificate must say, and of whom.
contract ClaimDeskCertificateTest is InsuranceFixture {
    uint256 private coverId;

    function setUp() external {
        _deployInsurance();
        _underwrite(UNA, 1_000_000e6);
        coverId = _buyCover(500_000e6, 10);
        _wait(1 days);
    }

    function test_theIncidentMustHaveHappenedDuringTheCover() external {
        CoverBook.Cover memory cover = pool.coverOf(coverId);
        ClaimDesk.Loss memory loss = _loss(coverId, 1e6);
        // In the second of the purchase, and in the future.
        loss.incidentSeconds = uint64(cover.startSeconds);
        _refuse(loss, _notCovered(loss, cover.startSeconds, block.timestamp + 1));
        loss.incidentSeconds = uint64(block.timestamp + 1);
        _refuse(loss, _notCovered(loss, cover.startSeconds, block.timestamp + 1));
        // In the second of the end, and in the last before it.
        vm.warp(cover.endSeconds + 1);
        loss.deadlineSeconds = uint64(block.timestamp);
        loss.incidentSeconds = uint64(cover.endSeconds);
        _refuse(loss, _notCovered(loss, cover.startSeconds, cover.endSeconds));
        loss.incidentSeconds = uint64(cover.endSeconds - 1);
        _openClaim(loss);
    }

    function test_theIncidentIsClaimedInTime() external {
        ClaimDesk.Loss memory loss = _loss(coverId, 1e6);
        uint256 latest = block.timestamp + CLAIM_WINDOW;
        vm.warp(latest + 1);
        loss.deadlineSeconds = uint64(block.timestamp);
        _refuse(loss, abi.encodeWithSelector(ClaimDesk.ClaimTooLate.selector, latest, block.timestamp));
        vm.warp(latest);
        loss.deadlineSeconds = uint64(block.timestamp - 1);
        _refuse(
            loss,
            abi.encodeWithSelector(ClaimDesk.DeadlinePassed.selector, loss.deadlineSeconds, block.timestamp)
        );
        loss.deadlineSeconds = uint64(block.timestamp);
        _openClaim(loss);
    }

    function test_theCertificateIsForThisLossPoolAndChain() external {
        ClaimDesk.Loss memory loss = _loss(coverId, 200_000e6);
        bytes memory signatures = signaturesOf(QUORUM, pool.hashLoss(loss));
        bytes memory few = signaturesOf(0x03, pool.hashLoss(loss));
        _refuseCertificate(loss, 0x03, few);
        loss.amount = 300_000e6;
        _refuseCertificate(loss, QUORUM, signatures);
        loss.amount = 200_000e6;
        loss.epoch = 2;
        _refuseCertificate(loss, QUORUM, signatures);
        loss.epoch = 1;
        vm.chainId(10);
        _refuseCertificate(loss, QUORUM, signatures);
    }

    function test_theDigestIsEip712() external {
        ClaimDesk.Loss memory loss = _loss(coverId, 7);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Breakwater InsurancePool"),
                keccak256("1"),
                block.chainid,
                address(pool)
            )
        );
        bytes32 struct_ = keccak256(
            abi.encode(
                keccak256(
                    "Loss(uint256 coverId,bytes32 incidentId,uint256 amount,uint64 incidentSeconds,"
                    "uint64 epoch,uint64 deadlineSeconds)"
                ),
                loss.coverId,
                loss.incidentId,
                loss.amount,
                loss.incidentSeconds,
                loss.epoch,
                loss.deadlineSeconds
            )
        );
        vm.assertEq(pool.hashLoss(loss), keccak256(abi.encodePacked(hex"1901", domain, struct_)));
    }

    function _notCovered(ClaimDesk.Loss memory loss, uint256 from, uint256 to)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(ClaimDesk.IncidentNotCovered.selector, loss.incidentSeconds, from, to);
    }

    function _refuse(ClaimDesk.Loss memory loss, bytes memory reason) private {
        bytes memory signatures = signaturesOf(QUORUM, pool.hashLoss(loss));
        vm.expectRevert(reason);
        pool.openClaim(loss, QUORUM, signatures);
    }

    function _refuseCertificate(ClaimDesk.Loss memory loss, uint256 bitmap, bytes memory signatures) private {
        bytes32 digest = pool.hashLoss(loss);
        vm.expectRevert(abi.encodeWithSelector(ClaimDesk.CertificateInvalid.selector, digest));
        pool.openClaim(loss, bitmap, signatures);
    }
}
