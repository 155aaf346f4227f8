// Writes the table of well-known spenders that the package ships, from npm packages.
//
//   node tools/build_spenders.mjs            write src/allowctl/intel/spenders.toml
//   node tools/build_spenders.mjs --check    exit 1 if that file is not what would be written
//
// Every address is a package's, and its row names the file of it. Typed in here: how
// each is called, and which of them take a signature alone for an order.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const target = join(root, "src", "allowctl", "intel", "spenders.toml");

// `flags` of allowctl.model.lists.Charge.
const signed = ["shared-signatures"];
const deprecated = ["deprecated"];

// What a package wants of others is stood in for: only its own values are read.
const anything = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => "anything" : anything),
  apply: () => anything,
  construct: () => anything,
});
const loaded = new Map();

function load(file) {
  const path = join(modules, file);
  if (!loaded.has(path)) {
    const text = readFileSync(path, "utf8");
    loaded.set(path, path.endsWith(".json") ? JSON.parse(text) : evaluated(path, text));
  }
  return loaded.get(path);
}

function evaluated(path, text) {
  const module = { exports: {} };
  const want = (name) => {
    if (!name.startsWith(".")) return anything;
    const beside = join(dirname(path), name).slice(modules.length + 1);
    return load(/\.(js|json)$/.test(beside) ? beside : `${beside}.js`);
  };
  vm.compileFunction(text, ["exports", "require", "module"])(module.exports, want, module);
  return module.exports;
}

// Main networks that chains.toml has, by id.
function knownChains() {
  const text = readFileSync(join(root, "src", "allowctl", "chains", "chains.toml"), "utf8");
  const rows = text.split("[[chain]]").slice(1).filter((row) => !/^testnet = true/m.test(row));
  return rows.map((row) => Number(/^id = (\d+)/m.exec(row)[1]));
}

const chains = knownChains();

function* uniswap() {
  const source = "@uniswap/sdk-core/dist/cjs/src/addresses.js";
  const core = load(source);
  const usual = core.CHAIN_TO_ADDRESSES_MAP[1].nonfungiblePositionManagerAddress;
  for (const chain of chains) {
    const found = core.CHAIN_TO_ADDRESSES_MAP[chain] ?? {};
    const positions = found.nonfungiblePositionManagerAddress;
    // Its fallback is right where the other contracts are at their usual places.
    const swap = found.swapRouter02Address ?? (positions === usual ? core.SWAP_ROUTER_02_ADDRESSES(chain) : undefined);
    yield [chain, core.V2_ROUTER_ADDRESSES[chain], "Uniswap: V2 Router", source];
    yield [chain, swap, "Uniswap: Swap Router 02", source];
    yield [chain, positions, "Uniswap: V3 Positions", source];
    yield [chain, found.v4PositionManagerAddress, "Uniswap: V4 Positions", source];
  }
  // Where there was no Universal Router yet, its table holds the place of one with
  // some other contract's address.
  const others = [core.V2_ROUTER_ADDRESSES, core.V2_FACTORY_ADDRESSES].flatMap(Object.values);
  const taken = new Set(others.map((address) => address.toLowerCase()));
  const router = "@uniswap/universal-router-sdk/dist/cjs/src/utils/constants.js";
  for (const [chain, found] of Object.entries(load(router).CHAIN_CONFIGS)) {
    // One that serves as several versions is called by the first.
    const named = Object.entries(found.routerConfigs).map(([version, { address }]) => [address, version]);
    for (const [address, version] of new Map(named.reverse())) {
      if (taken.has(address.toLowerCase())) continue;
      yield [chain, address, `Uniswap: Universal Router ${version}`, router];
    }
    yield [chain, found.swapProxy, "Uniswap: Swap Proxy", router];
  }
}

function* permit2() {
  const usual = "@morpho-org/morpho-ts/lib/cjs/addresses.js";
  const address = load(usual).addressesRegistry[1].permit2;
  yield [undefined, address, "Permit2", usual, signed];
  const zksync = "@1inch/solidity-utils/dist/src/permit.js";
  yield [324, load(zksync).PERMIT2_ADDRESS_ZKSYNC, "Permit2", zksync, signed];
}

