// SPDX-License-Identifier: MIT
pragma solidity =0.8.37;

/// An ERC-1155 collection: approval is all or nothing.
contract DemoItems {
    string public constant name = "Demo Items";
    string public constant symbol = "dITEM";

    mapping(address => mapping(uint256 => uint256)) private _balance;
    mapping(address => mapping(address => bool)) public isApprovedForAll;

    event TransferSingle(
        address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value
    );
    event TransferBatch(
        address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values
    );
    event ApprovalForAll(address indexed account, address indexed operator, bool approved);
    event URI(string value, uint256 indexed id);

    error NotAllowed(address caller);

    /// Mints `each` of the ids 1 to `kinds`.
    constructor(address holder, uint256 kinds, uint256 each) {
        for (uint256 id = 1; id <= kinds; id++) {
            _balance[holder][id] = each;
            emit TransferSingle(msg.sender, address(0), holder, id, each);
        }
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        // ERC-165, ERC-1155, ERC-1155 metadata
        return id == 0x01ffc9a7 || id == 0xd9b67a26 || id == 0x0e89341c;
    }

    function uri(uint256) external pure returns (string memory) {
        return "";
    }

    function balanceOf(address account, uint256 id) public view returns (uint256) {
        return _balance[account][id];
    }

    function balanceOfBatch(address[] calldata accounts, uint256[] calldata ids)
        external
        view
        returns (uint256[] memory balances)
    {
        require(accounts.length == ids.length);
        balances = new uint256[](ids.length);
        for (uint256 i; i < ids.length; i++) balances[i] = _balance[accounts[i]][ids[i]];
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes calldata data) external {
        _move(from, to, id, value);
        emit TransferSingle(msg.sender, from, to, id, value);
        if (to.code.length == 0) return;
        bytes4 answer = IDemoItemsReceiver(to).onERC1155Received(msg.sender, from, id, value, data);
        if (answer != IDemoItemsReceiver.onERC1155Received.selector) revert NotAllowed(to);
    }

    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external {
        require(ids.length == values.length);
        for (uint256 i; i < ids.length; i++) _move(from, to, ids[i], values[i]);
        emit TransferBatch(msg.sender, from, to, ids, values);
        if (to.code.length == 0) return;
        bytes4 answer = IDemoItemsReceiver(to).onERC1155BatchReceived(msg.sender, from, ids, values, data);
        if (answer != IDemoItemsReceiver.onERC1155BatchReceived.selector) revert NotAllowed(to);
    }

    function _move(address from, address to, uint256 id, uint256 value) private {
        if (msg.sender != from && !isApprovedForAll[from][msg.sender]) revert NotAllowed(msg.sender);
        require(to != address(0));
        _balance[from][id] -= value;
        _balance[to][id] += value;
    }
}

interface IDemoItemsReceiver {
    function onERC1155Received(address operator, address from, uint256 id, uint256 value, bytes calldata data)
        external
        returns (bytes4);

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external returns (bytes4);
}
