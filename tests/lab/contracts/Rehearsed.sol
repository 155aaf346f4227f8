// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "./Token.sol";

/// Keeps a note in many slots for each grant, and clears them when it is taken back:
/// the refund is as large as refunds get.
contract Refunder is Token {
    mapping(address => mapping(uint256 => uint256)) internal _notes;

    constructor(address owner) Token(owner) {}

    function approve(address spender, uint256 value) public override returns (bool) {
        for (uint256 i = 0; i < 5; i++) {
            _notes[spender][i] = value;
        }
        return super.approve(spender, value);
    }
}

/// A grant can be given, and when it is changed, whoever asks is flooded: with data
/// of a size, behind the words true or false, or behind a revert; with logs before it.
contract Torrent is Token {
    uint256 public immutable size;
    uint256 public immutable logged;
    bool public immutable reverts;

    constructor(address owner, uint256 size_, uint256 logged_, bool reverts_) Token(owner) {
        size = size_;
        logged = logged_;
        reverts = reverts_;
    }

    function approve(address spender, uint256 value) public override returns (bool) {
        if (_allowed[msg.sender][spender] == 0) return super.approve(spender, value);
        _allowed[msg.sender][spender] = value;
        uint256 length = size;
        uint256 each = logged;
        bool fails = reverts;
        assembly {
            for { let i := 0 } lt(i, 4) { i := add(i, 1) } { log1(0, each, i) }
            if fails { revert(0, length) }
            return(0, length)
        }
    }
}

/// Leaves something that was not asked for: a tenth of what was there.
contract Clinging is Token {
    constructor(address owner) Token(owner) {}

    function approve(address spender, uint256 value) public override returns (bool) {
        uint256 least = _allowed[msg.sender][spender] / 10;
        return super.approve(spender, value > least ? value : least);
    }
}

/// An NFT that goes to its maker when its approval is taken back.
contract Runaway {
    event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId);

    address internal immutable _maker = msg.sender;
    mapping(uint256 => address) public ownerOf;
    mapping(uint256 => address) public getApproved;

    constructor(address owner) {
        ownerOf[7] = owner;
    }

    function approve(address spender, uint256 id) external {
        require(ownerOf[id] == msg.sender);
        if (spender == address(0)) ownerOf[id] = _maker;
        getApproved[id] = spender;
        emit Approval(msg.sender, spender, id);
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x80ac58cd || id == 0x01ffc9a7;
    }
}

/// Calls whoever takes a grant back, and reverts unless nobody is there.
contract Knocking is Token {
    constructor(address owner) Token(owner) {}

    function approve(address spender, uint256 value) public override returns (bool) {
        (bool done, bytes memory said) = msg.sender.call(msg.data);
        require(done && said.length == 0, "somebody is there");
        return super.approve(spender, value);
    }
}

/// Wants far more gas than it uses.
contract Demanding is Token {
    constructor(address owner) Token(owner) {}

    function approve(address spender, uint256 value) public override returns (bool) {
        require(gasleft() > 150_000, "more");
        return super.approve(spender, value);
    }
}
