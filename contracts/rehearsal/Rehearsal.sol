// SPDX-License-Identifier: MIT
pragma solidity =0.8.37;

/// For a state override: its code stands at an owner's address during one eth_call
/// from that owner, so that a contract sees the owner call it. Each call is made with
/// its share of gas, then everything is read; nothing that is answered can fill the
/// memory, and no failure is another's.
///
/// Asked: 1 byte of number of calls, 2 bytes of number of reads, 4 bytes of gas for a
/// call, 4 bytes of gas for a read; then each call and each read as 20 bytes of
/// contract, 3 bytes of length, and the data. Told: 32 bytes of block time; then for
/// each call 1 byte of verdict, 4 bytes of gas used, and for each read after it 1 byte
/// of verdict, 2 bytes of length, the answer. A verdict is 0 for what failed, 1 for what
/// worked, 2 for what was not done, as its gas was not there.
contract Rehearsal {
    fallback() external {
        assembly {
            // A contract that calls back meets what it would meet: nobody.
            if iszero(eq(caller(), address())) { return(0, 0) }

            // Whether there is so much gas, and enough to go on afterwards.
            function affords(wanted) -> yes {
                yes := gt(gas(), add(div(mul(wanted, 64), 63), 100000))
            }
            function after(from) -> next {
                next := add(add(from, 23), and(shr(72, calldataload(from)), 0xffffff))
            }

            let head := calldataload(0)
            let forCall := and(shr(200, head), 0xffffffff)
            let forRead := and(shr(168, head), 0xffffffff)
            let from := 11
            let firstRead := from
            for { let left := byte(0, head) } left { left := sub(left, 1) } {
                firstRead := after(firstRead)
            }
            mstore(0, timestamp())
            let to := 32
            for { let left := byte(0, head) } left { left := sub(left, 1) } {
                let verdict := 2
                let used := 0
                if affords(forCall) {
                    let size := and(shr(72, calldataload(from)), 0xffffff)
                    calldatacopy(add(to, 64), add(from, 23), size)
                    used := gas()
                    verdict := call(forCall, shr(96, calldataload(from)), 0, add(to, 64), size, 0, 0)
                    used := sub(used, gas())
                }
                mstore(to, or(shl(248, verdict), shl(216, used)))
                to := add(to, 5)
                from := after(from)
                let read := firstRead
                for { let more := and(shr(232, head), 0xffff) } more { more := sub(more, 1) } {
                    verdict := 2
                    let length := 0
                    if affords(forRead) {
                        let size := and(shr(72, calldataload(read)), 0xffffff)
                        calldatacopy(add(to, 64), add(read, 23), size)
                        verdict := staticcall(forRead, shr(96, calldataload(read)), add(to, 64), size, 0, 0)
                        length := mul(verdict, returndatasize())
                        // No honest answer is longer: the rest of it is left out.
                        if gt(length, 1024) { length := 1024 }
                    }
                    mstore(to, or(shl(248, verdict), shl(232, length)))
                    returndatacopy(add(to, 3), 0, length)
                    to := add(add(to, 3), length)
                    read := after(read)
                }
            }
            return(0, to)
        }
    }
}
