// Writes the table of price feeds and well-known tokens that the package ships.
//
//   node tools/build_feeds.mjs            write src/allowctl/intel/feeds.toml
//   node tools/build_feeds.mjs --check    exit 1 if that file is not what would be written
//
// Every address comes out of an npm package, and its row names the file and the
// name in it; 1inch's is the one of facts/risk.md. Typed in here is only judgement:
// which feed prices which token, and which tokens a pool's worth is counted in.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, "src", "allowctl", "intel", "feeds.toml");
const table = join(root, "src", "allowctl", "chains", "chains.toml");
const require = createRequire(import.meta.url);

const book = "@bgd-labs/aave-address-book";
const slugs = "@defillama/sdk/build/providers.json";
const packages = [
  book,
  "@defillama/sdk",
  "@pancakeswap/v2-sdk",
  "@pancakeswap/v3-sdk",
  "@sushiswap/core-sdk",
  "@uniswap/sdk-core",
  "@uniswap/v3-sdk",
  "quickswap-sdk",
];

// Our name -> what the address book calls the chain, its markets, the key of the
// wrapped native coin, and the feed of that coin. A market that comes first names
// what several have.
const books = {
  ethereum: ["Ethereum", ["", "EtherFi", "Lido", "Horizon"], "WETH", "ETH__USD"],
  optimism: ["Optimism", [""], "WETH", "ETH__USD"],
  bsc: ["BNB", [""], "WBNB", "BNB__USD"],
  gnosis: ["Gnosis", [""], "WXDAI", "DAI__USD"],
  polygon: ["Polygon", [""], "WPOL", "POL__USD MATIC__USD"],
  sonic: ["Sonic", [""], "wS", "S__USD"],
  zksync: ["ZkSync", [""], "WETH", "ETH__USD"],
  metis: ["Metis", [""], "Metis", "METIS__USD"],
  soneium: ["Soneium", [""], "WETH", "ETH__USD"],
  mantle: ["Mantle", [""], "WMNT", "MNT__USD"],
  base: ["Base", [""], "WETH", "ETH__USD"],
  arbitrum: ["Arbitrum", [""], "WETH", "ETH__USD"],
  celo: ["Celo", [""], "CELO", "CELO__USD"],
  avalanche: ["Avalanche", [""], "WAVAX", "AVAX__USD"],
  linea: ["Linea", [""], "WETH", "ETH__USD"],
  scroll: ["Scroll", [""], "WETH", "ETH__USD"],
};

// Feed -> the assets of the address book that it prices; of several feeds the
// first that the chain has. A token that is bridged, or wraps bitcoin, is taken
// for what it stands for, as Aave takes it.
const dollars = {
  ETH__USD: "WETH WETHe ETH",
  "WBTC__USD BTC__USD": "WBTC WBTCe",
  "cbBTC__USD BTC__USD": "cbBTC",
  "TBTC__USD BTC__USD": "tBTC",
  BTC__USD: "BTCB BTCb",
  USDC__USD: "USDC USDCn USDCe USDbC mUSDC",
  USDT__USD: "USDT USDt USDT0 mUSDT",
  DAI__USD: "DAI DAIe mDAI WXDAI",
  "POL__USD MATIC__USD": "WPOL",
  BNB__USD: "WBNB",
  AVAX__USD: "WAVAX",
  S__USD: "wS",
  METIS__USD: "Metis",
  MNT__USD: "WMNT",
  CELO__USD: "CELO",
  LINK__USD: "LINK LINKe",
  AAVE__USD: "AAVE AAVEe",
  CAKE__USD: "Cake",
  CUSD__USD: "USDm",
  SUSD__USD: "sUSD",
  CRVUSD__USD: "crvUSD",
  "USDe__USD USDE__USD": "USDe",
  "sUSDe__USD SUSDE__USD": "sUSDe",
  EUR__USD: "EURe",
  XAU__USD: "XAUt",
  _1INCH__USD: "ONE_INCH",
};

// Where the feed has the token's own name.
const own =
  "ARB AUSD BAL CRV ENS EURC FDUSD FRAX FXS GHO GHST GNO KNC LUSD MKR OP PYUSD " +
  "RLUSD RPL SCR SNX STG SUSHI UNI USDG USDS USDtb ZK";

// Feeds in ether, of tokens that stake it.
const ethers = {
  RETH__ETH: "rETH",
  CBETH__ETH: "cbETH",
  "WSTETH__ETH wstETH__ETH": "wstETH",
  weETH__ETH: "weETH",
  ezETH__ETH: "ezETH",
  RSETH__ETH: "rsETH",
  ETHx__ETH: "ETHx",
};

// What the other side of a pool is counted in: held by every kind of pool, and
// priced by a feed.
const quoted =
  "WETH WETHe ETH WBNB WPOL WAVAX WXDAI wS Metis WMNT CELO " +
  "USDC USDCn USDCe USDbC USDT USDt USDT0 DAI WBTC BTCB BTCb";

