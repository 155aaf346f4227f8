// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Token} from "./Token.sol";

/// Grants without a word: no log names what it has granted.
contract Hushed is Token {
    constructor(address owner) Token(owner) {}

    function _approve(address owner, address spender, uint256 value) internal override {
        _allowed[owner][spender] = value;
    }
}

/// Says that its tokens moved, as often as anybody likes.
contract Flooding is Token {
    constructor(address owner) Token(owner) {}

    function flood(address owner, uint256 count) external {
        for (uint256 at = 0; at < count; at++) {
            emit Transfer(owner, address(uint160(at + 1)), 1);
        }
    }
}

/// Takes what it was allowed to take when its owner tells it to.
contract Puller {
    function pull(Token token, address from, uint256 amount) external {
        token.transferFrom(from, address(this), amount);
    }
}

/// Does what it is told to: a wallet that is a contract, or somebody's router.
contract Doer {
    function act(address to, bytes calldata data) external {
        (bool done, bytes memory why) = to.call(data);
        require(done, string(why));
    }
}