function* opensea() {
  const source = "opensea-js/lib/constants.js";
  const found = load(source);
  for (const each of ["OPENSEA_CONDUIT_ADDRESS", "OPENSEA_CONDUIT_ADDRESS_2"]) {
    yield [undefined, found[each], "OpenSea: Seaport conduit", source, signed];
  }
  yield [undefined, found.ALTERNATE_CONDUIT_ADDRESS, "OpenSea: alternate Seaport conduit", source, signed];
  yield [undefined, found.ALTERNATE_SEAPORT_V1_6_ADDRESS, "OpenSea: alternate Seaport 1.6", source, signed];
  yield [undefined, found.TRANSFER_HELPER_ADDRESS, "OpenSea: Transfer Helper", source];
}

function* x2y2() {
  const source = "@x2y2-io/sdk/dist/sdk.cjs.development.js";
  const text = readFileSync(join(modules, source), "utf8");
  const [mainnet] = /return \{\s*id: 1,[^}]*\}/.exec(text);
  for (const [, kind, address] of mainnet.matchAll(/erc(721|1155)DelegateContract: '(0x\w{40})'/g)) {
    yield [1, address, `X2Y2: ERC-${kind} delegate`, source, signed];
  }
}

function* oneInch() {
  const newer = "@1inch/limit-order-sdk/dist/cjs/constants.js";
  const served = load("@1inch/limit-order-sdk/dist/cjs/limit-order/limit-order.js").LimitOrder.CHAIN_TO_WRAPPER;
  for (const chain of Object.keys(served).map(Number)) {
    yield [chain, load(newer).getLimitOrderContract(chain), "1inch: Limit Order V4, Router V6", newer, signed];
  }
  const older = "@1inch/limit-order-protocol-utils/limit-order-protocol-addresses.const.js";
  const rows = readFileSync(join(modules, older), "utf8");
  const ids = Object.fromEntries([...rows.matchAll(/ChainId\["(\w+)"\] = (\d+)/g)].map(([, name, id]) => [name, id]));
  for (const [, name, address] of rows.matchAll(/\[ChainId\.(\w+)\]: '(0x\w{40})'/g)) {
    yield [ids[name], address, "1inch: Limit Order V3, Router V5", older, signed];
  }
}

function* zeroEx() {
  const source = "@0x/contract-addresses/addresses.json";
  for (const [chain, found] of Object.entries(load(source))) {
    yield [chain, found.exchangeProxy, "0x: Exchange Proxy", source];
  }
}

function* cow() {
  const source = "@cowprotocol/contracts/networks.json";
  for (const [chain, { address }] of Object.entries(load(source).GPv2VaultRelayer)) {
    yield [chain, address, "CoW Protocol: Vault Relayer", source, signed];
  }
}

function* aave() {
  const parts = {
    CORE: "Lending Pool Core",
    POOL: "Pool",
    WETH_GATEWAY: "WETH Gateway",
    SWAP_COLLATERAL_ADAPTER: "Swap Collateral Adapter",
    REPAY_WITH_COLLATERAL_ADAPTER: "Repay With Collateral Adapter",
    WITHDRAW_SWAP_ADAPTER: "Withdraw Swap Adapter",
    DEBT_SWAP_ADAPTER: "Debt Swap Adapter",
  };
  const folder = "@bgd-labs/aave-address-book/dist";
  for (const file of readdirSync(join(modules, folder)).filter((name) => /^AaveV\d\w*\.js$/.test(name))) {
    const source = `${folder}/${file}`;
    const found = load(source);
    const version = /^AaveV\d/.exec(file)[0].replace("V", " V");
    for (const [part, name] of Object.entries(parts)) {
      yield [found.CHAIN_ID, found[part], `${version}: ${name}`, source];
    }
  }
}