// 1inch's spot-price aggregator, and where it is the same (facts/risk.md 5.5).
const oneinch = {
  address: "0x00000000000D6FFc74A8feb35aF5827bf57f6786",
  chains: "ethereum bsc polygon optimism arbitrum avalanche gnosis base linea sonic",
  source: "facts/risk.md 5.5",
};

// As sushiswap's and quickswap's packages call chains.
const sushi = {
  ethereum: "MAINNET",
  polygon: "MATIC",
  gnosis: "XDAI",
  bsc: "BSC",
  arbitrum: "ARBITRUM",
  avalanche: "AVALANCHE",
  celo: "CELO",
};
const quick = { polygon: "MATIC" };

function text(path) {
  return readFileSync(join(root, "node_modules", path), "utf8");
}

// Past what the package exports.
function load(path) {
  return require(join(root, "node_modules", path));
}

function version(name) {
  return JSON.parse(text(`${name}/package.json`)).version;
}

// One address, with where it stands: the first after that name.
function found(path, name, pattern) {
  const match = pattern.exec(text(path));
  return match && { address: match[1].toLowerCase(), source: `${path} ${name}` };
}

function constant(path, name) {
  return found(path, name, new RegExp(`constant ${name} =\\s*(0x[0-9a-fA-F]{40});`));
}

// A factory by chain id in a .d.ts file.
function typed(path, name, id) {
  const pattern = `${name}: \\{[^}]*?readonly ${id}: "(0x[0-9a-fA-F]{40})"`;
  return found(path, `${name}[${id}]`, new RegExp(pattern));
}

function assigned(path, name, key) {
  const pattern = `_${name}\\[exports\\.ChainId\\.${key}\\] = '(0x[0-9a-fA-F]{40})'`;
  return found(path, `${name}[${key}]`, new RegExp(pattern));
}

function uniswap(name, id) {
  const path = "@uniswap/sdk-core/dist/cjs/src/addresses.js";
  const address = load(path)[name][id];
  return address && { address: address.toLowerCase(), source: `${path} ${name}[${id}]` };
}

