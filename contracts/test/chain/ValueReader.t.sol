// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ValueReader} from "../../src/chain/ValueReader.sol";
import {Test} from "../Test.sol";

/// @notice What a reader may meet.
contract Readable {
    error Refused(uint256 why);

    uint256 private _writes;

    function word(uint256 value) external pure returns (uint256) {
        return value;
    }

    function text(uint256 length) external pure returns (bytes memory) {
        return new bytes(length);
    }

    function refuse() external pure {
        revert Refused(42);
    }

    function burn() external pure {
        while (true) {}
    }

    function bomb(bool fails) external pure {
        assembly ("memory-safe") {
            switch fails
            case 0 { return(0, 500000) }
            default { revert(0, 500000) }
        }
    }

    function write() external {
        ++_writes;
    }
}

contract ValueReaderTest is Test {
    Readable private target;

    function setUp() external {
        target = new Readable();
    }

    function _call(bytes memory data) private view returns (ValueReader.Read memory) {
        return ValueReader.Read(address(target), data, false);
    }

    /// @notice As an eth_call without a recipient does: runs the constructor, whose answer is the "code".
    function create(ValueReader.Read[] memory reads) public returns (bytes memory) {
        bytes memory initcode = bytes.concat(type(ValueReader).creationCode, abi.encode(reads));
        address created;
        assembly ("memory-safe") {
            created := create(0, add(initcode, 0x20), mload(initcode))
        }
        vm.assertTrue(created != address(0), "the constructor failed");
        return created.code;
    }

    function _read(ValueReader.Read[] memory reads) private returns (ValueReader.Result[] memory) {
        return abi.decode(create(reads), (ValueReader.Result[]));
    }

    function _readOne(ValueReader.Read memory read) private returns (ValueReader.Result memory) {
        ValueReader.Read[] memory reads = new ValueReader.Read[](1);
        reads[0] = read;
        return _read(reads)[0];
    }

    function test_answersInOrder() external {
        vm.deal(address(0xca5e), 5 ether);
        ValueReader.Read[] memory reads = new ValueReader.Read[](4);
        reads[0] = _call(abi.encodeCall(Readable.word, (7)));
        reads[1] = ValueReader.Read(address(0xca5e), "", true);
        reads[2] = _call(abi.encodeCall(Readable.refuse, ()));
        reads[3] = _call(abi.encodeCall(Readable.word, (type(uint256).max)));
        ValueReader.Result[] memory results = _read(reads);
        vm.assertEq(results.length, 4);
        vm.assertTrue(results[0].ok && results[1].ok && !results[2].ok && results[3].ok);
        vm.assertEq(results[0].data, abi.encode(7));
        vm.assertEq(results[1].data, abi.encode(5 ether));
        vm.assertEq(results[2].data, abi.encodeWithSelector(Readable.Refused.selector, 42));
        vm.assertEq(results[3].data, abi.encode(type(uint256).max));
    }

    function test_answersNothingToNothing() external {
        vm.assertEq(_read(new ValueReader.Read[](0)).length, 0);
    }

    function test_anAccountWithoutCodeAnswersNoData() external {
        ValueReader.Result memory result = _readOne(ValueReader.Read(address(0xdead), hex"01020304", false));
        vm.assertTrue(result.ok);
        vm.assertEq(result.data.length, 0);
    }

    function test_cannotWrite() external {
        vm.assertFalse(_readOne(_call(abi.encodeCall(Readable.write, ()))).ok);
    }

    function test_cutsOffLongAnswers() external {
        // Offset and length take 64 bytes of it.
        vm.assertEq(_readOne(_call(abi.encodeCall(Readable.text, (960)))).data.length, 1_024);
        vm.assertEq(_readOne(_call(abi.encodeCall(Readable.text, (961)))).data.length, 1_024);
        vm.assertEq(_readOne(_call(abi.encodeCall(Readable.text, (928)))).data.length, 992);
    }

    /// @dev A target that misbehaves costs its own read, and leaves the others alone.
    function test_survivesBurnersAndBombs() external {
        ValueReader.Read[] memory reads = new ValueReader.Read[](7);
        for (uint256 i = 0; i < reads.length; i += 2) {
            reads[i] = _call(abi.encodeCall(Readable.word, (i)));
        }
        reads[1] = _call(abi.encodeCall(Readable.burn, ()));
        reads[3] = _call(abi.encodeCall(Readable.bomb, (false)));
        reads[5] = _call(abi.encodeCall(Readable.bomb, (true)));
        uint256 before = gasleft();
        ValueReader.Result[] memory results = _read(reads);
        vm.assertLe(before - gasleft(), 7_000_000);
        for (uint256 i = 0; i < reads.length; i += 2) {
            vm.assertTrue(results[i].ok);
            vm.assertEq(results[i].data, abi.encode(i));
        }
        vm.assertFalse(results[1].ok);
        vm.assertTrue(results[3].ok);
        vm.assertEq(results[3].data.length, 1_024);
        vm.assertFalse(results[5].ok);
        vm.assertEq(results[5].data.length, 1_024);
    }

    /// @dev A read that got too little gas must not look like one that failed.
    function test_saysWhenItIsItselfStarved() external {
        ValueReader.Read[] memory reads = new ValueReader.Read[](2);
        reads[0] = _call(abi.encodeCall(Readable.burn, ()));
        reads[1] = _call(abi.encodeCall(Readable.word, (1)));
        vm.expectRevert();
        this.create{gas: 4_000_000}(reads);
        this.create{gas: 5_000_000}(reads);
    }

    /// @dev What a node allows: 24,576 bytes of answer, 49,152 bytes of creation code.
    function test_hundredWordsFit() external {
        ValueReader.Read[] memory reads = new ValueReader.Read[](100);
        for (uint256 i = 0; i < reads.length; ++i) {
            reads[i] = _call(abi.encodeCall(Readable.word, (i)));
        }
        vm.assertLt(type(ValueReader).creationCode.length + abi.encode(reads).length, 49_152);
        bytes memory answer = create(reads);
        vm.assertLt(answer.length, 24_576);
        vm.assertTrue(answer[0] != 0xef);
        ValueReader.Result[] memory results = abi.decode(answer, (ValueReader.Result[]));
        for (uint256 i = 0; i < reads.length; ++i) {
            vm.assertTrue(results[i].ok);
            vm.assertEq(results[i].data, abi.encode(i));
        }
    }

    function testFuzz_answersWhatTheTargetAnswers(uint256[8] calldata values, uint8 failing) external {
        ValueReader.Read[] memory reads = new ValueReader.Read[](values.length);
        for (uint256 i = 0; i < reads.length; ++i) {
            bool fails = (failing >> i) & 1 == 1;
            reads[i] = _call(
                fails ? abi.encodeCall(Readable.refuse, ()) : abi.encodeCall(Readable.word, (values[i]))
            );
        }
        ValueReader.Result[] memory results = _read(reads);
        for (uint256 i = 0; i < reads.length; ++i) {
            bool fails = (failing >> i) & 1 == 1;
            vm.assertEq(results[i].ok, !fails);
            if (!fails) vm.assertEq(results[i].data, abi.encode(values[i]));
        }
    }
}
