// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "./Token.sol";

/// Names a victim as the owner in as many logs as it is paid for, and reverts
/// whenever it is asked.
contract FakeLogs {
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    bytes32 internal constant APPROVAL = keccak256("Approval(address,address,uint256)");

    /// Spenders are the addresses 1..count.
    function plant(address victim, uint256 count) external {
        for (uint256 i = 1; i <= count; i++) {
            emit Approval(victim, address(uint160(i)), type(uint256).max);
        }
    }

    /// Operators are the addresses 1..count.
    function plantOperators(address victim, uint256 count) external {
        for (uint256 i = 1; i <= count; i++) {
            emit ApprovalForAll(victim, address(uint160(i)), true);
        }
    }

    /// Spender i of item i, 1..count.
    function plantItems(address victim, uint256 count) external {
        bytes32 signature = APPROVAL;
        for (uint256 i = 1; i <= count; i++) {
            assembly {
                log4(0, 0, signature, victim, i, i)
            }
        }
    }

    fallback() external {
        revert("nothing to see");
    }
}

/// What all hostile tokens share: they nominate themselves with a true-looking log.
abstract contract Baited {
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function approve(address spender, uint256 value) public virtual returns (bool) {
        emit Approval(msg.sender, spender, value);
        return true;
    }

    /// For a log without the victim's doing.
    function bait(address victim, address spender) external {
        emit Approval(victim, spender, type(uint256).max);
    }
}

/// approve emits and returns true, and changes nothing: the first grant stays.
contract Liar is Token {
    constructor(address owner) Token(owner) {}

    function approve(address spender, uint256 value) public override returns (bool) {
        if (_allowed[msg.sender][spender] == 0) {
            _allowed[msg.sender][spender] = value;
        }
        emit Approval(msg.sender, spender, value);
        return true;
    }
}

/// approve gives a second spender everything, and logs only the first.
contract SideGrant is Token {
    address public immutable accomplice;

    constructor(address owner, address accomplice_) Token(owner) {
        accomplice = accomplice_;
    }

    function approve(address spender, uint256 value) public override returns (bool) {
        _allowed[msg.sender][accomplice] = type(uint256).max;
        return super.approve(spender, value);
    }
}

/// Reading the allowance burns all the gas there is.
contract GasBurner is Baited {
    function allowance(address, address) external view returns (uint256 spin) {
        while (gasleft() > 0) {
            spin++;
        }
    }
}

/// The allowance comes with megabytes behind it. Its first word is the maximum.
contract ReturnBomb is Baited {
    uint256 public immutable size;

    constructor(uint256 size_) {
        size = size_;
    }

    function allowance(address, address) external view returns (uint256) {
        uint256 length = size;
        assembly {
            mstore(0, not(0))
            return(0, length)
        }
    }
}

/// Reading the allowance reverts with a reason of a million bytes.
contract RevertBomb is Baited {
    uint256 internal constant SIZE = 1_000_000;

    function allowance(address, address) external pure returns (uint256) {
        assembly {
            mstore(0, shl(224, 0x08c379a0)) // Error(string)
            mstore(4, 32)
            mstore(36, SIZE)
            calldatacopy(68, calldatasize(), SIZE)
            mstore8(68, 0x41)
            revert(0, add(68, SIZE))
        }
    }
}

/// name() and symbol() give any bytes, and claim any length for them.
contract HostileName is Token {
    uint8 public constant decimals = 18;
    bytes internal _symbol;
    bytes internal _name;
    uint256 internal _claimed;

    /// claimed is the length that both strings say they have; 0 for the true one.
    constructor(address owner, bytes memory symbol_, bytes memory name_, uint256 claimed) Token(owner) {
        _symbol = symbol_;
        _name = name_;
        _claimed = claimed;
    }

    function symbol() external view returns (string memory) {
        _answer(_symbol);
    }

    function name() external view returns (string memory) {
        _answer(_name);
    }

    function _answer(bytes memory raw) internal view {
        uint256 claimed = _claimed == 0 ? raw.length : _claimed;
        bytes memory answer = abi.encodePacked(uint256(32), claimed, raw, new bytes(31));
        uint256 length = (64 + raw.length + 31) / 32 * 32;
        assembly {
            return(add(answer, 32), length)
        }
    }
}

/// symbol() and name() are really so long: letters, then zeros.
contract LongName is Token {
    uint8 public constant decimals = 18;
    uint256 public immutable size;

    constructor(address owner, uint256 size_) Token(owner) {
        size = size_;
    }

    function symbol() external view returns (string memory) {
        _answer();
    }

    function name() external view returns (string memory) {
        _answer();
    }

    function _answer() internal view {
        uint256 length = size;
        assembly {
            mstore(0, 32)
            mstore(32, length)
            mstore(64, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
            return(0, add(64, and(add(length, 31), not(31))))
        }
    }
}

/// Asks the reader to fetch the answer from a URL of its choice (EIP-3668).
contract OffchainLookupToken is Baited {
    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);

    string public url;

    constructor(string memory url_) {
        url = url_;
    }

    function allowance(address, address) external view returns (uint256) {
        string[] memory urls = new string[](1);
        urls[0] = url;
        revert OffchainLookup(address(this), urls, msg.data, this.told.selector, "");
    }

    function told(bytes calldata response, bytes calldata) external pure returns (bytes memory) {
        return response;
    }
}

/// The allowance is nothing to a contract that asks (Multicall), and the maximum
/// to everybody else.
contract CallerDependent is Baited {
    function allowance(address, address) external view returns (uint256) {
        return msg.sender.code.length > 0 ? 0 : type(uint256).max;
    }
}
