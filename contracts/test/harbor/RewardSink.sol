// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IGuardianRewards} from "../../src/guardians/IGuardianRewards.sol";

/// @notice Takes what guardians are paid, or as much less as it is told to.
contract RewardSink is IGuardianRewards {
    IERC20 private _token;
    uint256 private _leaves;

    function token() external view returns (IERC20) {
        return _token;
    }

    function setToken(IERC20 token_) external {
        _token = token_;
    }

    function leaveOver(uint256 amount) external {
        _leaves = amount;
    }

    function fundRewards(uint256 amount) external {
        _token.transferFrom(msg.sender, address(this), amount - _leaves);
    }
}
