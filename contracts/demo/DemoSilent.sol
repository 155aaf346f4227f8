// SPDX-License-Identifier: MIT
pragma solidity =0.8.37;

/// An ERC-20 that lets Permit2 move everything of everybody: no log ever says
/// so, and nobody can take it back.
contract DemoSilent {
    address private constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;

    string public constant name = "Demo Silent";
    string public constant symbol = "dSIL";
    uint8 public constant decimals = 18;
    uint256 public immutable totalSupply;

    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) private _allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    error Permit2AllowanceIsFixed();

    constructor(address holder, uint256 supply) {
        totalSupply = supply;
        balanceOf[holder] = supply;
        emit Transfer(address(0), holder, supply);
    }

    function allowance(address owner, address spender) public view returns (uint256) {
        return spender == PERMIT2 ? type(uint256).max : _allowance[owner][spender];
    }

    function approve(address spender, uint256 value) external returns (bool) {
        if (spender == PERMIT2 && value != type(uint256).max) revert Permit2AllowanceIsFixed();
        _allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        _move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance(from, msg.sender);
        if (allowed != type(uint256).max) _allowance[from][msg.sender] = allowed - value;
        _move(from, to, value);
        return true;
    }

    function _move(address from, address to, uint256 value) private {
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}
