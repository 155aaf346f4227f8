// Compiles contracts/*/*.sol into the artifacts that the package ships.
//
//   node tools/build_contracts.mjs            write them
//   node tools/build_contracts.mjs --check    exit 1 if they are not what a build gives
//
// Needs the npm package "solc", of the version that every pragma names. The
// compiler's metadata is left out, so the same source gives the same bytes anywhere.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const builds = [
  { folder: "contracts/demo", target: "src/allowctl/demo/artifacts.json", evmVersion: "cancun" },
  // It runs on every chain that is scanned, so it needs nothing that came late.
  { folder: "contracts/reader", target: "src/allowctl/rpc/reader.json", evmVersion: "london" },
  // It stands on every chain where something is taken back: the same.
  { folder: "contracts/rehearsal", target: "src/allowctl/rpc/rehearsal.json", evmVersion: "london" },
];

const settings = {
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: {
    "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] },
  },
};

// A self-destruct in the transaction of the creation is what DemoGhost is about.
const expectedWarnings = new Set(["5159"]);

function compile({ folder, evmVersion }) {
  const solc = createRequire(import.meta.url)("solc");
  const sources = {};
  for (const name of readdirSync(join(root, folder)).sort()) {
    if (name.endsWith(".sol")) {
      sources[name] = { content: readFileSync(join(root, folder, name), "utf8") };
    }
  }
  const input = { language: "Solidity", sources, settings: { ...settings, evmVersion } };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const complaints = (output.errors ?? []).filter((it) => !expectedWarnings.has(it.errorCode));
  if (complaints.length > 0) {
    throw new Error(complaints.map((it) => it.formattedMessage).join("\n"));
  }
  return output.contracts;
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

function artifacts(contracts) {
  const found = {};
  for (const byName of Object.values(contracts)) {
    for (const [name, { abi, evm }] of Object.entries(byName)) {
      if (evm.bytecode.object === "") continue; // an interface, or abstract
      found[name] = {
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        runtime: `0x${evm.deployedBytecode.object}`,
      };
    }
  }
  return `${JSON.stringify(sorted(found), null, 1)}\n`;
}

function committed(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return null;
  }
}

for (const build of builds) {
  const fresh = artifacts(compile(build));
  const path = join(root, build.target);
  if (!process.argv.includes("--check")) {
    writeFileSync(path, fresh);
    console.log(`wrote ${fresh.length} bytes to ${build.target}`);
  } else if (committed(path) !== fresh) {
    console.error(`${build.target} is not what ${build.folder} gives: run node tools/build_contracts.mjs`);
    process.exitCode = 1;
  }
}
