// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {VoteEvidence} from "../../src/guardians/VoteEvidence.sol";
import {Guardians} from "./Guardians.sol";
import {StakeToken} from "./StakeTokens.sol";

/// @notice A registry in its first epoch, with guardians 0 to 3, and what is done with it.
abstract contract RegistryFixture is Guardians {
    uint8 internal constant NOTARIZE = VoteEvidence.NOTARIZE;
    uint8 internal constant NULLIFY = VoteEvidence.NULLIFY;
    uint8 internal constant FINALIZE = VoteEvidence.FINALIZE;
    bytes32 internal constant BLOCK_A = keccak256("block A");
    bytes32 internal constant BLOCK_B = keccak256("block B");
    uint256 internal constant GENESIS_SECONDS = 1_760_000_000;
    /// @dev Guardians 0, 1 and 2 of 4.
    uint256 internal constant QUORUM = 0x07;
    address internal constant REPORTER = address(0x4E90);

    StakeToken internal token;
    GuardianRegistry internal registry;

    function _deployRegistry() internal {
        vm.warp(GENESIS_SECONDS);
        token = new StakeToken();
        registry = new GuardianRegistry(config(token), guardianList(4), TIMELOCK);
    }

    function _guardian(uint256 index) internal pure returns (address) {
        return vm.addr(key(index));
    }

    /// @notice Mints `amount` to `from` and has it stake that for `guardian`.
    function _stakeFrom(address from, address guardian, uint256 amount) internal {
        token.mint(from, amount);
        vm.startPrank(from);
        token.approve(address(registry), amount);
        registry.stake(guardian, amount);
        vm.stopPrank();
    }

    function _stake(uint256 index, uint256 amount) internal {
        _stakeFrom(_guardian(index), _guardian(index), amount);
    }

    /// @notice Gives each of the first `count` guardians the minimum stake.
    function _stakeAll(uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) {
            _stake(i, MIN_STAKE);
        }
    }

    function _fund(uint256 amount) internal {
        token.mint(address(this), amount);
        token.approve(address(registry), amount);
        registry.fundRewards(amount);
    }

    function _requestUnstake(uint256 index, uint256 amount) internal {
        vm.prank(_guardian(index));
        registry.requestUnstake(_guardian(index), amount);
    }

    function _claim(uint256 index) internal {
        vm.prank(_guardian(index));
        registry.claim(_guardian(index));
    }

    function _startEpoch(address[] memory list) internal {
        vm.prank(TIMELOCK);
        registry.startEpoch(list);
    }

    /// @notice A vote that a guardian signed in `epoch`.
    function _vote(uint256 index, uint64 epoch, uint64 view_, uint8 kind, bytes32 digest)
        internal
        view
        returns (VoteEvidence.SignedVote memory)
    {
        (bytes32 r, bytes32 vs) = vm.signCompact(key(index), registry.hashVote(epoch, view_, kind, digest));
        return VoteEvidence.SignedVote(kind, digest, r, vs);
    }

    /// @notice Two conflicting NOTARIZE of a guardian.
    function _evidence(uint256 index, uint64 epoch, uint64 view_)
        internal
        view
        returns (VoteEvidence.SignedVote memory a, VoteEvidence.SignedVote memory b)
    {
        a = _vote(index, epoch, view_, NOTARIZE, BLOCK_A);
        b = _vote(index, epoch, view_, NOTARIZE, BLOCK_B);
    }

    /// @notice Has the reporter hand in evidence about a guardian.
    function _slash(uint256 index, uint64 epoch, uint64 view_) internal {
        (VoteEvidence.SignedVote memory a, VoteEvidence.SignedVote memory b) = _evidence(index, epoch, view_);
        vm.prank(REPORTER);
        registry.slash(epoch, view_, a, b);
    }

    /// @notice As `_slash`, expecting it to be refused with `reason`.
    function _refuseSlash(uint256 index, uint64 epoch, uint64 view_, bytes memory reason) internal {
        (VoteEvidence.SignedVote memory a, VoteEvidence.SignedVote memory b) = _evidence(index, epoch, view_);
        vm.expectRevert(reason);
        registry.slash(epoch, view_, a, b);
    }

    function _held(uint256 index) internal view returns (uint256) {
        (uint256 staked, uint256 queued) = registry.stakeOf(_guardian(index));
        return staked + queued;
    }

    /// @notice The balance, all of it, is what the registry says it holds for others.
    function _assertSolvent() internal view {
        vm.assertEq(token.balanceOf(address(registry)), registry.liabilities());
    }
}
