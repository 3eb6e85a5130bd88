// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {GuardianRewards} from "./GuardianRewards.sol";
import {RegistryParameters} from "./RegistryParameters.sol";
import {SlashTreasury} from "./SlashTreasury.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// @title The guardians: who they are, what they sign, what they have to lose and what they earn
/// @notice The owner, a timelock, decides who sits in each epoch; it can neither sign for guardians nor take
/// their stake. The first epoch's guardians are appointed and need no stake, so that a network can begin
/// before its token does; from the second epoch on everyone has stake. A guardian leaves by asking for its
/// stake: the next epoch cannot include it, and until there is one its stake stays, because its signature
/// counts. A candidate that asks for its stake, or is slashed, while its admission waits in the timelock
/// makes that admission fail, so that a set is never smaller than was decided; it is then decided anew
/// without it.
contract GuardianRegistry is GuardianRewards {
    /// @param token Of stake and rewards. It must take no fee on transfers, keep balances as they
    /// are, and have a supply below 2^96 units.
    /// @param treasury Gets slashed stake.
    /// @param parameters What the owner can change later.
    struct Config {
        IERC20 token;
        address treasury;
        RegistryParameters.Parameters parameters;
    }

    /// @notice The registry cannot be without an owner.
    error OwnerRequired();

    /// @param config Token, treasury and parameters.
    /// @param firstGuardians 1 to 255 different addresses.
    /// @param owner_ The timelock.
    constructor(Config memory config, address[] memory firstGuardians, address owner_)
        Ownable(owner_)
        RegistryParameters(config.parameters)
        TokenLedger(config.token)
        SlashTreasury(config.treasury)
    {
        _seat(firstGuardians, 0);
        _startEpoch(firstGuardians, 0);
    }

    /// @notice Refused: without an owner there is no next epoch, and the stake of those who sit stays for ever.
    function renounceOwnership() public view override onlyOwner {
        revert OwnerRequired();
    }

    /// @notice Puts a new guardian set in force: the only way in, and the only way to expel. Only the owner.
    /// @param list 1 to 255 different guardians, each with the minimum stake. Their order gives their bits.
    function startEpoch(address[] calldata list) external onlyOwner {
        Parameters memory p = parameters();
        _seat(list, p.minStake);
        _startEpoch(list, p.overlapSeconds);
    }
}
