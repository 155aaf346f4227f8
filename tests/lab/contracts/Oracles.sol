// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

// Replicas of what prices are read from: only what a reader sees of them.

/// A price feed of Chainlink's form, set by whoever deploys it.
contract PriceFeed {
    uint8 public immutable decimals;
    uint80 private number;
    int256 private answer;
    uint256 private startedAt;
    uint256 private updatedAt;

    constructor(uint8 decimals_, int256 answer_, uint256 updatedAt_) {
        decimals = decimals_;
        set(answer_, updatedAt_, updatedAt_);
    }

    function set(int256 answer_, uint256 startedAt_, uint256 updatedAt_) public {
        number = ((1 << 64) | uint64(number)) + 1;
        answer = answer_;
        startedAt = startedAt_;
        updatedAt = updatedAt_;
    }

    function latestRoundData()
        external
        view
        returns (uint80, int256, uint256, uint256, uint80)
    {
        return (number, answer, startedAt, updatedAt, number);
    }
}

interface IMeasured {
    function balanceOf(address owner) external view returns (uint256);
}

/// 1inch's OffchainOracle, as far as getRateToEth goes: the mean of what pools say,
/// weighed by what they hold, at 1e18 times native units for one unit. Each question
/// costs gas as asking dozens of exchanges does.
contract SpotOracle {
    struct Source {
        address pool;
        address native;
    }

    uint256 private constant WORK = 8_000_000;
    mapping(address => Source[]) private sources;
    mapping(address => uint256) private lies;

    function add(address token, address pool, address native) external {
        sources[token].push(Source(pool, native));
    }

    function lie(address token, uint256 rate) external {
        lies[token] = rate;
    }

    function getRateToEth(address token, bool) external view returns (uint256) {
        uint256 start = gasleft();
        require(start > WORK, "dry");
        while (start - gasleft() < WORK) {}
        if (lies[token] != 0) return lies[token];
        uint256 weighed;
        uint256 whole;
        for (uint256 i; i < sources[token].length; i++) {
            Source memory source = sources[token][i];
            uint256 held = IMeasured(token).balanceOf(source.pool);
            uint256 paid = IMeasured(source.native).balanceOf(source.pool);
            if (held == 0) continue;
            weighed += ((paid * 1e18) / held) * paid;
            whole += paid;
        }
        return whole == 0 ? 0 : weighed / whole;
    }
}

/// A token of any decimals that anybody may mint.
contract MintedToken {
    string public name = "Minted";
    string public symbol = "MINT";
    uint8 public immutable decimals;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Approval(address indexed owner, address indexed spender, uint256 amount);

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
        totalSupply += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }
}
