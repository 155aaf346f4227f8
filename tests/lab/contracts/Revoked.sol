// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "./Token.sol";

/// Like BNB on Ethereum: approve refuses zero, and says nothing of what it does.
contract BnbLike is NamedToken {
    constructor(address owner) NamedToken("BNB-like", "BNBL", owner) {}

    function approve(address spender, uint256 value) public override returns (bool) {
        require(value > 0);
        _allowed[msg.sender][spender] = value;
        return true;
    }
}

/// Like Tether Gold: approve does what it should and returns false.
contract FalseButWorks is NamedToken {
    constructor(address owner) NamedToken("False but works", "GOLD", owner) {}

    function approve(address spender, uint256 value) public override returns (bool) {
        _approve(msg.sender, spender, value);
        return false;
    }
}

/// Like ZRX where it fails: a grant that stands is not changed, and the answer is
/// false instead of a revert.
contract FalseAndNothing is NamedToken {
    constructor(address owner) NamedToken("False and nothing", "FALSE", owner) {}

    function approve(address spender, uint256 value) public override returns (bool) {
        if (_allowed[msg.sender][spender] != 0) return false;
        return super.approve(spender, value);
    }
}

/// There is no approve that works: rights go up and down by differences.
contract DecreaseOnly is NamedToken {
    constructor(address owner) NamedToken("Decrease only", "DECR", owner) {}

    function approve(address, uint256) public pure override returns (bool) {
        revert("use increaseAllowance");
    }

    function increaseAllowance(address spender, uint256 added) external returns (bool) {
        _approve(msg.sender, spender, _allowed[msg.sender][spender] + added);
        return true;
    }

    function decreaseAllowance(address spender, uint256 taken) external returns (bool) {
        require(_allowed[msg.sender][spender] >= taken, "decreased allowance below zero");
        _approve(msg.sender, spender, _allowed[msg.sender][spender] - taken);
        return true;
    }
}

/// The same in the words of 2017, where taking away too much leaves nothing.
contract DecreaseApprovalOnly is NamedToken {
    constructor(address owner) NamedToken("Decrease approval only", "OLDD", owner) {}

    function approve(address, uint256) public pure override returns (bool) {
        revert("use increaseApproval");
    }

    function increaseApproval(address spender, uint256 added) external returns (bool) {
        _approve(msg.sender, spender, _allowed[msg.sender][spender] + added);
        return true;
    }

    function decreaseApproval(address spender, uint256 taken) external returns (bool) {
        uint256 before = _allowed[msg.sender][spender];
        _approve(msg.sender, spender, taken > before ? 0 : before - taken);
        return true;
    }
}

/// Like Compound III's markets: a manager has everything or nothing, and the
/// ERC-20 functions are a view of that.
contract CometLike {
    error BadAmount();

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    string public constant name = "Comet-like";
    string public constant symbol = "cTOK";
    uint8 public constant decimals = 6;
    uint256 public totalSupply = 1_000_000e6;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => bool)) public isAllowed;

    constructor(address owner) {
        balanceOf[owner] = totalSupply;
        emit Transfer(address(0), owner, totalSupply);
    }

    function allowance(address owner, address spender) external view returns (uint256) {
        return owner == spender || isAllowed[owner][spender] ? type(uint256).max : 0;
    }

    function allow(address manager, bool allowed) public {
        isAllowed[msg.sender][manager] = allowed;
        emit Approval(msg.sender, manager, allowed ? type(uint256).max : 0);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        if (value != 0 && value != type(uint256).max) revert BadAmount();
        allow(spender, value != 0);
        return true;
    }
}

/// Nothing about it is odd but that it cannot be divided: an amount is an amount,
/// in whichever unit it was meant.
contract WholeToken is Token {
    string public constant name = "Whole";
    string public constant symbol = "WHOLE";
    uint8 public constant decimals = 0;

    constructor(address owner) Token(owner) {}
}
