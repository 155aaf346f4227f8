// SPDX-License-Identifier: MIT
pragma solidity =0.8.37;

/// Many reads in one call, none of which can spoil another: each is a static call,
/// so that nobody changes what the next one answers; has its own share of the gas;
/// and leaves an answer that is too long to a call of its own.
///
/// Asked: 2 bytes of number, then for each call 20 bytes of contract, 3 bytes of
/// length, and the data. Told: 32 bytes of block time, then for each call 1 byte of
/// verdict, 3 bytes of length, and the answer. The verdict is 0 for a call that
/// failed with ample gas, 1 for an answer, 2 for one that has to be asked elsewhere.
abstract contract Reader {
    /// Bytes of an answer. A symbol, the longest honest one, takes 96.
    uint256 private constant LONGEST = 1024;
    /// Gas. EIP-165 demands that an answer takes less than 30,000.
    uint256 private constant AMPLE = 60_000;

    /// `room` is how many bytes may be told; `reserve` is gas that no call gets.
    function _read(bytes memory asked, uint256 room, uint256 reserve) internal view returns (bytes memory told) {
        uint256 longest = LONGEST;
        uint256 ample = AMPLE;
        assembly ("memory-safe") {
            let from := add(asked, 34)
            let left := shr(240, mload(add(asked, 32)))
            told := mload(0x40)
            let to := add(told, 64)
            let end := add(add(told, 32), room)
            mstore(add(told, 32), timestamp())
            for {} left { left := sub(left, 1) } {
                let size := and(shr(72, mload(from)), 0xffffff)
                let spare := 0
                if gt(gas(), reserve) { spare := sub(gas(), reserve) }
                // Most calls take far less than an equal share: four may be had.
                let share := div(mul(4, spare), left)
                if gt(share, spare) { share := spare }
                let success := staticcall(share, shr(96, mload(from)), add(from, 23), size, 0, 0)
                let length := mul(success, returndatasize())
                let verdict := success
                if iszero(or(success, gt(share, ample))) { verdict := 2 }
                if or(gt(length, longest), gt(add(to, add(length, mul(4, left))), end)) {
                    verdict := 2
                    length := 0
                }
                mstore(to, shl(224, or(shl(24, verdict), length)))
                returndatacopy(add(to, 4), 0, length)
                to := add(add(to, 4), length)
                from := add(add(from, 23), size)
            }
            mstore(told, sub(to, add(told, 32)))
            mstore(0x40, and(add(to, 63), not(31)))
        }
    }
}

/// For a state override: its code stands at an unused address during one call.
contract PlacedReader is Reader {
    fallback(bytes calldata asked) external returns (bytes memory) {
        return _read(asked, type(uint64).max, 100_000);
    }
}

/// For a call that creates a contract: what would be its code is the answer.
contract PassingReader is Reader {
    /// EIP-170: the most that a contract's code may be.
    uint256 private constant CODE = 24_576;

    /// Code is paid for when all is read: 200 gas for each byte.
    constructor(bytes memory asked) {
        bytes memory told = _read(asked, CODE, 200 * CODE + 100_000);
        assembly ("memory-safe") {
            return(add(told, 32), mload(told))
        }
    }
}
