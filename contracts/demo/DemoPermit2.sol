// SPDX-License-Identifier: MIT
pragma solidity =0.8.37;

/// What Uniswap's Permit2 does for allowances, written anew to its published interface, so that a
/// demo chain has it at the known address. Only code is placed there, no constructor runs: nothing
/// is immutable, and the domain separator is computed at each call.
contract DemoPermit2 {
    struct PermitDetails {
        address token;
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    struct PermitSingle {
        PermitDetails details;
        address spender;
        uint256 sigDeadline;
    }

    struct TokenSpenderPair {
        address token;
        address spender;
    }

    struct PackedAllowance {
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
    bytes32 private constant DETAILS =
        keccak256("PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)");
    bytes32 private constant SINGLE = keccak256(
        "PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)"
    );

    /// owner, token, spender
    mapping(address => mapping(address => mapping(address => PackedAllowance))) public allowance;
    /// owner, word: which nonces of signature transfers are used up
    mapping(address => mapping(uint256 => uint256)) public nonceBitmap;

    event Approval(
        address indexed owner, address indexed token, address indexed spender, uint160 amount, uint48 expiration
    );
    event Permit(
        address indexed owner,
        address indexed token,
        address indexed spender,
        uint160 amount,
        uint48 expiration,
        uint48 nonce
    );
    event Lockdown(address indexed owner, address token, address spender);
    event NonceInvalidation(
        address indexed owner, address indexed token, address indexed spender, uint48 newNonce, uint48 oldNonce
    );
    event UnorderedNonceInvalidation(address indexed owner, uint256 word, uint256 mask);

    error AllowanceExpired(uint256 deadline);
    error InsufficientAllowance(uint256 amount);
    error ExcessiveInvalidation();
    error SignatureExpired(uint256 signatureDeadline);
    error InvalidNonce();
    error InvalidSigner();
    error InvalidSignatureLength();
    error InvalidContractSignature();

    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, keccak256("Permit2"), block.chainid, address(this)));
    }

    function approve(address token, address spender, uint160 amount, uint48 expiration) external {
        PackedAllowance storage entry = allowance[msg.sender][token][spender];
        entry.amount = amount;
        entry.expiration = _orNow(expiration);
        emit Approval(msg.sender, token, spender, amount, expiration);
    }

    function permit(address owner, PermitSingle calldata single, bytes calldata signature) external {
        if (block.timestamp > single.sigDeadline) revert SignatureExpired(single.sigDeadline);
        PermitDetails calldata details = single.details;
        bytes32 inner = keccak256(
            abi.encode(DETAILS, details.token, details.amount, details.expiration, details.nonce)
        );
        bytes32 outer = keccak256(abi.encode(SINGLE, inner, single.spender, single.sigDeadline));
        _check(owner, keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR(), outer)), signature);

        PackedAllowance storage entry = allowance[owner][details.token][single.spender];
        if (entry.nonce != details.nonce) revert InvalidNonce();
        unchecked {
            entry.nonce = details.nonce + 1;
        }
        entry.amount = details.amount;
        entry.expiration = _orNow(details.expiration);
        emit Permit(owner, details.token, single.spender, details.amount, details.expiration, details.nonce);
    }

    /// Works up to and including the second of expiration; the maximum is never used up.
    function transferFrom(address from, address to, uint160 amount, address token) external {
        PackedAllowance storage entry = allowance[from][token][msg.sender];
        if (block.timestamp > entry.expiration) revert AllowanceExpired(entry.expiration);
        uint160 allowed = entry.amount;
        if (allowed != type(uint160).max) {
            if (allowed < amount) revert InsufficientAllowance(allowed);
            entry.amount = allowed - amount;
        }
        (bool ok, bytes memory answer) =
            token.call(abi.encodeWithSignature("transferFrom(address,address,uint256)", from, to, uint256(amount)));
        require(ok && token.code.length != 0 && (answer.length == 0 || abi.decode(answer, (bool))), "TRANSFER_FROM_FAILED");
    }

    function lockdown(TokenSpenderPair[] calldata pairs) external {
        for (uint256 i; i < pairs.length; i++) {
            allowance[msg.sender][pairs[i].token][pairs[i].spender].amount = 0;
            emit Lockdown(msg.sender, pairs[i].token, pairs[i].spender);
        }
    }

    function invalidateNonces(address token, address spender, uint48 newNonce) external {
        PackedAllowance storage entry = allowance[msg.sender][token][spender];
        uint48 oldNonce = entry.nonce;
        if (newNonce <= oldNonce) revert InvalidNonce();
        if (newNonce - oldNonce > type(uint16).max) revert ExcessiveInvalidation();
        entry.nonce = newNonce;
        emit NonceInvalidation(msg.sender, token, spender, newNonce, oldNonce);
    }

    function invalidateUnorderedNonces(uint256 word, uint256 mask) external {
        nonceBitmap[msg.sender][word] |= mask;
        emit UnorderedNonceInvalidation(msg.sender, word, mask);
    }

    /// An expiration of 0 means: this block only.
    function _orNow(uint48 expiration) private view returns (uint48) {
        return expiration == 0 ? uint48(block.timestamp) : expiration;
    }

    /// 65 bytes r s v, 64 bytes r vs (EIP-2098), or whatever a contract owner accepts (EIP-1271).
    function _check(address owner, bytes32 digest, bytes calldata signature) private view {
        if (owner.code.length != 0) {
            bytes4 answer = IDemoContractSigner(owner).isValidSignature(digest, signature);
            if (answer != IDemoContractSigner.isValidSignature.selector) revert InvalidContractSignature();
            return;
        }
        bytes32 r;
        bytes32 s;
        uint8 v;
        if (signature.length == 65) {
            (r, s) = abi.decode(signature, (bytes32, bytes32));
            v = uint8(signature[64]);
        } else if (signature.length == 64) {
            (r, s) = abi.decode(signature, (bytes32, bytes32));
            v = uint8(uint256(s) >> 255) + 27;
            s = s & bytes32(uint256(type(int256).max));
        } else {
            revert InvalidSignatureLength();
        }
        address signer = ecrecover(digest, v, r, s);
        if (signer == address(0) || signer != owner) revert InvalidSigner();
    }
}

interface IDemoContractSigner {
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4);
}
