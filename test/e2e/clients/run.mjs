// Drives a running node with the wallets' own tools:
//   node test/e2e/clients/run.mjs [viem] [ethers] [cast] [forge] [operator]
// Against `ashlar dev`, which it starts, or against ASHLAR_RPC with ASHLAR_KEY. Exit code 1 and the
// reason where anything differs.
import { checks, compileCounter, startNode } from './harness.mjs';

const chosen = process.argv.length > 2 ? process.argv.slice(2) : ['viem', 'ethers', 'cast', 'forge', 'operator'];
let failed = 0;
let node;
try {
  node = await startNode();
  const counter = compileCounter();
  for (const name of chosen) {
    console.log(`${name}:`);
    try {
      const { test } = await import(`./${name}_test.mjs`);
      await test({ ...node, counter });
    } catch (e) {
      ++failed;
      console.error(`FAILED ${name}: ${e.stack ?? e}`);
    }
  }
  if (failed && node.log) console.error(`the node's last lines:\n${node.log.slice(-30).join('\n')}`);
} catch (e) {
  ++failed;
  console.error(`FAILED: ${e.stack ?? e}`);
} finally {
  await node?.stop();
}
console.log(`${checks()} checks, ${failed} of ${chosen.length} clients failed`);
process.exit(failed ? 1 : 0);
