// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {AccessManagerAdapter} from "../src/breaker/adapters/AccessManagerAdapter.sol";
import {AdapterSet} from "../src/breaker/adapters/AdapterSet.sol";
import {CapAdapter} from "../src/breaker/adapters/CapAdapter.sol";
import {FlagAdapter} from "../src/breaker/adapters/FlagAdapter.sol";
import {IPausable, PausableAdapter} from "../src/breaker/adapters/PausableAdapter.sol";
import {IPausableUntil, PauseForAdapter} from "../src/breaker/adapters/PauseForAdapter.sol";
import {SetterAdapter} from "../src/breaker/adapters/SetterAdapter.sol";
import {IBrakeTarget} from "../src/breaker/IBrakeTarget.sol";

/// @notice What an existing market has: a flag, and a cap for each asset, that roles may set.
interface IExistingMarket is IAccessControl {
    function setReduceOnly(bool on) external;
    function reduceOnly() external view returns (bool);
    function setCap(bytes32 asset, uint256 cap) external;
    function capOf(bytes32 asset) external view returns (uint256);
}

/// @title How the administrator of an existing protocol gives Breakwater a brake: examples
/// @notice `breaker` is the circuit breaker, or the set that an adapter becomes a part of. `owner` registers
/// the adapter and can have its brake lifted.
library Adoption {
    bytes32 internal constant PAUSER_ROLE = keccak256("PAUSER_ROLE");
    bytes32 internal constant ADMIN_ROLE = 0;
    bytes32 internal constant WITHDRAWALS = "withdrawals";

    /// @notice OpenZeppelin's `Pausable`, with a role for `pause` and `unpause`.
    function adaptPausable(address breaker, address owner, address vault)
        internal
        returns (PausableAdapter adapter)
    {
        adapter = new PausableAdapter(breaker, owner, IPausable(vault));
        IAccessControl(vault).grantRole(PAUSER_ROLE, address(adapter));
    }

    /// @notice A contract with `pauseFor` and `resume`.
    function adaptPauseFor(address breaker, address owner, address vault)
        internal
        returns (PauseForAdapter adapter)
    {
        adapter = new PauseForAdapter(breaker, owner, IPausableUntil(vault));
        IAccessControl(vault).grantRole(ADMIN_ROLE, address(adapter));
    }

    /// @notice A contract under OpenZeppelin's `AccessManager`. Role 0 is the manager's administrator.
    function adaptManaged(address breaker, address owner, IAccessManager manager, address vault)
        internal
        returns (AccessManagerAdapter adapter)
    {
        adapter = new AccessManagerAdapter(breaker, owner, manager, vault);
        manager.grantRole(0, address(adapter), 0);
    }

    /// @notice A reduce-only flag.
    function adaptFlag(address breaker, address owner, IExistingMarket market)
        internal
        returns (FlagAdapter adapter)
    {
        SetterAdapter.Value memory flag = SetterAdapter.Value({
            target: address(market),
            setter: abi.encodePacked(market.setReduceOnly.selector),
            getter: abi.encodeCall(market.reduceOnly, ())
        });
        adapter = new FlagAdapter(breaker, owner, flag);
        market.grantRole(ADMIN_ROLE, address(adapter));
    }

    /// @notice A cap on withdrawals, lowered to 0. The asset is an argument before the value.
    function adaptCap(address breaker, address owner, IExistingMarket market)
        internal
        returns (CapAdapter adapter)
    {
        SetterAdapter.Value memory cap = SetterAdapter.Value({
            target: address(market),
            setter: abi.encodeWithSelector(market.setCap.selector, WITHDRAWALS),
            getter: abi.encodeCall(market.capOf, (WITHDRAWALS))
        });
        adapter = new CapAdapter(breaker, owner, cap, 0);
        market.grantRole(ADMIN_ROLE, address(adapter));
    }

    /// @notice All three levels as one target. The parts obey the set, and the set the breaker.
    function adaptTogether(address breaker, address owner, address vault, IExistingMarket market)
        internal
        returns (AdapterSet set)
    {
        set = new AdapterSet(breaker, owner);
        set.setParts(
            [
                IBrakeTarget(address(adaptCap(address(set), owner, market))),
                IBrakeTarget(address(adaptFlag(address(set), owner, market))),
                IBrakeTarget(address(adaptPausable(address(set), owner, vault)))
            ]
        );
    }
}
