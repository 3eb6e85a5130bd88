// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {ClaimDesk} from "../../src/insure/ClaimDesk.sol";
import {CoverBook} from "../../src/insure/CoverBook.sol";
import {InsurancePool} from "../../src/insure/InsurancePool.sol";
import {InsuranceFixture} from "./InsuranceFixture.sol";

/// @notice Underwriters, buyers, losses, challengers, an owner who decides or does not, donors, and time.
contract PoolHandler is InsuranceFixture {
    uint256 private constant UNDERWRITERS = 3;
    uint256 private constant MAX_COVERS = 40;
    /// @dev Of what happened, the latest few are chosen from: else little would be in time.
    uint256 private constant RECENT = 3;

    ClaimDesk.Loss[] private _losses;
    uint256 private _now;

    /// @notice When each underwriter asked to leave last.
    mapping(address owner => uint256) public askedAt;
    /// @notice Tokens given away to the pool, which count for nothing.
    uint256 public donated;
    uint256 public paidClaims;
    uint256 public redemptions;

    constructor() {
        _deployInsurance();
        _now = block.timestamp;
        _underwrite(underwriter(0), 1_000_000e6);
    }

    /// @dev Forge resets the clock between calls.
    modifier atCurrentTime() {
        vm.warp(_now);
        _;
    }

    function setClock() external {
        vm.warp(_now);
    }

    function thePool() external view returns (InsurancePool, TestDollar) {
        return (pool, usd);
    }

    function underwriter(uint256 who) public pure returns (address) {
        return address(uint160(0x0D0 + who % UNDERWRITERS));
    }

    function protocol() external pure returns (address) {
        return PROTOCOL;
    }

    function deposit(uint256 who, uint256 assets) external atCurrentTime {
        address account = underwriter(who);
        assets = bound(assets, 1, 1_000_000e6);
        _fund(account, assets);
        uint256 price = pool.convertToAssets(1e30);
        vm.prank(account);
        try pool.deposit(assets, account) {
            vm.assertEq(pool.openClaimCount(), 0, "a deposit while a claim is open");
            vm.assertGe(pool.convertToAssets(1e30), price);
        } catch {
            vm.assertEq(pool.maxDeposit(account), 0, "a deposit was refused without a reason");
        }
    }

    function requestRedeem(uint256 who, uint256 shares) external atCurrentTime {
        address account = underwriter(who);
        _request(account, bound(shares, 0, pool.balanceOf(account)));
        askedAt[account] = _now;
    }

    /// @dev Mostly when it is possible: time passes until the request is ripe.
    function redeem(uint256 who, uint256 shares, uint256 patience) external atCurrentTime {
        address account = underwriter(who);
        uint256 ripeAt = pool.requestOf(account).redeemableAt;
        if (patience % 4 != 0 && ripeAt > _now) _now = ripeAt + patience % COLLECT;
        vm.warp(_now);
        uint256 limit = pool.maxRedeem(account);
        shares = bound(shares, 0, limit * 5 / 4);
        uint256 price = pool.convertToAssets(1e30);
        vm.prank(account);
        try pool.redeem(shares, account, account) {
            vm.assertLe(shares, limit);
            vm.assertGe(pool.convertToAssets(1e30), price);
            if (shares != 0) _assertNobodyOutran(account);
        } catch {
            vm.assertTrue(shares > limit, "a redemption was refused without a reason");
        }
    }

    function transfer(uint256 from, uint256 to, uint256 shares) external atCurrentTime {
        address sender = underwriter(from);
        shares = bound(shares, 0, pool.balanceOf(sender));
        vm.prank(sender);
        try pool.transfer(underwriter(to), shares) {} catch {}
    }

    function buyCover(uint256 amount, uint256 weeks_) external atCurrentTime {
        uint256 capacity = pool.capacityFor(PROTOCOL);
        if (capacity == 0 || pool.coverCount() == MAX_COVERS) return;
        uint256 price = pool.convertToAssets(1e30);
        _buyCover(uint128(bound(amount, 1, capacity / 2 + 1)), bound(weeks_, 4, 51));
        vm.assertGe(pool.convertToAssets(1e30), price);
    }

    /// @notice Something happens to the protocol now, which may be claimed later.
    function suffer(uint256 coverId, uint256 amount) external atCurrentTime {
        if (pool.coverCount() == 0) return;
        ClaimDesk.Loss memory loss =
            _loss(_recent(pool.coverCount(), coverId) + 1, bound(amount, 1, 600_000e6));
        loss.deadlineSeconds = type(uint64).max;
        _losses.push(loss);
    }

    function openClaim(uint256 index) external atCurrentTime {
        if (_losses.length == 0) return;
        ClaimDesk.Loss memory loss = _losses[_recent(_losses.length, index)];
        bytes memory signatures = signaturesOf(QUORUM, pool.hashLoss(loss));
        _fund(CLAIMANT, loss.amount);
        bool isDue = _isClaimable(loss);
        vm.prank(CLAIMANT);
        try pool.openClaim(loss, QUORUM, signatures) {
            vm.assertTrue(isDue, "a loss was claimed that could not be");
        } catch {
            vm.assertFalse(isDue, "a claim was refused without a reason");
        }
    }

    function challenge(uint256 claimId) external atCurrentTime {
        claimId = _openClaimFrom(claimId);
        ClaimDesk.Claim memory claim = pool.claimOf(claimId);
        _fund(CHALLENGER, claim.bond);
        vm.prank(CHALLENGER);
        try pool.challenge(claimId) {} catch {}
    }

    function decide(uint256 claimId, bool isJust) external atCurrentTime {
        claimId = _openClaimFrom(claimId);
        uint256[3] memory before = _worths();
        uint256 assets = pool.totalAssets();
        try pool.decide(claimId, isJust) {
            if (isJust) _assertBorneByAll(before, assets);
            else vm.assertEq(pool.totalAssets(), assets);
        } catch {}
    }

    function settle(uint256 claimId, uint256 patience) external atCurrentTime {
        claimId = _openClaimFrom(claimId);
        uint256 due = pool.claimOf(claimId).dueSeconds;
        if (patience % 2 == 0 && due > _now) _now = due;
        vm.warp(_now);
        uint256[3] memory before = _worths();
        uint256 assets = pool.totalAssets();
        try pool.settle(claimId) {
            if (pool.claimOf(claimId).state == ClaimDesk.ClaimState.Paid) _assertBorneByAll(before, assets);
            else vm.assertEq(pool.totalAssets(), assets);
        } catch {}
    }

    /// @notice Tries all: somebody always does.
    function releaseCovers() external atCurrentTime {
        for (uint256 i = 1; i <= pool.coverCount(); ++i) {
            CoverBook.Cover memory cover = pool.coverOf(i);
            bool isOver = block.timestamp > cover.endSeconds + CLAIM_WINDOW && cover.openClaims == 0;
            try pool.releaseCover(i) {
                vm.assertTrue(isOver, "cover was released that could still be claimed");
            } catch {
                vm.assertTrue(!isOver || cover.protocol == address(0), "cover that is over was not released");
            }
        }
    }

    function payCredits() external atCurrentTime {
        pool.payCredit(BENEFICIARY);
        pool.payCredit(CLAIMANT);
        pool.payCredit(CHALLENGER);
    }

    function donate(uint256 amount) external atCurrentTime {
        amount = bound(amount, 1, 1_000_000e6);
        uint256 price = pool.convertToAssets(1e30);
        usd.mint(address(pool), amount);
        donated += amount;
        vm.assertEq(pool.convertToAssets(1e30), price, "a donation moved the share price");
    }

    function pass(uint256 seconds_) external {
        _now += bound(seconds_, 1, 3 days);
    }

    /// @notice Credits of all who can have any.
    function credits() external view returns (uint256) {
        return pool.creditOf(BENEFICIARY) + pool.creditOf(CLAIMANT) + pool.creditOf(CHALLENGER);
    }

    /// @dev Who leaves now asked before everything that can still be claimed.
    function _assertNobodyOutran(address owner) private {
        vm.assertEq(pool.openClaimCount(), 0, "somebody left while a claim was open");
        ++redemptions;
        for (uint256 i = 0; i < _losses.length; ++i) {
            if (!_isClaimable(_losses[i])) continue;
            vm.assertTrue(askedAt[owner] < _losses[i].incidentSeconds, "a claim was outrun");
        }
    }

    /// @dev Each share, requested or not, is worth less by the same part.
    function _assertBorneByAll(uint256[3] memory before, uint256 assets) private {
        ++paidClaims;
        uint256 left = pool.totalAssets();
        for (uint256 i = 0; i < UNDERWRITERS; ++i) {
            uint256 worth = pool.convertToAssets(pool.balanceOf(underwriter(i)));
            vm.assertApproxEqAbs(worth, before[i] * (left + 1) / (assets + 1), 2);
        }
    }

    /// @dev Index of one of the latest of `count`, which is not 0.
    function _recent(uint256 count, uint256 seed) private pure returns (uint256) {
        return count - 1 - seed % (count < RECENT ? count : RECENT);
    }

    /// @dev A claim that is not closed if there is one; at times any.
    function _openClaimFrom(uint256 seed) private view returns (uint256) {
        uint256 count = pool.claimCount();
        if (seed % 8 == 0) return bound(seed, 0, count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 claimId = (seed % count + i) % count + 1;
            ClaimDesk.ClaimState state = pool.claimOf(claimId).state;
            if (state == ClaimDesk.ClaimState.Open || state == ClaimDesk.ClaimState.Challenged) {
                return claimId;
            }
        }
        return 0;
    }

    function _worths() private view returns (uint256[3] memory worths) {
        for (uint256 i = 0; i < UNDERWRITERS; ++i) {
            worths[i] = pool.convertToAssets(pool.balanceOf(underwriter(i)));
        }
    }

    function _isClaimable(ClaimDesk.Loss memory loss) private view returns (bool) {
        CoverBook.Cover memory cover = pool.coverOf(loss.coverId);
        return cover.amount != 0 && loss.incidentSeconds > cover.startSeconds
            && loss.incidentSeconds < cover.endSeconds && !pool.isClaimed(loss.coverId, loss.incidentId)
            && block.timestamp <= loss.incidentSeconds + CLAIM_WINDOW;
    }
}
