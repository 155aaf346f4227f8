// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "./Token.sol";

/// Like MKR: name and symbol are 32 bytes, not strings.
contract Bytes32Symbol is Token {
    bytes32 public constant name = "Maker";
    bytes32 public constant symbol = "MKR";
    uint8 public constant decimals = 18;

    constructor(address owner) Token(owner) {}
}

/// Has no decimals at all.
contract NoDecimals is Token {
    string public constant name = "No Decimals";
    string public constant symbol = "NODEC";

    constructor(address owner) Token(owner) {}
}

/// Has name, symbol and decimals, and each of them reverts.
contract RevertingMeta is Token {
    constructor(address owner) Token(owner) {}

    function name() external pure returns (string memory) {
        revert("no name");
    }

    function symbol() external pure returns (string memory) {
        revert("no symbol");
    }

    function decimals() external pure returns (uint8) {
        revert("no decimals");
    }
}

/// decimals() is 2^255: no uint8, and 10 to its power fits nowhere.
contract Decimals255 is Token {
    string public constant name = "Decimals";
    string public constant symbol = "D255";
    uint256 public constant decimals = 1 << 255;

    constructor(address owner) Token(owner) {}
}

/// Like UNI and COMP: allowances are uint96. The maximum of uint256 is stored as
/// the maximum of uint96, and whatever else does not fit reverts.
contract Uint96Token is NamedToken {
    constructor(address owner) NamedToken("Uint96", "U96", owner) {}

    function approve(address spender, uint256 value) public override returns (bool) {
        if (value == type(uint256).max) {
            value = type(uint96).max;
        }
        require(value <= type(uint96).max, "amount exceeds 96 bits");
        _approve(msg.sender, spender, value);
        return true;
    }
}

/// Like USDT: returns nothing, and goes from non-zero to non-zero only through zero.
contract UsdtLike {
    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    string public constant name = "Tether-like USD";
    string public constant symbol = "USDTL";
    uint8 public constant decimals = 6;
    uint256 public totalSupply = 1_000_000e6;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(address owner) {
        balanceOf[owner] = totalSupply;
        emit Transfer(address(0), owner, totalSupply);
    }

    function approve(address spender, uint256 value) external {
        require(value == 0 || allowance[msg.sender][spender] == 0);
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        if (allowance[from][msg.sender] != type(uint256).max) {
            allowance[from][msg.sender] -= value;
        }
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

/// Like Solady's ERC20: Permit2 has the maximum from everybody, no log says so,
/// and it cannot be taken back.
contract SoladyLike is NamedToken {
    address internal constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;

    error Permit2AllowanceIsFixed();

    constructor(address owner) NamedToken("Solady-like", "SLDY", owner) {}

    function allowance(address owner, address spender) public view override returns (uint256) {
        return spender == PERMIT2 ? type(uint256).max : super.allowance(owner, spender);
    }

    function approve(address spender, uint256 value) public override returns (bool) {
        if (spender == PERMIT2 && value != type(uint256).max) revert Permit2AllowanceIsFixed();
        return super.approve(spender, value);
    }
}

/// ERC-20 allowances whose Approval indexes other parameters than the standard
/// says: 1 topic = none, 2 = the owner only, 4 = all three.
contract UnindexedToken {
    bytes32 internal constant APPROVAL = keccak256("Approval(address,address,uint256)");

    string public constant name = "Unindexed";
    string public constant symbol = "UNIDX";
    uint8 public constant decimals = 18;
    uint256 public constant totalSupply = 1_000_000 ether;
    uint256 public immutable topics;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(uint256 topics_, address owner) {
        require(topics_ == 1 || topics_ == 2 || topics_ == 4, "1, 2 or 4 topics");
        topics = topics_;
        balanceOf[owner] = totalSupply;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        bytes32 signature = APPROVAL;
        uint256 count = topics;
        assembly {
            let data := mload(0x40)
            switch count
            case 1 {
                mstore(data, caller())
                mstore(add(data, 32), spender)
                mstore(add(data, 64), value)
                log1(data, 96, signature)
            }
            case 2 {
                mstore(data, spender)
                mstore(add(data, 32), value)
                log2(data, 64, signature, caller())
            }
            default { log4(data, 0, signature, caller(), spender, value) }
        }
        return true;
    }
}
