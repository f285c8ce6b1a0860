// Launching a rollup as its operator does: every step is a command of the program, on an L1 that
// runs already, from configs/node/single.toml.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createPublicClient, createTestClient, createWalletClient, http, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { ashlarProgram, check, checks, freePort, fund, root, show, within } from '../clients/harness.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'ashlar-launch-'));
const chainId = 271;
const file = (name) => path.join(folder, name);

/// One command to its end.
function ashlar(...args) {
  const done = spawnSync(ashlarProgram, args, { encoding: 'utf8', timeout: 60_000 });
  return { code: done.status, out: done.stdout.trim(), err: done.stderr.trim() };
}

/// One that must succeed; what it printed.
function must(...args) {
  const done = ashlar(...args);
  check(`ashlar ${args.slice(0, 2).join(' ')}`, done.code === 0, done);
  return done.out;
}

async function until(ms, what, probe) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await probe();
    if (got !== undefined) return got;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((next) => setTimeout(next, 100));
  }
}

async function startAnvil() {
  const port = await freePort();
  const anvil = spawn(path.join(root, 'net/contracts/bin/anvil'), ['--port', String(port), '--silent', '--block-time', '0.25'], {
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  const reader = createPublicClient({ transport: http(url) });
  await until(30_000, 'anvil answers', () => reader.getChainId().then(() => true, () => undefined));
  return { url, reader, client: createTestClient({ mode: 'anvil', transport: http(url) }), stop: () => anvil.kill('SIGKILL') };
}

/// Sealed keys: made once, shown, and sealed anew; never overwritten.
function keys() {
  writeFileSync(file('pass'), 'a passphrase\n', { mode: 0o600 });
  writeFileSync(file('next'), 'another one\n', { mode: 0o600 });
  const use = (what, name, ...more) => ['keys', what, '--file', file(name), '--passphrase-file', file('pass'), ...more];
  const accounts = {};
  for (const name of ['deployer', 'operator', 'sequencer']) accounts[name] = must(...use('create', `${name}.key`));
  check('an account is printed', /^0x[0-9a-f]{40}$/.test(accounts.deployer), accounts);
  check('show prints the same account', must(...use('show', 'deployer.key')) === accounts.deployer);
  check('a key is not overwritten', ashlar(...use('create', 'deployer.key')).code === 1);
  check('rotate keeps the account', must(...use('rotate', 'sequencer.key', '--new-passphrase-file', file('next'))) === accounts.sequencer);
  check('the old passphrase opens it no more', ashlar(...use('show', 'sequencer.key')).code === 1);
  must('keys', 'rotate', '--file', file('sequencer.key'), '--passphrase-file', file('next'), '--new-passphrase-file', file('pass'));
  chmodSync(file('next'), 0o644);
  const open = ashlar('keys', 'show', '--file', file('deployer.key'), '--passphrase-file', file('next'));
  check('a passphrase that others can read is refused', open.code === 2 && open.err.includes('chmod 600'), open);
  return accounts;
}

/// Contracts and chain, each twice: the second time changes nothing.
async function ecosystem(anvil, accounts) {
  for (const who of [accounts.deployer, accounts.operator])
    await anvil.client.setBalance({ address: who, value: parseEther('100') });
  const deployer = ['--dir', folder, '--l1', anvil.url, '--key-file', file('deployer.key'), '--passphrase-file', file('pass')];
  const chain = [...deployer, '--chain-id', String(chainId), '--operator', accounts.operator];
  const early = ashlar('ecosystem', 'add-chain', ...chain);
  check('a chain needs an ecosystem', early.code === 2 && early.err.length > 0, early);
  must('ecosystem', 'init', ...deployer);
  const mainnet = readFileSync(file('ecosystem.toml'), 'utf8').replace(/^l1_chain_id = \d+/m, 'l1_chain_id = 1');
  mkdirSync(file('mainnet'));
  writeFileSync(file('mainnet/ecosystem.toml'), mainnet);
  const elsewhere = ashlar('ecosystem', 'add-chain', '--dir', file('mainnet'), ...chain.slice(2));
  check('nothing is signed for another L1 than the files name', elsewhere.code === 1 && elsewhere.err.includes('this is for L1 1'), elsewhere);
  must('ecosystem', 'add-chain', ...chain);
  const spent = await anvil.reader.getTransactionCount({ address: accounts.deployer });
  check('init again says that it is there', must('ecosystem', 'init', ...deployer).includes('there already'));
  check('add-chain again says that it is there', must('ecosystem', 'add-chain', ...chain).includes('there already'));
  check('neither sent anything', (await anvil.reader.getTransactionCount({ address: accounts.deployer })) === spent);
  check('status shows the chain', status(anvil).committed === 0);
  must(
    'ecosystem', 'add-chain', ...deployer, '--chain-id', String(chainId + 1), '--operator', accounts.operator,
    '--guardian', accounts.sequencer, '--development');
  const of = (id) => new RegExp(`chain ${id} .*a development chain`);
  const told = must('ecosystem', 'status', '--dir', folder, '--l1', anvil.url);
  check('a development chain is shown as one', of(chainId + 1).test(told) && !of(chainId).test(told), told);
}

function status(anvil) {
  const told = must('ecosystem', 'status', '--dir', folder, '--l1', anvil.url);
  const found = told.match(new RegExp(`chain ${chainId} at (0x[0-9a-f]{40}): (\\d+) batches committed`));
  if (!found) throw new Error(`ecosystem status: ${told}`);
  return { contract: found[1], committed: Number(found[2]) };
}

/// The documented file with what an operator fills in, and what makes a test quick.
function configuration(anvil, port, change = (text) => text) {
  const values = {
    chain_folder: `"chains/${chainId}"`,
    endpoint: `"${anvil.url}"`,
    sequencer: '"sequencer.key"',
    operator: '"operator.key"',
    passphrase_file: '"pass"',
    age_ms_max: 400,
    port,
  };
  let text = readFileSync(path.join(root, 'configs/node/single.toml'), 'utf8');
  for (const [key, value] of Object.entries(values)) {
    const line = new RegExp(`^${key} = \\S+`, 'm');
    if (!line.test(text)) throw new Error(`single.toml has no ${key}`);
    text = text.replace(line, `${key} = ${value}`);
  }
  text = text.replace(/^poll_ms = 1000/gm, 'poll_ms = 50').replace(/^confirmations = \d+/gm, 'confirmations = 1');
  writeFileSync(file('node.toml'), change(text));
}

/// Few open files, as in a plain shell: more than that is let, and less than the configuration wants.
async function startNode() {
  const limited = 'ulimit -Sn 256 && ulimit -Hn 4096 && exec "$0" "$@"';
  const node = spawn('sh', ['-c', limited, ashlarProgram, 'node', '--config', file('node.toml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  const log = [];
  const ended = new Promise((resolve) => node.on('exit', (code, signal) => resolve(code ?? signal)));
  const ready = new Promise((resolve, reject) => {
    createInterface({ input: node.stderr }).on('line', (line) => {
      log.push(line);
      if (line.includes('answers on port')) resolve();
    });
    ended.then((how) => reject(new Error(`the node ended: ${how}\n${log.join('\n')}`)));
  });
  await within(60_000, 'the node is ready', ready);
  return { log, ended, pid: node.pid, end: () => node.kill('SIGTERM'), kill: () => node.kill('SIGKILL') };
}

async function scenario(anvil) {
  const accounts = keys();
  await ecosystem(anvil, accounts);
  const port = await freePort();

  configuration(anvil, port, (text) => text.replace('body_bytes_max', 'body_byte_max'));
  const typo = ashlar('node', '--config', file('node.toml'));
  check('an unknown key is an error with a suggestion', typo.code === 2 && typo.err.includes('did you mean rpc.body_bytes_max?'), typo);
  configuration(anvil, port, (text) => text.replace('in_flight_max = 4', 'in_flight_max = 400'));
  const range = ashlar('node', '--config', file('node.toml'));
  check('a value out of range is an error', range.code === 2 && range.err.includes('in_flight_max'), range);

  configuration(anvil, port);
  const few = spawnSync('sh', ['-c', 'ulimit -n 512 && exec "$0" "$@"', ashlarProgram, 'node', '--config', file('node.toml')], { encoding: 'utf8', timeout: 60_000 });
  check('a node needs more than 512 open files', few.status === 1 && few.stderr.includes('512 files open'), few);
  const node = await startNode();
  const rpc = `http://127.0.0.1:${port}`;
  try {
    check('the node may have more files open', /^Max open files +4096 /m.test(readFileSync(`/proc/${node.pid}/limits`, 'utf8')));
    check('it says what connections that leaves', node.log.some((l) => l.includes('connections=2765')), node.log);
    const key = generatePrivateKey();
    const account = privateKeyToAccount(key);
    await anvil.client.setBalance({ address: account.address, value: parseEther('2000') });
    const hub = await createPublicClient({ transport: http(rpc) }).request({ method: 'zks_getBridgehubContract' });
    await fund({ l1_key: key, l1: anvil.url, hub, chain_id: chainId, rpc });
    const wallet = createWalletClient({ account, transport: http(rpc) });
    const reader = createPublicClient({ transport: http(rpc), pollingInterval: 50 });
    for (let i = 0; i < 3; ++i) {
      const hash = await wallet.sendTransaction({ to: accounts.operator, value: 1n, gas: 100_000n, chain: null });
      await within(20_000, 'a receipt', reader.waitForTransactionReceipt({ hash }));
    }
    const laid = await until(60_000, 'everything is committed', async () => {
      const p = await reader.request({ method: 'ashlar_pipeline' });
      return p.safe === p.latest && p.latest !== '0x0' ? Number(p.lastCommitted) : undefined;
    });
    check('L1 has the batches', status(anvil).committed >= laid);
    const told = must('status', '--rpc', rpc);
    check('status shows the roles', ['sequencer', 'batch', 'publisher', 'l1_listener', 'gateway'].every((r) => told.includes(r)), told);
    const details = await reader.request({ method: 'zks_getL1BatchDetails', params: [laid] });
    node.end();
    check('the node ends in order', (await within(30_000, 'the end', node.ended)) === 0, node.log.slice(-5));
    const restored = JSON.parse(must('restore', '--chain', file(`chains/${chainId}`), '--l1', anvil.url));
    check('L1 alone gives the last batch', restored.batch === laid, show(restored));
    const alone = JSON.parse(must('restore', '--hub', hub, '--chain-id', String(chainId), '--l1', anvil.url));
    check('also without the folder', show(alone) === show(restored), show({ alone, restored }));
    check('and its state', restored.state_commitment === details.rootHash, show({ restored, details }));
    for (const batch of ['0', '-1', '18446744073709551616']) {
      const none = ashlar('restore', '--chain', file(`chains/${chainId}`), '--l1', anvil.url, `--batch=${batch}`);
      check(`there is no batch ${batch}`, none.code !== 0 && none.err.includes('not in range 1 to 9223372036854775807'), none);
    }
    const fields = [`chain=${chainId}`, 'batch=1', 'block=1'].map((field) => new RegExp(` ${field}( |$)`));
    check('the log names chain, batch and block', node.log.some((l) => l.includes('batch sealed') && fields.every((field) => field.test(l))), node.log.slice(-20));
  } catch (e) {
    node.kill();
    throw new Error(`${e.stack}\nthe node's last lines:\n${node.log.slice(-30).join('\n')}`);
  }
  await proving(anvil, port);
}

/// A program of ours that runs until it is told to end; its lines, and a wait for one of them.
function start(...args) {
  const program = spawn(ashlarProgram, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const log = [];
  const ended = new Promise((resolve) => program.on('exit', (code, signal) => resolve(code ?? signal)));
  createInterface({ input: program.stderr }).on('line', (line) => log.push(line));
  const says = (text, ms) => until(ms, `"${text}" in ${args.join(' ')}`, () => log.find((l) => l.includes(text)));
  return { log, ended, says, end: () => program.kill('SIGTERM'), kill: () => program.kill('SIGKILL') };
}

/// The documented file of a worker, with what differs.
function workerConfiguration(values) {
  let text = readFileSync(path.join(root, 'configs/node/prover_worker.toml'), 'utf8');
  for (const [key, value] of Object.entries(values)) {
    const line = new RegExp(`^${key} = \\S+`, 'm');
    if (!line.test(text)) throw new Error(`prover_worker.toml has no ${key}`);
    text = text.replace(line, `${key} = ${value}`);
  }
  writeFileSync(file('worker.toml'), text);
}

/// The same chain, proved: the node with the prover role and no worker of its own, and a worker as a
/// process beside it, both from their files.
async function proving(anvil, port) {
  const otherGuest = `"${path.join(path.dirname(ashlarProgram), '../../runtime/guest/ashlar-memory-check.elf')}"`;
  const refused = (what, values, sentence) => {
    workerConfiguration(values);
    const done = ashlar('node', '--config', file('worker.toml'));
    check(what, done.code === 2 && done.err.includes(sentence), done);
  };
  refused('a worker with another program is refused', { guest: otherGuest }, 'the guest program is 0x');
  refused('a worker with too small a budget is refused', { memory_bytes_max: 600_000_000 }, 'is too small');
  refused('a worker with a budget over the machine is refused', { memory_bytes_max: 10 ** 15 }, 'more than the');
  refused('a worker with a GPU that is not there is refused', { backend: '"cuda"', device: 1000 }, 'backend = "cuda": ');
  refused('a worker with an unknown backend is refused', { backend: '"abacus"' }, 'backend must be cpu or cuda');

  const proves = (more) => (text) =>
    more(text.replace(/^roles = .*$/m, 'roles = ["sequencer", "batch", "publisher", "l1_listener", "gateway", "prover"]'))
      .replace(/^local_worker = true/m, 'local_worker = false');
  configuration(anvil, port, proves((text) => text.replace(/^guest = ""/m, `guest = ${otherGuest}`)));
  const other = ashlar('node', '--config', file('node.toml'));
  check('a node with another program is refused', other.code === 1 && other.err.includes('the guest program is 0x'), other);

  configuration(anvil, port, proves((text) => text));
  const rpc = `http://127.0.0.1:${port}`;
  const node = start('node', '--config', file('node.toml'));
  const programs = [node];
  try {
    await node.says('answers on port', 60_000);
    // It serves whether or not the key is made yet.
    check('the prover is among the roles at once', must('status', '--rpc', rpc).includes('prover '));
    workerConfiguration({ name: '"beside"' });
    const worker = start('node', '--config', file('worker.toml'));
    programs.push(worker);
    await worker.says('proof begins', 60_000);
    check('status shows who proves', must('status', '--rpc', rpc).includes('beside'));
    await node.says('batch proved', 150_000);
    const report = await until(10_000, 'status shows a proof', () => {
      const told = must('status', '--rpc', rpc);
      return /proved here {2}[1-9]/.test(told) ? told : undefined;
    });
    check('by the worker', /^beside .* [1-9]\d* proofs, 0 refused, 0 lost$/m.test(report), report);
    const retry = (batch) => ashlar('retry', '--config', file('node.toml'), '--batch', String(batch));
    check('a proved batch is not tried again', retry(1).code === 1 && retry(1).err.includes('batch 1 is not among'), retry(1));
    worker.kill();
    node.end();
    check('the node ends in order', (await within(60_000, 'the end', node.ended)) === 0, node.log.slice(-5));
  } catch (e) {
    for (const one of programs) one.kill();
    throw new Error(`${e.stack}\n${programs.map((one) => one.log.slice(-30).join('\n')).join('\n--\n')}`);
  }
}

const anvil = await startAnvil();
let failed = false;
try {
  await scenario(anvil);
} catch (e) {
  failed = true;
  console.error(`FAILED: ${e.stack ?? e}`);
} finally {
  anvil.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${checks()} checks${failed ? ', FAILED' : ''}`);
process.exit(failed ? 1 : 0);
