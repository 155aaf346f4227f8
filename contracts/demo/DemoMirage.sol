// SPDX-License-Identifier: MIT
pragma solidity =0.8.37;

/// Not a token: it writes approval logs in other people's names and gives no usable answer when
/// asked. Each kind fails in its own way: a revert, all gas burnt, an answer too short.
contract DemoMirage {
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    error Mirage();

    function plantAmount(address owner, address spender, uint256 value) external {
        emit Approval(owner, spender, value);
    }

    function plantOperator(address owner, address operator) external {
        emit ApprovalForAll(owner, operator, true);
    }

    /// The ERC-721 event has the ERC-20 event's name, so it is written by hand.
    function plantItem(address owner, address approved, uint256 tokenId) external {
        bytes32 topic = keccak256("Approval(address,address,uint256)");
        assembly {
            log4(0, 0, topic, owner, approved, tokenId)
        }
    }

    function allowance(address, address) external pure returns (uint256) {
        revert Mirage();
    }

    function isApprovedForAll(address, address) external pure returns (bool) {
        assembly {
            invalid()
        }
    }

    function ownerOf(uint256) external pure returns (address) {
        assembly {
            return(0, 3)
        }
    }

    function getApproved(uint256) external pure returns (address) {
        assembly {
            return(0, 3)
        }
    }
}
