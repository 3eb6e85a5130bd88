// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Shares that wait before they can be withdrawn
/// @notice With a delay, a provider announces how many of its shares it wants to withdraw; they can be
/// withdrawn once the delay is over, for a day. Meanwhile they earn and lose like all others, and stay with
/// the provider, who cannot transfer them: the wait is for the shares, so it cannot be done ahead with
/// borrowed ones. Requests lapse, so that keeping shares ready to leave takes asking again and again, for all
/// to see, and waiting again each time.
/// @dev The views are ERC-7540's. The rest is not: there, previews must revert and requested shares leave the
/// account, and without a delay a vault must be a plain ERC-4626. A provider that is kept from withdrawing
/// for the whole day, by a brake for example, asks again.
abstract contract WithdrawalRequests is ERC20 {
    using SafeCast for uint256;

    /// @notice How long a request can be used once it is due, in seconds.
    uint256 public constant REQUEST_VALID_SECONDS = 1 days;

    uint256 private constant MAX_DELAY_SECONDS = 30 days;

    /// @dev One slot.
    struct Request {
        uint208 shares;
        uint48 dueAt;
    }

    uint256 private immutable _withdrawalDelaySeconds;
    mapping(address owner => Request) private _requests;

    /// @notice `shares` of `owner` can be withdrawn from `dueAtSeconds` on and before `lapsesAtSeconds`,
    /// block timestamps. 0 shares: it does not want to withdraw any more.
    event RedeemRequested(
        address indexed owner, uint256 shares, uint256 dueAtSeconds, uint256 lapsesAtSeconds
    );

    /// @notice The delay is at most 30 days.
    error WithdrawalDelayOutOfRange(uint256 delaySeconds, uint256 maxSeconds);
    /// @notice Without a delay, shares are withdrawn without a request.
    error RequestNotNeeded();
    /// @notice Nobody asks for more than it has.
    error RequestExceedsBalance(uint256 shares, uint256 balance);
    /// @notice `locked` of the owner's shares wait to be withdrawn and cannot be transferred. A new request,
    /// for fewer or for none, frees the others.
    error SharesLocked(address owner, uint256 value, uint256 balance, uint256 locked);

    /// @param withdrawalDelaySeconds_ From a request to the first withdrawal; 0: no requests.
    constructor(uint256 withdrawalDelaySeconds_) {
        if (withdrawalDelaySeconds_ > MAX_DELAY_SECONDS) {
            revert WithdrawalDelayOutOfRange(withdrawalDelaySeconds_, MAX_DELAY_SECONDS);
        }
        _withdrawalDelaySeconds = withdrawalDelaySeconds_;
    }

    /// @notice Announces that the caller wants to withdraw `shares`. Replaces its last request, due or not.
    function requestRedeem(uint256 shares) external {
        if (_withdrawalDelaySeconds == 0) revert RequestNotNeeded();
        uint256 balance = balanceOf(msg.sender);
        if (shares > balance) revert RequestExceedsBalance(shares, balance);
        uint256 dueAt = block.timestamp + _withdrawalDelaySeconds;
        _requests[msg.sender] = Request(shares.toUint208(), dueAt.toUint48());
        emit RedeemRequested(msg.sender, shares, dueAt, dueAt + REQUEST_VALID_SECONDS);
    }

    /// @notice How long a request waits, in seconds; 0 when shares are withdrawn without one.
    function withdrawalDelaySeconds() public view returns (uint256) {
        return _withdrawalDelaySeconds;
    }

    /// @notice Shares of `owner` that wait.
    /// @param requestId Not used: an owner has one request.
    function pendingRedeemRequest(uint256 requestId, address owner) external view returns (uint256) {
        requestId;
        return block.timestamp < _requests[owner].dueAt ? _requests[owner].shares : 0;
    }

    /// @notice Shares of `owner` that have waited long enough and not too long.
    /// @param requestId Not used: an owner has one request.
    function claimableRedeemRequest(uint256 requestId, address owner) external view returns (uint256) {
        requestId;
        return block.timestamp < _requests[owner].dueAt ? 0 : _lockedShares(owner);
    }

    /// @dev Shares of `owner` that can be withdrawn now, as far as requests go.
    function _withdrawableShares(address owner) internal view returns (uint256) {
        if (_withdrawalDelaySeconds == 0) return balanceOf(owner);
        return block.timestamp < _requests[owner].dueAt ? 0 : _lockedShares(owner);
    }

    /// @dev Takes `shares` off the request of `owner`: they leave now. No more than `_withdrawableShares`.
    function _useRequest(address owner, uint256 shares) internal {
        if (_withdrawalDelaySeconds != 0) _requests[owner].shares -= shares.toUint208();
    }

    function _update(address from, address to, uint256 value) internal virtual override {
        if (_withdrawalDelaySeconds != 0 && from != address(0)) {
            uint256 locked = _lockedShares(from);
            uint256 balance = balanceOf(from);
            if (locked != 0 && value > Math.saturatingSub(balance, locked)) {
                revert SharesLocked(from, value, balance, locked);
            }
        }
        super._update(from, to, value);
    }

    /// @dev What a request that has not lapsed is for.
    function _lockedShares(address owner) private view returns (uint256) {
        Request memory request = _requests[owner];
        return block.timestamp < request.dueAt + REQUEST_VALID_SECONDS ? request.shares : 0;
    }
}
