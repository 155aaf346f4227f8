// Writes the chain table that the package ships, from viem's chain definitions.
//
//   node tools/build_chains.mjs            write src/allowctl/chains/chains.toml
//   node tools/build_chains.mjs --check    exit 1 if that file is not what would be written
//
// viem gives id, native currency, explorer, block time, Multicall3 and public
// endpoints. Typed in here, each with its source: which chains, what people call
// them, and the few depths and addresses that viem does not know.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as viem from "viem/chains";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, "src", "allowctl", "chains", "chains.toml");
const manifest = join(root, "node_modules", "viem", "package.json");

// viem's export -> our name, then other names people type. EIP-3770 short names
// are those of safe-global/safe-core-sdk, protocol-kit/src/utils/eip-3770/config.ts,
// where it has the chain.
const chosen = {
  abstract: ["abstract", "abs"],
  anvil: ["anvil", "hardhat", "foundry", "local", "demo"],
  apeChain: ["apechain", "ape"],
  arbitrum: ["arbitrum", "arb1", "arb"],
  arbitrumNova: ["arbitrum-nova", "arb-nova", "nova"],
  arbitrumSepolia: ["arbitrum-sepolia", "arb-sepolia"],
  astar: ["astar", "astr"],
  aurora: ["aurora"],
  avalanche: ["avalanche", "avax"],
  avalancheFuji: ["avalanche-fuji", "fuji"],
  base: ["base"],
  baseSepolia: ["base-sepolia", "basesep"],
  berachain: ["berachain", "bera"],
  blast: ["blast"],
  bob: ["bob"],
  boba: ["boba"],
  bsc: ["bsc", "bnb"],
  bscTestnet: ["bsc-testnet", "bnbt"],
  canto: ["canto"],
  celo: ["celo"],
  chiliz: ["chiliz", "chz"],
  coreDao: ["core"],
  cronos: ["cronos", "cro"],
  etherlink: ["etherlink"],
  fantom: ["fantom", "ftm"],
  flare: ["flare", "flr"],
  fraxtal: ["fraxtal"],
  fuse: ["fuse"],
  gnosis: ["gnosis", "gno", "xdai"],
  gnosisChiado: ["gnosis-chiado", "chi", "chiado"],
  harmonyOne: ["harmony", "hmy-s0"],
  holesky: ["holesky"],
  hoodi: ["hoodi"],
  hyperEvm: ["hyperevm"],
  immutableZkEvm: ["immutable-zkevm", "imx"],
  ink: ["ink"],
  kaia: ["kaia", "cypress", "klaytn"],
  katana: ["katana"],
  kava: ["kava"],
  linea: ["linea"],
  lineaSepolia: ["linea-sepolia"],
  lisk: ["lisk"],
  mainnet: ["ethereum", "eth", "mainnet"],
  manta: ["manta"],
  mantle: ["mantle", "mnt"],
  megaeth: ["megaeth"],
  metis: ["metis", "metis-andromeda"],
  mode: ["mode"],
  monad: ["monad", "mon"],
  monadTestnet: ["monad-testnet"],
  moonbeam: ["moonbeam", "mbeam"],
  moonriver: ["moonriver", "mriver"],
  morph: ["morph"],
  opBNB: ["opbnb"],
  optimism: ["optimism", "oeth", "op"],
  optimismSepolia: ["optimism-sepolia", "op-sepolia"],
  plasma: ["plasma"],
  polygon: ["polygon", "pol", "matic"],
  polygonAmoy: ["polygon-amoy", "amoy"],
  polygonZkEvm: ["polygon-zkevm", "zkevm"],
  pulsechain: ["pulsechain", "pls"],
  ronin: ["ronin", "ron"],
  rootstock: ["rootstock", "rsk"],
  scroll: ["scroll", "scr"],
  scrollSepolia: ["scroll-sepolia"],
  sei: ["sei"],
  sepolia: ["sepolia", "sep"],
  soneium: ["soneium"],
  songbird: ["songbird", "sgb"],
  sonic: ["sonic"],
  story: ["story"],
  superseed: ["superseed"],
  swellchain: ["swellchain", "swell"],
  taiko: ["taiko"],
  telos: ["telos", "telosevm"],
  unichain: ["unichain"],
  unichainSepolia: ["unichain-sepolia"],
  worldchain: ["worldchain", "wc"],
  xdc: ["xdc"],
  zircuit: ["zircuit"],
  zksync: ["zksync", "era"],
  zksyncSepoliaTestnet: ["zksync-sepolia"],
  zora: ["zora"],
};

