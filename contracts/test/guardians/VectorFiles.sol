// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "../Test.sol";

/// @notice The cheat codes that read more of JSON, and those that judge each case from the same state.
interface JsonVm {
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function revertToState(uint256 id) external returns (bool);
    function snapshotState() external returns (uint256 id);
    function toString(uint256 value) external pure returns (string memory);
}

/// @notice Reads the files that scripts/vectors.ts writes.
abstract contract VectorFiles is Test {
    JsonVm internal constant jsonVm = JsonVm(address(vm));

    function readVectors(string memory name) internal view returns (string memory) {
        return vm.readFile(string.concat("test/vectors/", name, ".json"));
    }

    /// @notice Path of element `i` of the list `list`.
    function itemAt(string memory list, uint256 i) internal pure returns (string memory) {
        return string.concat(".", list, "[", jsonVm.toString(i), "]");
    }

    function hasItem(string memory json, string memory list, uint256 i) internal view returns (bool) {
        return jsonVm.keyExistsJson(json, itemAt(list, i));
    }

    function uintAt(string memory json, string memory path, string memory field)
        internal
        pure
        returns (uint256)
    {
        return vm.parseJsonUint(json, string.concat(path, ".", field));
    }

    function bytes32At(string memory json, string memory path, string memory field)
        internal
        pure
        returns (bytes32)
    {
        return vm.parseJsonBytes32(json, string.concat(path, ".", field));
    }

    function bytesAt(string memory json, string memory path, string memory field)
        internal
        pure
        returns (bytes memory)
    {
        return vm.parseJsonBytes(json, string.concat(path, ".", field));
    }

    function boolAt(string memory json, string memory path, string memory field)
        internal
        pure
        returns (bool)
    {
        return jsonVm.parseJsonBool(json, string.concat(path, ".", field));
    }

    function stringAt(string memory json, string memory path, string memory field)
        internal
        pure
        returns (string memory)
    {
        return jsonVm.parseJsonString(json, string.concat(path, ".", field));
    }
}
