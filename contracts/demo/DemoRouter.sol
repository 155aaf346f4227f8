// SPDX-License-Identifier: MIT
pragma solidity =0.8.37;

/// A spender: its keeper pulls tokens out of wallets that approved it, directly or through Permit2.
contract DemoRouter {
    address private constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;

    address public immutable keeper = msg.sender;

    error NotKeeper();
    error PullFailed();

    modifier onlyKeeper() {
        if (msg.sender != keeper) revert NotKeeper();
        _;
    }

    function pull(address token, address from, address to, uint256 amount) external onlyKeeper {
        _call(token, abi.encodeWithSignature("transferFrom(address,address,uint256)", from, to, amount));
    }

    function pullThroughPermit2(address token, address from, address to, uint160 amount) external onlyKeeper {
        _call(
            PERMIT2,
            abi.encodeWithSignature("transferFrom(address,address,uint160,address)", from, to, amount, token)
        );
    }

    function _call(address target, bytes memory data) private {
        (bool ok, bytes memory answer) = target.call(data);
        if (!ok || (answer.length != 0 && !abi.decode(answer, (bool)))) revert PullFailed();
    }
}