// Blocks below the head that count as final where a node knows no `finalized`:
// ponder (9ad4a44) takes 65, 200, 240, and 30 for all others. ApeChain is an
// Arbitrum chain too, by viem's sourceId.
const depths = {
  65: ["mainnet", "sepolia", "holesky", "hoodi"],
  200: ["polygon", "polygonAmoy"],
  240: ["arbitrum", "arbitrumNova", "arbitrumSepolia", "apeChain"],
};
const otherDepth = 30;

// Multicall3 and Permit2 where nothing else is said: mds1/multicall3 and
// Uniswap/permit2 are deployed by the same transaction everywhere.
const multicall3 = "0xca11bde05977b3631167028862be2a173976ca11";

// Permit2 elsewhere. ZKsync: 1inch/solidity-utils 6.9.16, src/permit.ts (324, 300);
// Abstract: Vectorized/solady, SafeTransferLib.sol; Ronin: the parameters with
// which Katana's routers were deployed there, and everclearorg/mark.
const permit2 = {
  abstract: "0x0000000000225e31d15943971f47ad3022f714fa",
  ronin: "0x771ca29e483df5447e20a89e0f00e1daf09ef534",
  zksync: "0x0000000000225e31d15943971f47ad3022f714fa",
  zksyncSepoliaTestnet: "0x0000000000225e31d15943971f47ad3022f714fa",
};

// viem does not mark it: nothing on one's own machine is worth anything.
const testnets = ["anvil"];

// An endpoint with somebody's key in its path (viem has one for Metis) is not
// everybody's.
const key = /^(?=.*\d)(?=.*[a-z])[A-Za-z0-9]{20,}$/i;

function endpoints({ rpcUrls }) {
  return rpcUrls.default.http
    .map((text) => new URL(text))
    .filter((url) => url.protocol === "https:" && !url.username && !url.search)
    .filter((url) => !url.pathname.split("/").some((part) => key.test(part)))
    .map((url) => url.href.replace(/\/$/, ""));
}

function explorer({ blockExplorers }) {
  return blockExplorers?.default.url.replace(/\/$/, "");
}

function row(name) {
  const chain = viem[name];
  if (chain === undefined) throw new Error(`viem has no chain ${name}`);
  const depth = Object.keys(depths).find((each) => depths[each].includes(name));
  const multicall = chain.contracts?.multicall3?.address.toLowerCase();
  const [own, ...aliases] = chosen[name];
  return {
    id: chain.id,
    name: own,
    aliases: aliases.length > 0 ? aliases : undefined,
    testnet: chain.testnet || testnets.includes(name) || undefined,
    native_symbol: chain.nativeCurrency.symbol,
    explorer: explorer(chain),
    block_ms: chain.blockTime,
    finality: Number(depth ?? otherDepth),
    multicall: multicall === multicall3 ? undefined : multicall,
    permit2: permit2[name],
    endpoints: endpoints(chain),
  };
}

// A TOML basic string, number, boolean or array of strings is spelled as in JSON.
function toml(value) {
  return Array.isArray(value) ? `[${value.map(toml).join(", ")}]` : JSON.stringify(value);
}

function table() {
  const rows = Object.keys(chosen).map(row).sort((one, other) => one.id - other.id);
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  const parts = rows.map((each) =>
    Object.entries(each)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => `${field} = ${toml(value)}\n`)
      .join(""),
  );
  return [
    `# Made by tools/build_chains.mjs from npm viem ${version}: edit that, then \`make chains\`.\n`,
    ...parts.map((part) => `[[chain]]\n${part}`),
  ].join("\n");
}

const fresh = table();
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== fresh) {
    console.error("src/allowctl/chains/chains.toml is not what viem gives: run make chains");
    process.exit(1);
  }
} else {
  writeFileSync(target, fresh);
  console.log(`wrote ${Object.keys(chosen).length} chains`);
}