function* compound() {
  const ids = { mainnet: 1, polygon: 137, arbitrum: 42161, base: 8453 };
  const folder = "@compound-finance/compound-js/dist/nodejs";
  const newer = `${folder}/comet-artifacts/comet-constants.json`;
  for (const [market, found] of Object.entries(load(newer).address)) {
    const [network, base] = market.split("_");
    yield [ids[network] ?? 0, found.Comet, `Compound III: ${base.toUpperCase()}`, newer];
  }
  const older = `${folder}/constants.js`;
  // Nobody approves cETH: it takes no token.
  const tokens = Object.entries(load(older).address.mainnet).filter(([name]) => /^c[A-Z]/.test(name) && name !== "cETH");
  for (const [token, address] of tokens) {
    yield [1, address, `Compound: ${token}`, older];
  }
}

function* balancer() {
  const ids = { mainnet: 1, optimism: 10, bsc: 56, gnosis: 100, polygon: 137, arbitrum: 42161 };
  const tasks = "@balancer-labs/v2-deployments/dist/tasks";
  for (const [network, chain] of Object.entries(ids)) {
    const source = `${tasks}/20210418-vault/output/${network}.json`;
    yield [chain, load(source).Vault, "Balancer: Vault", source];
  }
  // Relayers, that take tokens and pass them on to the Vault.
  for (const task of readdirSync(join(modules, tasks, "deprecated")).filter((name) => name.includes("relayer"))) {
    for (const [network, chain] of Object.entries(ids)) {
      const source = `${tasks}/deprecated/${task}/output/${network}.json`;
      let found;
      try {
        found = load(source);
      } catch {
        continue;
      }
      const relayer = found.BalancerRelayer ?? found.LidoRelayer ?? found.BatchRelayer;
      yield [chain, relayer, `Balancer: ${task.slice(9)}`, source, deprecated];
    }
  }
}

function* morpho() {
  const source = "@morpho-org/morpho-ts/lib/cjs/addresses.js";
  for (const [chain, found] of Object.entries(load(source).addressesRegistry)) {
    yield [chain, found.morpho, "Morpho", source];
    yield [chain, found.bundler3?.generalAdapter1, "Morpho: General Adapter", source];
  }
}

function* sushi() {
  const source = "@sushiswap/core-sdk/dist/core-sdk.cjs.development.js";
  for (const [chain, address] of Object.entries(load(source).ROUTER_ADDRESS)) {
    yield [chain, address, "Sushi: V2 Router", source];
  }
}

function collected() {
  const every = [permit2, uniswap, oneInch, zeroEx, cow, sushi, opensea, x2y2, aave, compound, balancer, morpho];
  const rows = new Map();
  for (const [chain, written, label, source, flags] of every.flatMap((each) => [...each()])) {
    const address = written?.toLowerCase();
    if (!/^0x[0-9a-f]{40}$/.test(address ?? "") || /^0x0{40}$/.test(address)) continue;
    if (chain !== undefined && !chains.includes(Number(chain))) continue;
    const key = [label, address, source].join();
    const row = rows.get(key) ?? { label, address, chains: new Set(), flags, source };
    if (chain !== undefined) row.chains.add(Number(chain));
    rows.set(key, row);
  }
  return [...rows.values()];
}

// A TOML basic string, number or array of them is spelled as in JSON.
function toml(value) {
  return Array.isArray(value) ? `[${value.map(toml).join(", ")}]` : JSON.stringify(value);
}

function table(rows) {
  const parts = rows.map(({ label, address, chains: on, flags, source }) => {
    const fields = { address, label, chains: [...on].sort((one, other) => one - other), flags, source };
    return Object.entries(fields)
      .filter(([, value]) => value !== undefined && value.length > 0)
      .map(([field, value]) => `${field} = ${toml(value)}\n`)
      .join("");
  });
  return [
    "# Made by tools/build_spenders.mjs from npm packages: edit that, then `make spenders`.\n",
    ...parts.map((part) => `[[spender]]\n${part}`),
  ].join("\n");
}

const rows = collected();
const fresh = table(rows);
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== fresh) {
    console.error("src/allowctl/intel/spenders.toml is not what its packages give: run make spenders");
    process.exit(1);
  }
} else {
  writeFileSync(target, fresh);
  console.log(`wrote ${rows.length} spenders`);
}
