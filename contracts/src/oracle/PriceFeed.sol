// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";
import {IPriceFeed} from "./IPriceFeed.sol";
import {IPriceHistory} from "./IPriceHistory.sol";

/// @title A price feed that halts rather than jumps
/// @notice USD prices with 8 decimals, written by one reporter. An update that is out of range, moves too
/// far, or comes a second time in a block is refused and the last answer grows old: readers see a stale feed,
/// not a wrong price. A true move beyond one step is followed in several blocks.
/// @dev Each round carries the sums over all time before it, in the slot that it needs anyway: what settles
/// by an average over an hour reads four rounds, however many the hour had.
contract PriceFeed is IPriceHistory, Ownable {
    using SafeCast for uint256;
    using SafeCast for int256;

    uint256 private constant BPS = 10_000;
    int256 private constant MAX_ANSWER = int256(uint256(type(uint64).max));

    /// @dev One slot. The block number is that of the last update.
    struct Head {
        address reporter;
        uint48 roundId;
        uint48 blockNumber;
    }

    /// @dev One slot. The sums are up to `updatedAt`: of answers times the seconds that they stood, 8
    /// decimals, and of the seconds beyond the heartbeat. 2^64 times 2^40 fits into 112 bits.
    struct Round {
        uint64 answer;
        uint112 priceSecondsE8;
        uint40 staleSeconds;
        uint40 updatedAt;
    }

    string private _description;
    int256 private immutable _minAnswer;
    int256 private immutable _maxAnswer;
    uint256 private immutable _maxStepBps;
    uint256 private immutable _heartbeatSeconds;
    Head private _head;
    mapping(uint256 roundId => Round) private _rounds;

    /// @notice A new answer (8 decimals), as Chainlink's aggregators announce it.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
    /// @notice The owner named the reporter.
    event ReporterSet(address indexed reporter);

    /// @notice The lowest answer must be positive and below the highest one, which is at most 2^64 - 1.
    error AnswerRangeInvalid(int256 minAnswer, int256 maxAnswer);
    /// @notice A step is between 1 and 10,000 hundredths of a percent.
    error MaxStepOutOfRange(uint256 maxStepBps);
    /// @notice The heartbeat must be at least a second.
    error HeartbeatMissing();
    /// @notice Only the reporter may write.
    error CallerNotReporter(address caller, address reporter);
    /// @notice There is at most one update in a block.
    error AlreadyUpdatedInBlock(uint256 blockNumber);
    /// @notice The answer is not one that the feed can give.
    error AnswerOutOfRange(int256 answer, int256 minAnswer, int256 maxAnswer);
    /// @notice The answer is too far from the last one.
    error StepTooLarge(int256 answer, int256 lastAnswer, uint256 maxStepBps);
    /// @notice There is no such round, or no round yet.
    error RoundUnknown(uint80 roundId);
    /// @notice What has not passed can still change.
    error TimeNotPast(uint256 atSeconds, uint256 nowSeconds);
    /// @notice The round did not stand at that time: it came later, or another one had come after it.
    error RoundNotInForce(uint80 roundId, uint256 atSeconds);
    /// @notice The feed had no answer yet.
    error HistoryMissing(uint256 atSeconds);

    /// @param owner_ Who names the reporter.
    /// @param description_ For example "BTC / USD".
    /// @param minAnswer_ Lowest answer, 8 decimals.
    /// @param maxAnswer_ Highest answer, 8 decimals.
    /// @param maxStepBps_ Most that one update may move the answer, in hundredths of a percent.
    /// @param heartbeatSeconds_ Longest time between two updates, in seconds.
    constructor(
        address owner_,
        string memory description_,
        int256 minAnswer_,
        int256 maxAnswer_,
        uint256 maxStepBps_,
        uint256 heartbeatSeconds_
    ) Ownable(owner_) {
        if (minAnswer_ <= 0 || maxAnswer_ <= minAnswer_ || maxAnswer_ > MAX_ANSWER) {
            revert AnswerRangeInvalid(minAnswer_, maxAnswer_);
        }
        if (maxStepBps_ == 0 || maxStepBps_ > BPS) revert MaxStepOutOfRange(maxStepBps_);
        if (heartbeatSeconds_ == 0) revert HeartbeatMissing();
        _description = description_;
        _minAnswer = minAnswer_;
        _maxAnswer = maxAnswer_;
        _maxStepBps = maxStepBps_;
        _heartbeatSeconds = heartbeatSeconds_;
    }

    /// @notice Names the reporter; the zero address stops all updates. Only the owner.
    function setReporter(address reporter_) external onlyOwner {
        _head.reporter = reporter_;
        emit ReporterSet(reporter_);
    }

    /// @notice Writes a new answer. Only the reporter, once a block.
    /// @param answer USD price, 8 decimals. The first one may be anywhere in the range.
    function submit(int256 answer) external {
        Head memory head = _head;
        if (msg.sender != head.reporter) revert CallerNotReporter(msg.sender, head.reporter);
        if (block.number == head.blockNumber) revert AlreadyUpdatedInBlock(block.number);
        if (answer < _minAnswer || answer > _maxAnswer) {
            revert AnswerOutOfRange(answer, _minAnswer, _maxAnswer);
        }
        Round memory round = Round(answer.toUint256().toUint64(), 0, 0, block.timestamp.toUint40());
        if (head.roundId != 0) {
            Round memory last = _rounds[head.roundId];
            _requireStep(answer, _answerOf(last));
            (uint256 priceSecondsE8, uint256 staleSeconds) = _sumsAt(last, block.timestamp);
            round.priceSecondsE8 = priceSecondsE8.toUint112();
            round.staleSeconds = staleSeconds.toUint40();
        }

        head.roundId += 1;
        head.blockNumber = block.number.toUint48();
        _head = head;
        _rounds[head.roundId] = round;
        emit AnswerUpdated(answer, head.roundId, block.timestamp);
    }

    /// @notice Who may write.
    function reporter() external view returns (address) {
        return _head.reporter;
    }

    /// @inheritdoc IPriceFeed
    function heartbeatSeconds() external view returns (uint256) {
        return _heartbeatSeconds;
    }

    /// @inheritdoc IPriceFeed
    function minAnswer() external view returns (int256) {
        return _minAnswer;
    }

    /// @inheritdoc IPriceFeed
    function maxAnswer() external view returns (int256) {
        return _maxAnswer;
    }

    /// @inheritdoc IPriceFeed
    function maxStepBps() external view returns (uint256) {
        return _maxStepBps;
    }

    /// @inheritdoc IPriceHistory
    function sumsAt(uint80 roundId, uint256 atSeconds)
        external
        view
        returns (uint256 priceSecondsE8, uint256 staleSeconds)
    {
        if (atSeconds >= block.timestamp) revert TimeNotPast(atSeconds, block.timestamp);
        Round memory round = _rounds[roundId];
        if (round.updatedAt == 0) revert RoundUnknown(roundId);
        uint256 nextAt = _rounds[uint256(roundId) + 1].updatedAt;
        if (round.updatedAt > atSeconds || (nextAt != 0 && nextAt <= atSeconds)) {
            revert RoundNotInForce(roundId, atSeconds);
        }
        return _sumsAt(round, atSeconds);
    }

    /// @inheritdoc IPriceHistory
    function roundAt(uint256 atSeconds) external view returns (uint80) {
        if (atSeconds >= block.timestamp) revert TimeNotPast(atSeconds, block.timestamp);
        // The first round that came later lies above `low` and at or below `high`.
        uint256 low = 0;
        uint256 high = uint256(_head.roundId) + 1;
        while (low + 1 < high) {
            uint256 middle = Math.average(low, high);
            if (_rounds[middle].updatedAt > atSeconds) high = middle;
            else low = middle;
        }
        if (low == 0) revert HistoryMissing(atSeconds);
        return low.toUint80();
    }

    /// @inheritdoc AggregatorV3Interface
    function decimals() external pure returns (uint8) {
        return 8;
    }

    /// @inheritdoc AggregatorV3Interface
    function description() external view returns (string memory) {
        return _description;
    }

    /// @inheritdoc AggregatorV3Interface
    function version() external pure returns (uint256) {
        return 1;
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(_head.roundId);
    }

    /// @inheritdoc AggregatorV3Interface
    function getRoundData(uint80 roundId_)
        public
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        Round memory round = _rounds[roundId_];
        if (round.updatedAt == 0) revert RoundUnknown(roundId_);
        return (roundId_, _answerOf(round), round.updatedAt, round.updatedAt, roundId_);
    }

    function _requireStep(int256 answer, int256 lastAnswer) private view {
        uint256 stepE4 = SignedMath.abs(answer - lastAnswer) * BPS;
        if (stepE4 > SignedMath.abs(lastAnswer) * _maxStepBps) {
            revert StepTooLarge(answer, lastAnswer, _maxStepBps);
        }
    }

    /// @dev The sums at a time at which `round` stood.
    function _sumsAt(Round memory round, uint256 atSeconds)
        private
        view
        returns (uint256 priceSecondsE8, uint256 staleSeconds)
    {
        uint256 ageSeconds = atSeconds - round.updatedAt;
        priceSecondsE8 = round.priceSecondsE8 + round.answer * ageSeconds;
        staleSeconds = round.staleSeconds + Math.saturatingSub(ageSeconds, _heartbeatSeconds);
    }

    function _answerOf(Round memory round) private pure returns (int256) {
        return int256(uint256(round.answer));
    }
}
