// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ERC6372Utils} from "@openzeppelin/contracts/utils/ERC6372Utils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {IGuardianRegistry} from "../guardians/IGuardianRegistry.sol";
import {ClaimDesk} from "./ClaimDesk.sol";
import {CoverBook} from "./CoverBook.sol";

/// @title The insurance pool
/// @notice Underwriters deposit for shares (ERC-4626), earn the premiums and bear the losses of the cover
/// that the pool sells. Leaving takes two steps: `requestRedeem`, and after a delay `redeem` or `withdraw`
/// within a time. Until then the shares stay where they are, earn, vote, and bear every loss.
/// @dev Nobody outruns a claim. Let an incident happen at t; it can be claimed until t + w, and the delay is
/// at least w. Who asks to leave at t or later can leave from t + w on, and by then each claim for the
/// incident is open, during which nobody leaves, or closed and borne, or barred. Nor can one keep a request
/// ready for the day: one that is not used in time lapses, also when a claim or the cover in force kept it
/// from being used. (A request that happens to be ripe between an incident and its claim does escape; over
/// time, a share of collect / (delay + collect) of all shares can be ripe at most.)
///
/// Requests always find their assets in the end: what they ask for is not sold as cover again, and all cover
/// in force is over after 52 weeks and the claim window.
///
/// The asset must be a plain ERC-20: one with fees on transfer is refused, one that rebases must not be used.
/// Donations change nothing; shares have six decimals more than the asset, and rounding favours the pool.
contract InsurancePool is ERC4626, ERC20Votes, ClaimDesk {
    using SafeCast for uint256;

    uint8 private constant DECIMALS_OFFSET = 6;

    /// @notice How underwriters leave.
    /// @param delaySeconds From the request to the first moment to redeem; at least the claim window.
    /// @param collectSeconds How long they can redeem from then on.
    struct ExitTerms {
        uint32 delaySeconds;
        uint32 collectSeconds;
    }

    /// @notice A request to leave.
    /// @param shares Shares that are left of it; they cannot be transferred until it has lapsed.
    /// @param redeemableAt Block timestamp from which on they can be redeemed.
    struct Request {
        uint208 shares;
        uint48 redeemableAt;
    }

    uint32 private immutable _delaySeconds;
    uint32 private immutable _collectSeconds;
    mapping(address owner => Request) private _requests;
    uint256 private _requestedShares;

    /// @notice `owner` asked to redeem `shares`, between two block timestamps, instead of what it asked before.
    event RedeemRequested(
        address indexed owner, uint256 shares, uint256 redeemableAtSeconds, uint256 lapsesAtSeconds
    );

    /// @notice The delay is at least the claim window, and there is time to collect.
    error ExitTermsOutOfRange(uint256 delaySeconds, uint256 collectSeconds, uint256 claimWindowSeconds);
    /// @notice Only shares that one has can be requested.
    error RequestExceedsBalance(address owner, uint256 shares, uint256 balance);
    /// @notice Shares that are requested cannot be transferred.
    error SharesRequested(address owner, uint256 requested, uint256 balanceAfter);

    /// @param asset_ What is deposited and paid: a plain ERC-20.
    /// @param owner_ The timelock of governance.
    /// @param registry_ Whose certificates count.
    constructor(
        IERC20 asset_,
        address owner_,
        IGuardianRegistry registry_,
        CoverTerms memory coverTerms_,
        ClaimTerms memory claimTerms_,
        ExitTerms memory exitTerms_
    )
        ERC20("Breakwater Insurance Pool", "bwIP")
        ERC4626(asset_)
        EIP712("Breakwater InsurancePool", "1")
        Ownable(owner_)
        CoverBook(coverTerms_)
        ClaimDesk(registry_, claimTerms_)
    {
        if (exitTerms_.delaySeconds < coverTerms_.claimWindowSeconds || exitTerms_.collectSeconds == 0) {
            revert ExitTermsOutOfRange(
                exitTerms_.delaySeconds, exitTerms_.collectSeconds, coverTerms_.claimWindowSeconds
            );
        }
        _delaySeconds = exitTerms_.delaySeconds;
        _collectSeconds = exitTerms_.collectSeconds;
    }

    /// @notice Asks to redeem `shares` of the caller's, instead of what it asked before; 0 takes that back.
    /// The delay begins anew.
    function requestRedeem(uint256 shares) external {
        uint256 balance = balanceOf(msg.sender);
        if (shares > balance) revert RequestExceedsBalance(msg.sender, shares, balance);
        uint256 redeemableAt = block.timestamp + _delaySeconds;
        _setRequest(msg.sender, Request(shares.toUint208(), uint48(redeemableAt)));
        emit RedeemRequested(msg.sender, shares, redeemableAt, redeemableAt + _collectSeconds);
    }

    /// @notice What `owner` asked to redeem and has not; it may have lapsed.
    function requestOf(address owner) external view returns (Request memory) {
        return _requests[owner];
    }

    /// @notice How underwriters leave.
    function exitTerms() external view returns (ExitTerms memory) {
        return ExitTerms(_delaySeconds, _collectSeconds);
    }

    /// @notice What is requested and not redeemed, in shares.
    function requestedShares() external view returns (uint256) {
        return _requestedShares;
    }

    /// @notice What belongs to the underwriters, in units of the asset: without premiums that are not earned.
    function totalAssets() public view override returns (uint256) {
        return _underwritten();
    }

    /// @notice 0 while a claim is open, and after a total loss; else without limit.
    function maxDeposit(address) public view override returns (uint256) {
        bool isWorthless = totalSupply() != 0 && totalAssets() == 0;
        return openClaimCount() != 0 || isWorthless ? 0 : type(uint256).max;
    }

    /// @notice As `maxDeposit`.
    function maxMint(address receiver) public view override returns (uint256) {
        return maxDeposit(receiver);
    }

    /// @notice What `owner` requested, once the delay is over and until it lapses, as far as the cover in
    /// force allows; 0 while a claim is open. `maxWithdraw` follows from it.
    function maxRedeem(address owner) public view override returns (uint256) {
        Request memory request = _requests[owner];
        if (block.timestamp < request.redeemableAt || _hasLapsed(request) || openClaimCount() != 0) return 0;
        return Math.min(request.shares, convertToShares(_withdrawable()));
    }

    /// @inheritdoc ERC4626
    function deposit(uint256 assets, address receiver) public override nonReentrant returns (uint256) {
        return super.deposit(assets, receiver);
    }

    /// @inheritdoc ERC4626
    function mint(uint256 shares, address receiver) public override nonReentrant returns (uint256) {
        return super.mint(shares, receiver);
    }

    /// @inheritdoc ERC4626
    function withdraw(uint256 assets, address receiver, address owner)
        public
        override
        nonReentrant
        returns (uint256)
    {
        return super.withdraw(assets, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(uint256 shares, address receiver, address owner)
        public
        override
        nonReentrant
        returns (uint256)
    {
        return super.redeem(shares, receiver, owner);
    }

    /// @notice Six more than the asset's.
    function decimals() public view override(ERC20, ERC4626) returns (uint8) {
        return super.decimals();
    }

    /// @notice The block timestamp (ERC-6372).
    function clock() public view override returns (uint48) {
        return Time.timestamp();
    }

    /// @notice "mode=timestamp" (ERC-6372).
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public view override returns (string memory) {
        return ERC6372Utils.timestampClockMode(clock);
    }

    function _withdraw(address caller, address receiver, address owner, uint256 assets, uint256 shares)
        internal
        override
    {
        Request memory request = _requests[owner];
        _setRequest(owner, Request(request.shares - shares.toUint208(), request.redeemableAt));
        super._withdraw(caller, receiver, owner, assets, shares);
    }

    function _transferIn(address from, uint256 assets) internal override {
        _bookIn(from, assets);
    }

    function _transferOut(address to, uint256 assets) internal override {
        _bookOut(to, assets);
    }

    /// @dev Who receives shares and has no delegate becomes its own, so that shares have their vote.
    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
        if (to == address(0)) return;
        if (delegates(to) == address(0)) _delegate(to, to);
        Request memory request = _requests[from];
        if (request.shares == 0) return;
        if (_hasLapsed(request)) {
            _setRequest(from, Request(0, 0));
        } else if (balanceOf(from) < request.shares) {
            revert SharesRequested(from, request.shares, balanceOf(from));
        }
    }

    function _setRequest(address owner, Request memory request) private {
        _requestedShares = _requestedShares - _requests[owner].shares + request.shares;
        _requests[owner] = request;
    }

    function _hasLapsed(Request memory request) private view returns (bool) {
        return block.timestamp > uint256(request.redeemableAt) + _collectSeconds;
    }

    /// @dev Lapsed requests are in it until their owner asks again or transfers: they sell no cover meanwhile.
    function _leaving() internal view override returns (uint256) {
        return _convertToAssets(_requestedShares, Math.Rounding.Ceil);
    }

    function _token() internal view override returns (IERC20) {
        return IERC20(asset());
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return DECIMALS_OFFSET;
    }
}