function fees(path, pattern) {
  const [, body] = pattern.exec(text(path));
  return [...body.matchAll(/\b(LOWEST|LOW|MEDIUM|HIGH)"?\]? = (\d+)/g)].map((m) => Number(m[2]));
}

function factories(name, id) {
  const v2 = [
    uniswap("V2_FACTORY_ADDRESSES", id),
    typed("@pancakeswap/v2-sdk/dist/constants.d.ts", "FACTORY_ADDRESS_MAP", id),
    name in sushi &&
      assigned(
        "@sushiswap/core-sdk/dist/core-sdk.cjs.development.js",
        "FACTORY_ADDRESS",
        sushi[name],
      ),
    name in quick &&
      assigned(
        "quickswap-sdk/dist/quickswap-sdk.cjs.development.js",
        "FACTORY_ADDRESS",
        quick[name],
      ),
  ];
  const uniswapFees = fees(
    "@uniswap/v3-sdk/dist/cjs/src/constants.js",
    /\(function \(FeeAmount\) \{([^}]*)\}/,
  );
  const pancake = "@pancakeswap/v3-sdk/dist/constants.d.ts";
  const pancakeFees = fees(pancake, /enum FeeAmount \{([^}]*)\}/);
  const v3 = [
    [uniswap("V3_CORE_FACTORY_ADDRESSES", id), uniswapFees],
    [typed(pancake, "FACTORY_ADDRESSES", id), pancakeFees],
  ];
  return [
    ...v2.filter(Boolean).map((row) => ({ address: row.address, source: row.source })),
    ...v3
      .filter(([row]) => row)
      .map(([row, tiers]) => ({ address: row.address, fees: tiers, source: row.source })),
  ];
}

const tokenList = JSON.parse(text(`${book}/tokenlist.json`)).tokens;
const symbols = new Map(
  tokenList.map((each) => [`${each.chainId}:${each.address.toLowerCase()}`, each.symbol]),
);

function pair(name) {
  return name.replace(/^_/, "").replace("__", " / ");
}

function words(groups) {
  return Object.entries(groups).flatMap(([names, assets]) =>
    assets.split(" ").map((asset) => [asset, names.split(" ")]),
  );
}

const inDollars = new Map([
  ...own.split(" ").map((asset) => [asset, [`${asset}__USD`]]),
  ...words(dollars),
]);
const inEthers = new Map(words(ethers));

// What prices an asset: names of feeds whose answers are multiplied.
function priced(asset, named) {
  const there = (names) => (names ?? []).find((name) => named(name));
  const direct = there(inDollars.get(asset));
  if (direct) return [direct];
  const staked = there(inEthers.get(asset));
  return staked && named("ETH__USD") ? [staked, "ETH__USD"] : [];
}

// An asset's own contract and its aToken, which Aave pays out one for one.
function assets(id, path, named) {
  const market = load(path.replace("/src/", "/dist/").replace(".sol", ".js"));
  return Object.entries(market.ASSETS)
    .filter(([asset]) => !asset.startsWith("PT_"))
    .flatMap(([asset, { decimals }]) => {
      const feeds = priced(asset, named);
      const rows = [["UNDERLYING", asset], ...(feeds.length ? [["A_TOKEN", ""]] : [])];
      return rows.map(([part, key]) => {
        const { address, source } = constant(path, `${asset}_${part}`);
        const symbol = symbols.get(`${id}:${address}`);
        return { key, symbol: symbol ?? asset, address, decimals, feeds, source };
      });
    })
    .filter((row) => row.key || symbols.has(`${id}:${row.address}`));
}

function priceRows(name, id) {
  if (!(name in books)) return {};
  const [called, markets, wrappedKey, native] = books[name];
  const feedPath = `${book}/src/Chainlink${called}.sol`;
  const named = (each) => constant(feedPath, each);
  const seen = new Set();
  const tokens = markets
    .flatMap((market) => assets(id, `${book}/src/AaveV3${called}${market}.sol`, named))
    .filter((row) => !seen.has(row.address) && seen.add(row.address));
  const nativeFeed = native.split(" ").find((each) => named(each));
  const used = new Set([nativeFeed, ...tokens.flatMap((row) => row.feeds)]);
  const quotes = quoted.split(" ");
  return {
    native: [pair(nativeFeed)],
    wrapped: tokens.find((row) => row.key === wrappedKey).address,
    quotes: tokens.filter((row) => quotes.includes(row.key)).map((row) => row.address),
    sequencer: constant(feedPath, "L2_Sequencer_Uptime_Status_Feed") ?? undefined,
    oneinch: oneinch.chains.split(" ").includes(name)
      ? { address: oneinch.address.toLowerCase(), source: oneinch.source }
      : undefined,
    factories: factories(name, id),
    feeds: [...used].sort().map((each) => ({ pair: pair(each), ...named(each) })),
    tokens: tokens.map(({ symbol, address, decimals, feeds, source }) => ({
      symbol,
      address,
      decimals,
      feeds: feeds.length ? feeds.map(pair) : undefined,
      source,
    })),
  };
}

// DefiLlama's name of a chain, unless it has two.
function llama(id) {
  const names = Object.entries(JSON.parse(text(slugs)))
    .filter(([, chain]) => chain.chainId === id)
    .map(([slug]) => slug);
  return names.length === 1 ? { slug: names[0], source: `${slugs} ${names[0]}` } : undefined;
}

// The mainnets of the table of chains: id and name.
function mainnets() {
  return readFileSync(table, "utf8")
    .split("[[chain]]")
    .filter((part) => /^id = /m.test(part) && !/^testnet = true/m.test(part))
    .map((part) => [Number(/^id = (\d+)/m.exec(part)[1]), /^name = "(.*)"/m.exec(part)[1]]);
}

// A TOML basic string, number or array of them is spelled as in JSON.
function toml(value) {
  if (Array.isArray(value)) {
    const rows = value.some((each) => typeof each === "object");
    return rows
      ? `[\n${value.map((each) => `  ${toml(each)},\n`).join("")}]`
      : `[${value.map(toml).join(", ")}]`;
  }
  if (typeof value === "object") {
    const parts = Object.entries(value).filter(([, each]) => each !== undefined);
    return `{ ${parts.map(([key, each]) => `${key} = ${toml(each)}`).join(", ")} }`;
  }
  return JSON.stringify(value);
}

function chain([id, name]) {
  const row = { id, llama: llama(id), ...priceRows(name, id) };
  const parts = Object.entries(row).filter(([, value]) => value !== undefined);
  if (parts.length === 1) return "";
  return `[[chain]]\n${parts.map(([key, value]) => `${key} = ${toml(value)}\n`).join("")}`;
}

function whole() {
  const from = packages.map((name) => `#   ${name} ${version(name)}\n`).join("");
  return [
    `# Made by tools/build_feeds.mjs: edit that, then \`make feeds\`. Out of npm's\n${from}`,
    ...mainnets().map(chain).filter(Boolean),
  ].join("\n");
}

const fresh = whole();
if (process.argv.includes("--check")) {
  if (!existsSync(target) || readFileSync(target, "utf8") !== fresh) {
    console.error("src/allowctl/intel/feeds.toml is not what npm gives: run make feeds");
    process.exit(1);
  }
} else {
  writeFileSync(target, fresh);
  console.log(`wrote ${fresh.split("\n").length} lines`);
}
