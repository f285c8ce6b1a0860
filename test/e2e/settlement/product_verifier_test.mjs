// The verifier that the build makes for chains, on L1: `ashlar dev --final` puts it there, has the
// governor name it, and its node takes it for its own. No batch is sealed, so nothing is proved.
import { spawnSync } from 'node:child_process';
import { parseAbi } from 'viem';
import { ashlarProgram, check, checks, root, startNode } from '../clients/harness.mjs';
import { clientsOf } from './finality.mjs';

const chainAbi = parseAbi(['function getVerifier() view returns (address)']);
const verifierAbi = parseAbi(['function programSetRoot() view returns (bytes32)']);

let node;
let failed = false;
try {
  const address = word('verifier', 'address');
  check('without options it is the build\'s verifier', /^0x[0-9a-f]{40}$/.test(address), address);
  const unset = run('verifier', 'address', '--set-root', '0x12');
  check('a root that is none is refused', unset.status === 2 && /32 bytes/.test(unset.stderr), unset.stderr);
  check('its source is Solidity', word('verifier', 'source').includes('contract OuterVerifier'));
  node = await startNode(['--final', '--batch-age-ms', '600000']);
  await named(node.ready, address);
} catch (e) {
  failed = true;
  console.error(`FAILED: ${e.stack ?? e}`);
  if (node?.log) console.error(`the node's last lines:\n${node.log.slice(-40).join('\n')}`);
} finally {
  await node?.stop();
}
console.log(`${checks()} checks${failed ? ', FAILED' : ''}`);
process.exit(failed ? 1 : 0);

function run(...args) {
  return spawnSync(ashlarProgram, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, timeout: 60_000 });
}

function word(...args) {
  const done = run(...args);
  if (done.status !== 0) throw new Error(`ashlar ${args.join(' ')}: ${done.stderr}`);
  return done.stdout.trim();
}

async function named(ready, address) {
  const { reader } = clientsOf(ready);
  const verifier = await reader.readContract({ address: ready.chain_contract, abi: chainAbi, functionName: 'getVerifier' });
  check('the chain names it', verifier.toLowerCase() === address, verifier);
  const setRoot = await reader.readContract({ address: verifier, abi: verifierAbi, functionName: 'programSetRoot' });
  const other = word('verifier', 'address', '--set-root', setRoot);
  check('it takes proofs of the pinned set of circuits', other === address, setRoot);
  const { roles } = JSON.parse(word('status', '--rpc', ready.rpc, '--json')).health;
  const sick = roles.filter((r) => r.state !== 'ok');
  check('every role is well', roles.some((r) => r.role === 'prover') && sick.length === 0, JSON.stringify(roles));
}
