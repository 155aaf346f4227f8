// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "./Token.sol";

/// Grants like any other token, and then is in a mode when a grant is changed.
/// Anybody may turn it, at any time: also between a simulation and its transaction.
contract Fiend is NamedToken {
    enum Mode {
        Honest,
        Lies, // the event and the answer are right, nothing changes
        Reverts,
        Burns, // all the gas there is
        Mute, // it works, and from then on allowance() reverts
        Raises, // whatever is asked for, the maximum is granted
        Regrows, // nothing is left in that block, the maximum in all later ones
        Simulates, // it works where gas costs nothing, and lies where it is paid for
        Parity, // nothing changes, and blocks with odd numbers do not show it
        Regrants, // the accomplice gets the maximum, and no log says anything
        Hungry, // it works, for a million gas
        Bomb, // it works, and returns 300 kB
        Reasons, // it reverts with a reason of 300 kB
        Reenters // it calls back whoever calls, tries the accomplice's approve, works
    }

    uint256 internal constant SIZE = 300_000;

    // In one slot: that it turns, or falls silent, costs hardly any gas.
    Mode public mode;
    bool internal _mute;
    bool internal _entered;
    address public immutable accomplice;
    mapping(address => mapping(address => uint256)) internal _changed;
    mapping(uint256 => uint256) internal _eaten;

    constructor(string memory symbol_, address owner, address accomplice_) NamedToken(symbol_, symbol_, owner) {
        accomplice = accomplice_;
    }

    function turn(Mode to) external {
        mode = to;
    }

    /// What can really be spent in the next blocks, whatever allowance() says.
    function granted(address owner, address spender) external view returns (uint256) {
        return _allowed[owner][spender];
    }

    function allowance(address owner, address spender) public view override returns (uint256) {
        require(!_mute, "not telling");
        if (mode == Mode.Regrows && _changed[owner][spender] == block.number) return 0;
        if (mode == Mode.Parity && block.number % 2 == 1) return 0;
        return _allowed[owner][spender];
    }

    function approve(address spender, uint256 value) public override returns (bool) {
        if (_allowed[msg.sender][spender] == 0) return super.approve(spender, value);
        if (mode == Mode.Lies || mode == Mode.Parity) {
            emit Approval(msg.sender, spender, value);
            return true;
        }
        if (mode == Mode.Simulates && tx.gasprice > 0) {
            emit Approval(msg.sender, spender, value);
            return true;
        }
        if (mode == Mode.Reverts) revert("not today");
        if (mode == Mode.Burns) while (gasleft() > 0) {}
        if (mode == Mode.Mute) _mute = true;
        if (mode == Mode.Raises) value = type(uint256).max;
        if (mode == Mode.Regrows) {
            _changed[msg.sender][spender] = block.number;
            _allowed[msg.sender][spender] = type(uint256).max;
            emit Approval(msg.sender, spender, value);
            return true;
        }
        if (mode == Mode.Regrants) {
            _allowed[msg.sender][spender] = value;
            _allowed[msg.sender][accomplice] = type(uint256).max;
            return true;
        }
        if (mode == Mode.Hungry) _eat();
        if (mode == Mode.Reenters) _callBack();
        if (mode == Mode.Reasons) _reason();
        super.approve(spender, value);
        if (mode == Mode.Bomb) {
            uint256 length = SIZE;
            assembly {
                mstore(0, 1)
                return(0, length)
            }
        }
        return true;
    }

    function _eat() internal {
        for (uint256 i = 0; i < 45; i++) {
            _eaten[uint256(keccak256(abi.encode(block.number, i)))] = 1;
        }
    }

    function _callBack() internal {
        if (_entered) return;
        _entered = true;
        bool done;
        (done,) = msg.sender.call(msg.data);
        (done,) = msg.sender.call("");
        (done,) = accomplice.call(abi.encodeWithSignature("approve(address,uint256)", this, type(uint256).max));
        (done,) = accomplice.call(abi.encodeWithSignature("transferFrom(address,address,uint256)", msg.sender, this, 1));
        _entered = false;
    }

    function _reason() internal pure {
        uint256 size = SIZE;
        assembly {
            mstore(0, shl(224, 0x08c379a0)) // Error(string)
            mstore(4, 32)
            mstore(36, size)
            calldatacopy(68, calldatasize(), size)
            mstore8(68, 0x41)
            revert(0, add(68, size))
        }
    }
}

/// ERC-404 as the first ones were: an amount up to the number of items is an id,
/// and no supportsInterface says what it is. Lowering a grant gives an item away.
contract LegacyErc404 {
    error NotFound();
    error Unauthorized();

    event Approval(address indexed owner, address indexed spender, uint256 amountOrId);

    string public constant name = "Legacy both";
    string public constant symbol = "404";
    uint8 public constant decimals = 0;
    uint256 public constant totalSupply = 1_000_000;
    uint256 public immutable minted;
    address internal immutable _owner;
    mapping(address => uint256) public balanceOf;
    mapping(uint256 => address) public getApproved;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => mapping(address => bool)) public isApprovedForAll;

    /// Items 1..minted belong to owner.
    constructor(address owner, uint256 minted_) {
        _owner = owner;
        minted = minted_;
        balanceOf[owner] = totalSupply;
    }

    function ownerOf(uint256 id) external view returns (address) {
        if (id == 0 || id > minted) revert NotFound();
        return _owner;
    }

    function approve(address spender, uint256 amountOrId) external returns (bool) {
        if (amountOrId > 0 && amountOrId <= minted) {
            if (msg.sender != _owner && !isApprovedForAll[_owner][msg.sender]) revert Unauthorized();
            getApproved[amountOrId] = spender;
        } else {
            allowance[msg.sender][spender] = amountOrId;
        }
        emit Approval(msg.sender, spender, amountOrId);
        return true;
    }
}
