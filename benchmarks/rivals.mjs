// A plain loop over viem's getLogs, as a script would have it. Prints seconds and logs.
import { createPublicClient, http } from "viem";

const [url, first, last, span, owner] = process.argv.slice(2);
const event = {
  type: "event",
  name: "Approval",
  inputs: [
    { name: "owner", type: "address", indexed: true },
    { name: "spender", type: "address", indexed: true },
    { name: "value", type: "uint256" },
  ],
};
const client = createPublicClient({ transport: http(url) });
const end = BigInt(last);
const step = BigInt(span);
await client.getBlockNumber();

const begin = performance.now();
let count = 0;
for (let from = BigInt(first); from <= end; from += step) {
  const to = from + step - 1n < end ? from + step - 1n : end;
  const logs = await client.getLogs({ event, args: { owner }, fromBlock: from, toBlock: to });
  count += logs.length;
}
console.log(JSON.stringify([(performance.now() - begin) / 1000, count]));
