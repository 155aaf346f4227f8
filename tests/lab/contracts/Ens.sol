// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

interface IRegistry {
    function resolver(bytes32 node) external view returns (address);
}

interface IExtendedResolver {
    function resolve(bytes calldata name, bytes calldata data) external view returns (bytes memory);
}

interface IInterfaces {
    function supportsInterface(bytes4 id) external view returns (bool);
}

/// Our own replica of the part of ENS's Universal Resolver that a forward lookup
/// uses (ENSIP-10: the nearest ancestor with a resolver, wildcards through
/// `resolve`). Errors carry the names and types of the original's.
contract UniversalResolverLike {
    error ResolverNotFound(bytes name);
    error UnsupportedResolverProfile(bytes4 selector);
    error ResolverError(bytes errorData);
    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);

    IRegistry internal constant REGISTRY = IRegistry(0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e);
    bytes4 internal constant EXTENDED = 0x9061b923;

    function resolve(bytes calldata name, bytes calldata data) external view returns (bytes memory, address) {
        (address resolver,, uint256 offset) = findResolver(name);
        if (resolver.code.length == 0) revert ResolverNotFound(name);
        bool extended = _isExtended(resolver);
        if (offset > 0 && !extended) revert ResolverNotFound(name);
        bytes memory asked = extended ? abi.encodeCall(IExtendedResolver.resolve, (name, data)) : bytes(data);
        (bool done, bytes memory answer) = resolver.staticcall(asked);
        if (!done) {
            if (bytes4(answer) == OffchainLookup.selector) _lookup(answer);
            revert ResolverError(answer);
        }
        if (answer.length == 0) revert UnsupportedResolverProfile(bytes4(data));
        return (extended ? abi.decode(answer, (bytes)) : answer, resolver);
    }

    function findResolver(bytes calldata name) public view returns (address resolver, bytes32 node, uint256 offset) {
        node = _namehash(name, 0);
        while (true) {
            resolver = REGISTRY.resolver(_namehash(name, offset));
            if (resolver != address(0) || uint8(name[offset]) == 0) return (resolver, node, offset);
            offset += 1 + uint8(name[offset]);
        }
    }

    /// The original answers in its own name too, so that the reply comes back to it.
    function _lookup(bytes memory answer) internal view {
        bytes memory members = new bytes(answer.length - 4);
        for (uint256 i = 0; i < members.length; i++) {
            members[i] = answer[i + 4];
        }
        (, string[] memory urls, bytes memory callData, bytes4 callback, bytes memory extra) =
            abi.decode(members, (address, string[], bytes, bytes4, bytes));
        revert OffchainLookup(address(this), urls, callData, callback, extra);
    }

    function _isExtended(address resolver) internal view returns (bool) {
        try IInterfaces(resolver).supportsInterface(EXTENDED) returns (bool yes) {
            return yes;
        } catch {
            return false;
        }
    }

    function _namehash(bytes calldata name, uint256 offset) internal pure returns (bytes32) {
        uint256 length = uint8(name[offset]);
        if (length == 0) return bytes32(0);
        bytes32 parent = _namehash(name, offset + 1 + length);
        return keccak256(abi.encodePacked(parent, keccak256(name[offset + 1:offset + 1 + length])));
    }
}

/// A wildcard resolver whose answers lie behind a URL (EIP-3668).
contract OffchainResolver {
    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);

    string public url;

    constructor(string memory url_) {
        url = url_;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x9061b923 || id == 0x01ffc9a7;
    }

    function resolve(bytes calldata name, bytes calldata data) external view returns (bytes memory) {
        string[] memory urls = new string[](1);
        urls[0] = url;
        revert OffchainLookup(address(this), urls, abi.encode(name, data), this.told.selector, "");
    }

    function told(bytes calldata response, bytes calldata) external pure returns (bytes memory) {
        return response;
    }
}

/// A resolver that answers what is no address: three bytes, or a word too big.
contract GarbageResolver {
    uint256 internal immutable _length;

    constructor(uint256 length) {
        _length = length;
    }

    function supportsInterface(bytes4) external pure returns (bool) {
        return false;
    }

    fallback() external {
        uint256 length = _length;
        assembly {
            mstore(0, not(0))
            return(0, length)
        }
    }
}
