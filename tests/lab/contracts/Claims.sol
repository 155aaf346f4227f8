// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "./Token.sol";

/// What is asked of a Compound III market to know it; the rest is a plain token.
contract Market is Token {
    address public immutable baseToken;
    uint8 public immutable numAssets;

    constructor(address owner, address base, uint8 assets) Token(owner) {
        baseToken = base;
        numAssets = assets;
    }
}

/// Everybody has granted everything to everybody, or so it says.
contract Generous is Token {
    constructor(address owner) Token(owner) {}

    function allowance(address, address) public pure override returns (uint256) {
        return type(uint256).max;
    }
}

/// The same of a collection.
contract GenerousItems {
    function isApprovedForAll(address, address) external pure returns (bool) {
        return true;
    }
}

/// A symbol of as many letters as it is told to have.
contract LongSymbol is Token {
    uint256 public immutable length;

    constructor(address owner, uint256 length_) Token(owner) {
        length = length_;
    }

    function symbol() external view returns (string memory) {
        uint256 size = length;
        assembly {
            mstore(0, 32)
            mstore(32, size)
            for { let at := 0 } lt(at, size) { at := add(at, 32) } {
                mstore(add(64, at), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
            }
            return(0, add(64, size))
        }
    }
}

/// Sent to somebody who never asked, with a grant in that one's name: log and state
/// agree, and the owner has done nothing.
contract Airdrop is Token {
    uint8 public constant decimals = 18;
    string public name;
    string public symbol;

    constructor(string memory name_, string memory symbol_, address owner, address spender) Token(owner) {
        name = name_;
        symbol = symbol_;
        _approve(owner, spender, type(uint256).max);
    }
}
