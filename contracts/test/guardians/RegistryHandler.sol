// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {GuardianRewards} from "../../src/guardians/GuardianRewards.sol";
import {VoteEvidence} from "../../src/guardians/VoteEvidence.sol";
import {RegistryFixture} from "./RegistryFixture.sol";

/// @notice Six guardians who stake, leave and return, some of whom vote against the rules; an owner who
/// starts epochs; protocols that pay; time. It keeps its own account of what the registry must hold.
contract RegistryHandler is RegistryFixture {
    uint256 public constant ACTORS = 6;
    /// @dev Votes by the rules, whatever is made of its votes.
    uint256 public constant HONEST = 5;

    struct Actor {
        uint256 deposited;
        uint256 claimed;
        uint256 lost;
        uint256 requestedAt;
        uint256 lastEpoch;
    }

    Actor[6] private _actors;
    /// @dev When what an epoch signs ceases to count, by the epoch's number; 0 while it is in force.
    mapping(uint256 epoch => uint256) private _expiresAt;
    uint256 private _epoch = 1;
    uint256 private _now;
    uint64 private _view = 1;

    uint256 public funded;
    uint256 public withdrawn;

    constructor() {
        _deployRegistry();
        _now = block.timestamp;
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (i < 4) _actors[i].lastEpoch = 1;
            _actors[i].deposited = 2 * uint256(MIN_STAKE);
            _stake(i, _actors[i].deposited);
        }
    }

    /// @dev Forge resets the clock between calls.
    modifier atCurrentTime() {
        vm.warp(_now);
        _;
    }

    function theRegistry() external view returns (GuardianRegistry) {
        return registry;
    }

    function balance() external view returns (uint256) {
        return token.balanceOf(address(registry));
    }

    function actor(uint256 index) external view returns (Actor memory) {
        return _actors[index];
    }

    function stake(uint256 index, uint256 amount) external atCurrentTime {
        (index, amount) = (index % ACTORS, bound(amount, 1, 3 * uint256(MIN_STAKE)));
        _stake(index, amount);
        _actors[index].deposited += amount;
    }

    function requestUnstake(uint256 index, uint256 amount) external atCurrentTime {
        index %= ACTORS;
        (uint256 staked,) = registry.stakeOf(_guardian(index));
        if (staked == 0) return;
        _requestUnstake(index, bound(amount, 1, staked));
        _actors[index].requestedAt = _now;
    }

    /// @notice Nothing comes out before its wait is over, while its owner sits, or while evidence is taken.
    function claim(uint256 index) external atCurrentTime {
        Actor storage one = _actors[index % ACTORS];
        (, uint256 queued) = registry.stakeOf(_guardian(index % ACTORS));
        vm.prank(_guardian(index % ACTORS));
        try registry.claim(_guardian(index % ACTORS)) {
            one.claimed += queued;
            vm.assertGt(_now, one.requestedAt + 21 days);
            if (one.lastEpoch != 0) {
                vm.assertTrue(one.lastEpoch < _epoch, "a guardian that sits got its stake");
                vm.assertGt(_now, _expiresAt[one.lastEpoch] + 14 days);
            }
        } catch {}
    }

    /// @notice A set of those in `members` who can sit.
    function startEpoch(uint256 members) external atCurrentTime {
        address[] memory list = new address[](ACTORS);
        uint256 count = 0;
        for (uint256 i = 0; i < ACTORS; ++i) {
            (uint256 staked,) = registry.stakeOf(_guardian(i));
            if ((members >> i) & 1 == 0 || staked < MIN_STAKE) continue;
            list[count++] = _guardian(i);
            _actors[i].lastEpoch = _epoch + 1;
        }
        if (count == 0) return;
        assembly ("memory-safe") {
            mstore(list, count)
        }
        _startEpoch(list);
        if (_epoch > 1 && _expiresAt[_epoch - 1] > _now) _expiresAt[_epoch - 1] = _now;
        _expiresAt[_epoch++] = _now + 10 minutes;
    }

    /// @notice One of the dishonest is caught, or not: an epoch too old, or one in which it did not sit.
    function slash(uint256 index, uint64 epoch, bool again) external atCurrentTime {
        index %= HONEST;
        epoch = uint64(bound(epoch, 1, _epoch));
        if (!again) ++_view;
        (VoteEvidence.SignedVote memory a, VoteEvidence.SignedVote memory b) = _evidence(index, epoch, _view);
        uint256 held = _held(index);
        bool known = registry.isSlashed(_guardian(index), epoch, _view);
        vm.prank(REPORTER);
        try registry.slash(epoch, _view, a, b) {
            vm.assertFalse(known, "slashed twice");
            vm.assertTrue(epoch == _epoch || _now <= _expiresAt[epoch] + 14 days, "too late");
            _actors[index].lost += held - _held(index);
        } catch {
            vm.assertEq(_held(index), held);
        }
    }

    /// @notice Any two of the votes that an honest guardian may give in a view.
    function accuseTheHonest(uint64 view_, uint256 pair, bool nullified) external atCurrentTime {
        uint64 epoch = uint64(_epoch);
        VoteEvidence.SignedVote[2] memory votes;
        votes[0] = _vote(HONEST, epoch, view_, NOTARIZE, BLOCK_A);
        votes[1] = nullified
            ? _vote(HONEST, epoch, view_, NULLIFY, 0)
            : _vote(HONEST, epoch, view_, FINALIZE, BLOCK_B);
        (VoteEvidence.SignedVote memory a, VoteEvidence.SignedVote memory b) =
            (votes[pair & 1], votes[(pair >> 1) & 1]);
        try registry.slash(epoch, view_, a, b) {
            vm.assertTrue(false, "an honest guardian was slashed");
        } catch {}
    }

    function fund(uint256 amount) external atCurrentTime {
        amount = bound(amount, 1, 100e18);
        _fund(amount);
        funded += amount;
    }

    function shareRewards(uint256 participants, uint64 views) external atCurrentTime {
        uint64 epoch = uint64(_epoch);
        uint256 all = (1 << registry.guardianCount()) - 1;
        uint64 from = registry.nextViewOf(epoch) + views % 3;
        GuardianRewards.Participation memory period =
            GuardianRewards.Participation(epoch, from, from + views % 100, bound(participants, 1, all));
        registry.shareRewards(period, all, _signaturesOfAll(registry.hashParticipation(period)));
    }

    function withdraw(uint256 index) external atCurrentTime {
        address account = index % 7 == 6 ? REPORTER : _guardian(index % 7);
        uint256 owed = registry.owedTo(account);
        if (owed == 0) return;
        registry.withdraw(account);
        withdrawn += owed;
    }

    function payTreasury() external atCurrentTime {
        if (registry.slashedStake() != 0) registry.payTreasury();
    }

    function pass(uint256 seconds_) external {
        _now += bound(seconds_, 1, 20 days);
    }

    /// @notice What everyone could ever take out, added up from the registry's accounts.
    function sumOfClaims() external view returns (uint256 sum) {
        sum = registry.pot() + registry.slashedStake() + registry.owedTo(REPORTER);
        for (uint256 i = 0; i < ACTORS; ++i) {
            sum += _held(i) + registry.owedTo(_guardian(i));
        }
    }

    function heldOf(uint256 index) external view returns (uint256) {
        return _held(index);
    }

    /// @dev Everyone in the set signs, in the order of their bits.
    function _signaturesOfAll(bytes32 digest) private view returns (bytes memory signatures) {
        address[] memory list = registry.guardians();
        for (uint256 i = 0; i < list.length; ++i) {
            for (uint256 j = 0; j < ACTORS; ++j) {
                if (_guardian(j) == list[i]) signatures = bytes.concat(signatures, signatureOf(j, digest));
            }
        }
    }
}
