// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IParameterSteward} from "../../src/govern/IParameterSteward.sol";
import {ParameterSteward} from "../../src/govern/ParameterSteward.sol";
import {ParameterStewardGroups} from "../../src/govern/ParameterStewardGroups.sol";
import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {AggregatorV3Interface} from "../../src/oracle/AggregatorV3Interface.sol";
import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {Guardians} from "../guardians/Guardians.sol";

/// @notice A market with three numbers. Leverage and margin go together while their product is at most
/// 10,000.
contract TunedMarket {
    address private immutable _steward;
    uint256 public leverage = 10;
    uint256 public marginBps = 500;
    uint256 public cap = 1_000_000;
    bool public deaf;

    constructor(address steward) {
        _steward = steward;
    }

    modifier onlySteward() {
        require(msg.sender == _steward, "not the steward");
        _;
    }

    function setLeverage(uint256 value) external onlySteward {
        leverage = value;
    }

    function setMarginBps(uint256 value) external onlySteward {
        if (!deaf) marginBps = value;
    }

    function setCap(uint256 value) external onlySteward {
        cap = value;
    }

    /// @notice Reaches the cap by another way.
    function setCapToo(uint256 value) external onlySteward {
        cap = value;
    }

    /// @notice What its owner could do past the steward.
    function overrule(uint256 leverage_, uint256 marginBps_) external {
        (leverage, marginBps) = (leverage_, marginBps_);
    }

    function setDeaf(bool deaf_) external {
        deaf = deaf_;
    }

    function isConsistent() external view returns (bool) {
        return leverage * marginBps <= 10_000;
    }
}

/// @notice A steward with four guardians, a market, and the changes that they sign.
abstract contract ParameterStewardFixture is Guardians {
    address internal constant OWNER = address(0x0151);
    address internal constant COUNCIL = address(0xC0);
    address internal constant CARRIER = address(0xCA44);
    /// @dev Guardians 0, 1 and 2 of 4.
    uint256 internal constant QUORUM = 0x07;

    bytes32 internal constant RISK = "risk";
    bytes32 internal constant CAP = "cap";
    uint32 internal constant MIN_DELAY = 1 hours;
    uint32 internal constant LOOSEN_DELAY = 1 days;
    uint32 internal constant REVERT_WINDOW = 30 minutes;
    uint32 internal constant MAX_INPUT_AGE = 10 minutes;
    uint32 internal constant PERIOD = 7 days;

    GuardianRegistry internal registry;
    ParameterSteward internal steward;
    TunedMarket internal market;
    PriceFeed internal feed;

    function _deploySteward() internal {
        vm.warp(1_760_000_000);
        vm.roll(1_000);
        registry = newRegistry(guardianList(4));
        steward = new ParameterSteward(registry, OWNER);
        market = new TunedMarket(address(steward));
        feed = new PriceFeed(address(this), "BTC / USD", 1, 1e18, 10_000, 1 hours);
        feed.setReporter(address(this));
        feed.submit(1e13);
        vm.startPrank(OWNER);
        steward.setCouncil(COUNCIL);
        steward.setGroup(RISK, _riskGroup());
        steward.setGroup(CAP, _capGroup());
        vm.stopPrank();
    }

    /// @notice Leverage 1 to 20, by 10 a week; margin 100 to 2,000, by 40 % of itself a week, at most 800.
    function _riskGroup() internal view returns (ParameterStewardGroups.Group memory group) {
        group = _group();
        group.parameters = new ParameterStewardGroups.Parameter[](2);
        group.parameters[0] = ParameterStewardGroups.Parameter({
            setter: TunedMarket.setLeverage.selector,
            getter: market.leverage.selector,
            tightensUp: false,
            maxStepBps: 0,
            periodSeconds: PERIOD,
            maxStep: 10,
            min: 1,
            max: 20
        });
        group.parameters[1] = ParameterStewardGroups.Parameter({
            setter: TunedMarket.setMarginBps.selector,
            getter: market.marginBps.selector,
            tightensUp: true,
            maxStepBps: 4_000,
            periodSeconds: PERIOD,
            maxStep: 800,
            min: 100,
            max: 2_000
        });
    }

    /// @notice The cap, 0.1 to 3 million, by half of itself a week; after the feed.
    function _capGroup() internal view returns (ParameterStewardGroups.Group memory group) {
        group = _group();
        group.feed = feed;
        group.parameters = new ParameterStewardGroups.Parameter[](1);
        group.parameters[0] = ParameterStewardGroups.Parameter({
            setter: TunedMarket.setCap.selector,
            getter: market.cap.selector,
            tightensUp: false,
            maxStepBps: 5_000,
            periodSeconds: PERIOD,
            maxStep: 0,
            min: 100_000,
            max: 3_000_000
        });
    }

    function _group() private view returns (ParameterStewardGroups.Group memory) {
        return ParameterStewardGroups.Group({
            target: address(market),
            check: TunedMarket.isConsistent.selector,
            minDelaySeconds: MIN_DELAY,
            loosenDelaySeconds: LOOSEN_DELAY,
            feed: AggregatorV3Interface(address(0)),
            revertWindowSeconds: REVERT_WINDOW,
            maxInputAgeSeconds: MAX_INPUT_AGE,
            parameters: new ParameterStewardGroups.Parameter[](0)
        });
    }

    /// @notice A change that fits what is in force now.
    function _change(bytes32 group, uint256[] memory values)
        internal
        view
        returns (IParameterSteward.Change memory)
    {
        return IParameterSteward.Change({
            group: group,
            values: values,
            previousHash: keccak256(abi.encodePacked(steward.valuesOf(group))),
            nonce: steward.nonceOf(group),
            epoch: registry.epoch(),
            inputAtSeconds: uint64(block.timestamp),
            deadlineSeconds: uint64(block.timestamp + 60)
        });
    }

    function _risk(uint256 leverage, uint256 marginBps)
        internal
        view
        returns (IParameterSteward.Change memory)
    {
        uint256[] memory values = new uint256[](2);
        (values[0], values[1]) = (leverage, marginBps);
        return _change(RISK, values);
    }

    function _cap(uint256 cap) internal view returns (IParameterSteward.Change memory) {
        uint256[] memory values = new uint256[](1);
        values[0] = cap;
        return _change(CAP, values);
    }

    /// @notice Has a quorum sign and a stranger carry.
    function _submit(IParameterSteward.Change memory change) internal {
        bytes memory signatures = signaturesOf(QUORUM, steward.hashChange(change));
        vm.prank(CARRIER);
        steward.submit(change, QUORUM, signatures);
    }

    function _refuse(IParameterSteward.Change memory change, bytes memory reason) internal {
        bytes memory signatures = signaturesOf(QUORUM, steward.hashChange(change));
        vm.expectRevert(reason);
        steward.submit(change, QUORUM, signatures);
    }

    function _refresh() internal {
        vm.roll(block.number + 1);
        feed.submit(1e13);
    }

    function _assertRisk(uint256 leverage, uint256 marginBps) internal view {
        vm.assertEq(market.leverage(), leverage);
        vm.assertEq(market.marginBps(), marginBps);
    }
}
