// What every client test shares: the node under test, the contract they drive, and the count of
// what was checked.
import { spawn, spawnSync, execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createPublicClient, createWalletClient, http, parseAbi, parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, '../../..');
const l1Tools = path.join(root, 'net/contracts/bin');
export const forgeProject = path.join(here, 'forge');
const run = promisify(execFile);
export const ashlarProgram =
  process.env.ASHLAR_BIN ?? path.join(root, 'build/dev/actors/node/ashlar');

let checked = 0;

/// Ends the test where `condition` does not hold.
export function check(what, condition, got) {
  if (!condition) {
    const detail = got === undefined ? '' : `: got ${typeof got === 'string' ? got : show(got)}`;
    throw new Error(`${what}${detail}`);
  }
  ++checked;
  console.log(`  ok  ${what}`);
}

export const checks = () => checked;

export function show(value) {
  return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString() : v));
}

/// The error that `promise` ends with; ends the test where it succeeds.
export async function failureOf(what, promise) {
  try {
    await promise;
  } catch (e) {
    return e;
  }
  throw new Error(`${what}: it was accepted`);
}

/// Every message of an error and of its causes, and what JSON-RPC said.
export function wordsOf(error) {
  const words = [];
  for (let e = error; e && words.length < 20; e = e.cause ?? e.error ?? e.info?.error)
    words.push(e.shortMessage, e.message, e.details, e.reason, e.code);
  return words.filter((w) => w !== undefined && w !== null).join(' | ');
}

/// Rejects after so long: an event that never comes must not hang the run.
export function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/// One of foundry's programs; its standard output. An exit code other than 0 throws with both.
export async function tool(name, args, options = {}) {
  try {
    const { stdout } = await run(path.join(l1Tools, name), args, {
      maxBuffer: 1 << 26,
      timeout: 120_000,
      ...options,
      env: { ...process.env, FOUNDRY_DISABLE_NIGHTLY_WARNING: '1', ...options.env },
    });
    return stdout.trim();
  } catch (e) {
    throw new Error(`${name} ${args[0]}: ${e.stderr ?? ''}${e.stdout ?? ''}`.trim() || e.message);
  }
}

/// The contract of forge/src, through the compiler that forge uses too.
export function compileCounter() {
  const source = readFileSync(path.join(forgeProject, 'src/Counter.sol'), 'utf8');
  const input = {
    language: 'Solidity',
    sources: { 'Counter.sol': { content: source } },
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const done = spawnSync(path.join(root, 'net/contracts/solc'), ['--standard-json'], {
    input: JSON.stringify(input),
    maxBuffer: 1 << 26,
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`solc: ${done.stderr}`);
  const counter = JSON.parse(done.stdout).contracts['Counter.sol'].Counter;
  return { abi: counter.abi, bytecode: `0x${counter.evm.bytecode.object}` };
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/// Deposits ether from L1 through the hub and waits until L2 shows it.
export async function fund(ready) {
  const account = privateKeyToAccount(ready.l1_key);
  const l1 = createPublicClient({ transport: http(ready.l1) });
  const wallet = createWalletClient({ account, transport: http(ready.l1) });
  const hub = parseAbi([
    'struct Request { uint256 chainId; uint256 mintValue; address l2Contract; uint256 l2Value; bytes l2Calldata; uint256 l2GasLimit; uint256 l2GasPerPubdataByteLimit; bytes[] factoryDeps; address refundRecipient; }',
    'function requestL2TransactionDirect(Request request) payable returns (bytes32)',
  ]);
  const amount = parseEther('1000');
  const hash = await wallet.writeContract({
    chain: null,
    address: ready.hub,
    abi: hub,
    functionName: 'requestL2TransactionDirect',
    args: [
      {
        chainId: BigInt(ready.chain_id),
        mintValue: amount,
        l2Contract: account.address,
        l2Value: amount - parseEther('1'),
        l2Calldata: '0x',
        l2GasLimit: 300_000n,
        l2GasPerPubdataByteLimit: 800n,
        factoryDeps: [],
        refundRecipient: account.address,
      },
    ],
    value: amount,
  });
  const receipt = await l1.waitForTransactionReceipt({ hash, timeout: 60_000 });
  check('the deposit is mined on L1', receipt.status === 'success');
  const l2 = createPublicClient({ transport: http(ready.rpc) });
  const arrived = async () => {
    for (;;) {
      if ((await l2.getBalance({ address: account.address })) >= amount - parseEther('1')) return;
      await new Promise((next) => setTimeout(next, 200));
    }
  };
  await within(90_000, 'the deposit on L2', arrived());
}

/// The node that ASHLAR_RPC names (with ASHLAR_KEY, a funded key), or else one of our own: the
/// program `ashlar dev`, ended by `stop`. A node that does not start is a failure.
export async function startNode(args = []) {
  if (process.env.ASHLAR_RPC) {
    const key = process.env.ASHLAR_KEY;
    if (!key) throw new Error('ASHLAR_RPC is set, ASHLAR_KEY (a funded key) is not');
    return { ...endpoints(process.env.ASHLAR_RPC), key, stop: async () => {} };
  }
  const binary = ashlarProgram;
  const port = await freePort();
  const node = spawn(binary, ['dev', '--port', String(port), '--json', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = [];
  createInterface({ input: node.stderr }).on('line', (line) => {
    log.push(line);
    if (log.length > 200) log.shift();
  });
  const ended = new Promise((resolve) => {
    node.on('error', (e) => resolve(e.message));
    node.on('exit', (code, signal) => resolve(`exit ${code ?? signal}`));
  });
  const stop = async () => {
    node.kill('SIGTERM');
    const timer = setTimeout(() => node.kill('SIGKILL'), 20_000);
    const how = await ended;
    clearTimeout(timer);
    return how;
  };
  const firstLine = new Promise((resolve) =>
    createInterface({ input: node.stdout }).once('line', resolve),
  );
  try {
    const line = await within(
      120_000,
      'the node is ready',
      Promise.race([
        firstLine,
        ended.then((how) => {
          throw new Error(`${binary} ended: ${how}`);
        }),
      ]),
    );
    const ready = JSON.parse(line);
    await fund(ready);
    return { ...endpoints(ready.rpc), key: ready.l1_key, ready, stop, log };
  } catch (e) {
    await stop();
    throw new Error(`${e.message}\n${log.slice(-30).join('\n')}`);
  }
}

function endpoints(rpc) {
  return { rpc, ws: rpc.replace(/^http/, 'ws') };
}
