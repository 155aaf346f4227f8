// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// An NFT as OpenZeppelin's were for years: each transfer emits
/// Approval(owner, 0, id), whether or not anybody was approved. (4.9.6, which
/// comes from npm, clears in silence.)
contract ChattyNft {
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    string public constant name = "Chatty Items";
    string public constant symbol = "CHAT";
    uint256 public totalSupply;
    mapping(uint256 => address) public ownerOf;
    mapping(uint256 => address) public getApproved;
    mapping(address => mapping(address => bool)) public isApprovedForAll;

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == 0x80ac58cd;
    }

    function mint(address to) external {
        uint256 id = totalSupply++;
        ownerOf[id] = to;
        emit Transfer(address(0), to, id);
    }

    function approve(address spender, uint256 id) external {
        address owner = ownerOf[id];
        require(msg.sender == owner || isApprovedForAll[owner][msg.sender], "not yours");
        getApproved[id] = spender;
        emit Approval(owner, spender, id);
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    function transferFrom(address from, address to, uint256 id) external {
        require(ownerOf[id] == from, "not theirs");
        require(
            msg.sender == from || msg.sender == getApproved[id] || isApprovedForAll[from][msg.sender],
            "not allowed"
        );
        delete getApproved[id];
        emit Approval(from, address(0), id);
        ownerOf[id] = to;
        emit Transfer(from, to, id);
    }
}

/// An early NFT: its Approval has the token's id in the data, like an ERC-20's
/// amount: three topics, not four. 
contract OldNft {
    event Transfer(address indexed from, address indexed to, uint256 tokenId);
    event Approval(address indexed owner, address indexed approved, uint256 tokenId);

    string public constant name = "Old Items";
    string public constant symbol = "OLD";
    mapping(uint256 => address) public ownerOf;
    mapping(uint256 => address) public getApproved;

    function mint(address to, uint256 id) external {
        require(ownerOf[id] == address(0), "is there");
        ownerOf[id] = to;
        emit Transfer(address(0), to, id);
    }

    function approve(address spender, uint256 id) external {
        require(ownerOf[id] == msg.sender, "not yours");
        getApproved[id] = spender;
        emit Approval(msg.sender, spender, id);
    }

    function transferFrom(address from, address to, uint256 id) external {
        require(ownerOf[id] == from, "not theirs");
        require(msg.sender == from || msg.sender == getApproved[id], "not allowed");
        delete getApproved[id];
        ownerOf[id] = to;
        emit Transfer(from, to, id);
    }
}

/// Like ERC-404: fungible and not, behind one approve selector. A value that is
/// the id of a minted item approves the item, any other value is an amount.
contract Erc404Like {
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    bytes32 internal constant APPROVAL = keccak256("Approval(address,address,uint256)");

    string public constant name = "Both";
    string public constant symbol = "BOTH";
    uint8 public constant decimals = 18;
    uint256 public constant totalSupply = 1_000 ether;
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

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == 0x80ac58cd;
    }

    function ownerOf(uint256 id) public view returns (address) {
        require(_isItem(id), "no such item");
        return _owner;
    }

    function approve(address spender, uint256 valueOrId) external returns (bool) {
        if (_isItem(valueOrId)) {
            require(msg.sender == _owner, "not yours");
            getApproved[valueOrId] = spender;
            bytes32 signature = APPROVAL;
            assembly {
                log4(0, 0, signature, caller(), spender, valueOrId)
            }
        } else {
            allowance[msg.sender][spender] = valueOrId;
            emit Approval(msg.sender, spender, valueOrId);
        }
        return true;
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    function _isItem(uint256 id) internal view returns (bool) {
        return id > 0 && id <= minted;
    }
}
