// The verifier that the settlement tests put on L1, and who plays the prover. The node under test
// has neither: it executes what L1 says is proved.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeDeployData,
  http,
  parseAbi,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { ashlarProgram, check, failureOf, root, within, wordsOf } from '../clients/harness.mjs';

const contracts =
  process.env.ASHLAR_CONTRACTS ?? path.join(root, 'build/dev/contracts');
export const artifactsOf = (file) => JSON.parse(readFileSync(path.join(contracts, file), 'utf8'));

const chainAbi = parseAbi([
  'event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)',
  'function GOVERNOR_ROLE() view returns (bytes32)',
  'function getTotalBatchesCommitted() view returns (uint256)',
  'function getTotalBatchesVerified() view returns (uint256)',
  'function storedBatchHash(uint256 number) view returns (bytes32)',
  'function getTotalBatchesExecuted() view returns (uint256)',
  'function stateCommitment() view returns (bytes32)',
  'function proveBatches(uint64 first, uint64 last)',
  'error NumberMismatch(uint64 expected, uint64 got)',
  'error NotVerified(bytes32 output)',
  'error AboveCommitted(uint64 committed)',
]);

const timelockAbi = parseAbi([
  'function PROPOSER_ROLE() view returns (bytes32)',
  'function grantRole(bytes32 role, address account)',
  'function updateDelay(uint256 seconds)',
]);
const prover =
  process.env.ASHLAR_SETTLE_PROVER ?? path.join(root, 'build/dev/test/solidity/settle_prover');
/// Of the programs whose proofs the tests' verifier takes: any four elements.
const setRoot = `0x${['1f2e3d4c5b6a7988', '0000000000000003', 'ffffffff00000000', '0102030405060708'].join('')}`;

/// Deploys a contract from L1's rich account and gives its address.
export async function deployOnL1(ready, artifact, args = []) {
  const { reader, wallet } = clientsOf(ready);
  const data = encodeDeployData({ abi: artifact.abi, bytecode: artifact.bytecode, args });
  const hash = await wallet.sendTransaction({ data });
  const receipt = await reader.waitForTransactionReceipt({ hash, timeout: 60_000 });
  return receipt.contractAddress;
}

export function clientsOf(ready) {
  const transport = http(ready.l1);
  return {
    reader: createPublicClient({ transport, pollingInterval: 50 }),
    wallet: createWalletClient({
      account: privateKeyToAccount(ready.l1_key),
      chain: {
        id: 31_337,
        name: 'anvil',
        nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
        rpcUrls: { default: { http: [ready.l1] } },
      },
      transport,
    }),
    anvil: createTestClient({ mode: 'anvil', transport }),
  };
}

/// A program's standard output; its exit code must be 0.
function output(program, args) {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26, timeout: 120_000 });
  if (done.status !== 0)
    throw new Error(`${path.basename(program)} ${args[0]} ${args[1]}: ${done.stderr}${done.error ?? ''}`);
  return done.stdout;
}

/// The governor of the chain, which is its timelock.
async function governorOf(ready) {
  const { reader } = clientsOf(ready);
  const chain = { address: ready.chain_contract, abi: chainAbi };
  const role = await reader.readContract({ ...chain, functionName: 'GOVERNOR_ROLE' });
  const granted = await reader.getContractEvents({
    ...chain, eventName: 'RoleGranted', args: { role }, fromBlock: 0n,
  });
  return granted[0].args.account;
}

/// Calls of the timelock to itself, by anvil's hand: a proposer more, and a delay of seconds.
async function openGovernor(ready, governor, proposer) {
  const { reader, anvil } = clientsOf(ready);
  await anvil.setBalance({ address: governor, value: 10n ** 18n });
  await anvil.impersonateAccount({ address: governor });
  const wallet = createWalletClient({ account: governor, chain: null, transport: http(ready.l1) });
  const lock = { address: governor, abi: timelockAbi };
  const role = await reader.readContract({ ...lock, functionName: 'PROPOSER_ROLE' });
  for (const what of [
    { functionName: 'grantRole', args: [role, proposer] },
    { functionName: 'updateDelay', args: [2n] },
  ]) {
    const hash = await wallet.writeContract({ ...lock, ...what, gas: 500_000n });
    const receipt = await reader.waitForTransactionReceipt({ hash, timeout: 60_000 });
    if (receipt.status !== 'success') throw new Error(`${what.functionName} reverted`);
  }
  await anvil.stopImpersonatingAccount({ address: governor });
}

