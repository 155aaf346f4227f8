// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// A logic contract that brings its own upgrade and its owner (EIP-1822's way, in
/// EIP-1967's slot).
contract OwnUpgrade {
    bytes32 internal constant SLOT =
        0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    address public owner;

    function initialize(address who) external {
        require(owner == address(0), "has an owner");
        owner = who;
    }

    function proxiableUUID() external pure returns (bytes32) {
        return SLOT;
    }

    function upgradeTo(address to) external {
        require(msg.sender == owner, "not the owner");
        assembly {
            sstore(SLOT, to)
        }
    }
}

/// The same without an owner that it would name.
contract SilentUpgrade {
    bytes32 internal constant SLOT =
        0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    function proxiableUUID() external pure returns (bytes32) {
        return SLOT;
    }

    function upgradeTo(address to) external {
        require(msg.sender == tx.origin, "not a key");
        assembly {
            sstore(SLOT, to)
        }
    }
}

/// Runs whatever stands in a slot of one's choice.
contract SlotProxy {
    bytes32 internal immutable slot;

    constructor(bytes32 where, address logic, bytes32 adminSlot, address admin) {
        slot = where;
        assembly {
            sstore(adminSlot, admin)
            sstore(where, logic)
        }
    }

    fallback() external payable {
        bytes32 where = slot;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let done := delegatecall(gas(), sload(where), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch done
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}

/// Says whom it belongs to, and can be told otherwise.
contract Owned {
    address public owner;

    constructor(address who) {
        owner = who;
    }

    function give(address who) external {
        owner = who;
    }
}

/// Compound's kind of timelock, as far as it is asked.
contract Delayed {
    uint256 public delay;
    address public admin;

    constructor(uint256 seconds_) {
        delay = seconds_;
        admin = msg.sender;
    }
}

/// Says what a Safe says, has the storage of one, and has nothing to do with it.
contract SafeSayer {
    uint256[3] internal unused;
    uint256 internal count = 5;
    uint256 internal threshold = 5;

    function getThreshold() external pure returns (uint256) {
        return 5;
    }

    function getOwners() external view returns (address[] memory) {
        address[] memory found = new address[](5);
        for (uint256 i = 0; i < 5; i++) {
            found[i] = address(uint160(uint256(keccak256(abi.encode(this, i)))));
        }
        return found;
    }
}

/// Answers anything with a megabyte.
contract Flood {
    fallback() external {
        assembly {
            return(0, 0x100000)
        }
    }
}

/// Names another owner each time it is asked with other gas.
contract Fickle {
    function owner() external view returns (address) {
        return address(uint160(gasleft()));
    }
}

/// Burns all it is given, whatever is asked.
contract Furnace {
    fallback() external {
        while (true) {}
    }
}
