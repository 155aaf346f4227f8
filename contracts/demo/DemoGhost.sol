// SPDX-License-Identifier: MIT
pragma solidity =0.8.37;

/// Logs an approval while it is created, and is gone in the same transaction (EIP-6780): the log
/// stays, the contract does not.
contract DemoGhost {
    event Approval(address indexed owner, address indexed spender, uint256 value);

    constructor(address owner, address spender) {
        emit Approval(owner, spender, type(uint256).max);
        selfdestruct(payable(msg.sender));
    }
}