/// Deploys the verifier of the tests' circuit (test/solidity/settle_main.cpp) and has the governor
/// name it, by the commands that an operator uses. What it verifies are real proofs of a circuit
/// that verifies nothing.
export async function installVerifier(ready) {
  const { anvil } = clientsOf(ready);
  const folder = mkdtempSync(path.join(tmpdir(), 'ashlar-verifier-'));
  try {
    const key = ['--key-file', path.join(folder, 'key'), '--passphrase-file', path.join(folder, 'word')];
    writeFileSync(key[3], 'a word of the tests\n', { mode: 0o600 });
    const shown = output(ashlarProgram, ['keys', 'create', '--file', key[1], ...key.slice(2)]);
    const operator = /0x[0-9a-f]{40}/i.exec(shown)[0];
    await anvil.setBalance({ address: operator, value: 10n ** 20n });
    const which = ['--contracts', path.join(contracts, 'verifier_test.json'), '--set-root', setRoot];
    const on = ['--l1', ready.l1, ...key];
    const address = output(ashlarProgram, ['verifier', 'address', ...which]).trim();
    const early = spawnSync(
      ashlarProgram, ['verifier', 'set', ...which, ...on, '--chain', ready.folder], { encoding: 'utf8' });
    check('a verifier that is not on L1 is not named', early.status === 1 && /deploy it first/.test(early.stderr), early.stderr);
    const deployed = output(ashlarProgram, ['verifier', 'deploy', ...which, ...on]);
    const places = Object.fromEntries(deployed.trim().split('\n').map((line) => line.split(' ')));
    check('the verifier is where its code says', places.Verifier === address, deployed);
    check('deploying it again changes nothing', output(ashlarProgram, ['verifier', 'deploy', ...which, ...on]) === deployed);
    await openGovernor(ready, await governorOf(ready), operator);
    const set = () => output(ashlarProgram, ['verifier', 'set', ...which, ...on, '--chain', ready.folder]);
    check('the governor waits out its delay', /^scheduled/.test(set()));
    await within(60_000, 'the verifier in force', (async () => {
      while (!/^in force/.test(set())) await new Promise((next) => setTimeout(next, 200));
    })());
    check('it is in force once', /^in force/.test(set()));
    return { head: places.Head, rows: places.Rows, verifier: address };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/// Proves everything that is committed and has L1 verify it, transaction by transaction. Proving is
/// open to all here. Gives the run, or null where there is none.
export async function proveCommitted(ready, places) {
  const { reader, wallet } = clientsOf(ready);
  const chain = { address: ready.chain_contract, abi: chainAbi };
  const read = (functionName, args = []) => reader.readContract({ ...chain, functionName, args });
  const committed = await read('getTotalBatchesCommitted');
  const first = (await read('getTotalBatchesVerified')) + 1n;
  if (first > committed) return null;
  const inputs = [];
  for (let n = first; n <= committed; ++n) inputs.push(await read('storedBatchHash', [n]));
  const proof = JSON.parse(output(prover, ['calls', setRoot, ...inputs]));
  const done = async () =>
    BigInt((await reader.call({ to: places.verifier, data: proof.progress })).data);
  const mined = async (hash, what) => {
    const receipt = await reader.waitForTransactionReceipt({ hash, timeout: 60_000 });
    if (receipt.status !== 'success') throw new Error(`${what} reverted`);
  };
  let hash;
  for (let i = Number(await done()); i < proof.calls.length; ++i) {
    const call = proof.calls[i];
    // They follow one another by their nonces; nobody waits for each.
    hash = await wallet.sendTransaction({ to: places[call.to], data: call.data, gas: BigInt(call.gas) });
  }
  if (hash) await mined(hash, 'the last call of a verification');
  check('a verification is complete', (await done()) === BigInt(proof.calls.length));
  const refused = await failureOf('a run that was not verified', reader.simulateContract({
    ...chain, functionName: 'proveBatches', args: [first, committed + 1n], account: wallet.account,
  }));
  check('nothing more is proved by it', !!refused);
  await mined(
    await wallet.writeContract({ ...chain, functionName: 'proveBatches', args: [first, committed], gas: 1_000_000n }),
    'proveBatches');
  return { first, last: committed, calls: proof.calls };
}

/// Sends a run's verification once more, from another account, after it was executed: nothing moves.
export async function replay(ready, places, run) {
  const { reader, anvil, wallet } = clientsOf(ready);
  const chain = { address: ready.chain_contract, abi: chainAbi };
  const read = (functionName, args = []) => reader.readContract({ ...chain, functionName, args });
  const counts = () =>
    Promise.all(['getTotalBatchesCommitted', 'getTotalBatchesVerified', 'getTotalBatchesExecuted', 'stateCommitment'].map((f) => read(f)));
  const before = await counts();
  check('the run was executed', before[2] >= run.last, before[2]);
  const stranger = '0x00000000000000000000000000000000000b0b0b';
  await anvil.setBalance({ address: stranger, value: 10n ** 20n });
  await anvil.impersonateAccount({ address: stranger });
  const by = createWalletClient({ account: stranger, chain: null, transport: http(ready.l1) });
  for (const call of run.calls) {
    const hash = await by.sendTransaction({ to: places[call.to], data: call.data, gas: BigInt(call.gas) });
    const receipt = await reader.waitForTransactionReceipt({ hash, timeout: 60_000 });
    check('a stage that is sent again is taken and changes nothing', receipt.status === 'success');
  }
  await anvil.stopImpersonatingAccount({ address: stranger });
  for (const [first, last] of [[run.first, run.last], [run.last, run.last]]) {
    const refused = await failureOf('a run that is proved again', reader.simulateContract({
      ...chain, functionName: 'proveBatches', args: [first, last], account: wallet.account,
    }));
    check('an executed run is not proved again', /NumberMismatch/.test(wordsOf(refused)), wordsOf(refused));
  }
  const unproved = before[1] + 1n;
  const ahead = await failureOf('a proof for the next batch', reader.simulateContract({
    ...chain, functionName: 'proveBatches', args: [unproved, unproved], account: wallet.account,
  }));
  check('nor does its proof serve the next batch', /NotVerified|AboveCommitted/.test(wordsOf(ahead)), wordsOf(ahead));
  const after = await counts();
  check('replaying moves nothing', after.every((v, i) => (i === 0 ? v >= before[i] : v === before[i])), after.join(' '));
}

/// Proves whatever is committed until `done` holds; rejects after so long. Gives the last run.
export async function proveUntil(ready, places, ms, what, done) {
  const end = Date.now() + ms;
  let run = null;
  for (;;) {
    run = (await proveCommitted(ready, places)) ?? run;
    if (await done()) return run;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    // Another process: its state is asked for until it changes.
    await new Promise((next) => setTimeout(next, 100));
  }
}

