// Compiles contracts/demo/*.sol into the artifacts that the package ships.
//
//   node tools/build_contracts.mjs            write src/allowctl/demo/artifacts.json
//   node tools/build_contracts.mjs --check    exit 1 if that file is not what a build gives
//
// Needs the npm package "solc", of the version that every pragma names. The
// compiler's metadata is left out, so the same source gives the same bytes anywhere.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "contracts", "demo");
const target = join(root, "src", "allowctl", "demo", "artifacts.json");

const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: {
    "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] },
  },
};

// A self-destruct in the transaction of the creation is what DemoGhost is about.
const expectedWarnings = new Set(["5159"]);

function compile() {
  const solc = createRequire(import.meta.url)("solc");
  const sources = {};
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith(".sol")) {
      sources[name] = { content: readFileSync(join(folder, name), "utf8") };
    }
  }
  const input = { language: "Solidity", sources, settings };
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
      if (evm.bytecode.object === "") continue; // an interface
      found[name] = {
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        runtime: `0x${evm.deployedBytecode.object}`,
      };
    }
  }
  return `${JSON.stringify(sorted(found), null, 1)}\n`;
}

const fresh = artifacts(compile());
if (process.argv.includes("--check")) {
  let committed = null;
  try {
    committed = readFileSync(target, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  if (committed !== fresh) {
    console.error("src/allowctl/demo/artifacts.json is not what contracts/demo gives: run node tools/build_contracts.mjs");
    process.exit(1);
  }
} else {
  writeFileSync(target, fresh);
  console.log(`wrote ${fresh.length} bytes`);
}
