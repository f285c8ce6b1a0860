// A whole node while L1 misbehaves: between it and anvil stands a proxy that can fail in every way
// an endpoint does, and anvil itself plays fees, funds, nonces and reorgs.
import { spawn } from 'node:child_process';
import { createServer, request } from 'node:http';
import path from 'node:path';
import { createPublicClient, createTestClient, createWalletClient, http, keccak256, parseAbiItem, toHex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { check, checks, freePort, root, show, startNode, within } from '../clients/harness.mjs';

const pause = (ms) => new Promise((next) => setTimeout(next, ms));

/// Asks until `probe` gives something; rejects after so long.
async function until(ms, what, probe) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    last = await probe();
    if (last.done) return last.value;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms: ${show(last.seen)}`);
    await pause(50);
  }
}

/// Has a block each quarter of a second, but from `hold` to `go` only those that the test mines.
async function startAnvil() {
  const port = await freePort();
  const program = path.join(root, 'net/contracts/bin/anvil');
  const anvil = spawn(program, ['--port', String(port), '--silent', '--order', 'fifo', '--no-mining'], {
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  const client = createTestClient({ mode: 'anvil', transport: http(url) });
  const reader = createPublicClient({ transport: http(url) });
  await until(30_000, 'anvil answers', () =>
    reader.getChainId().then(() => ({ done: true }), (e) => ({ done: false, seen: e.message })),
  );
  const mine = (blocks) => client.mine({ blocks });
  let held = false;
  let mined = Promise.resolve();
  const timer = setInterval(() => {
    if (!held) mined = mined.then(() => mine(1)).catch(() => {});
  }, 250);
  const hold = () => {
    held = true;
    return mined;
  };
  const go = () => {
    held = false;
  };
  const stop = () => {
    clearInterval(timer);
    anvil.kill('SIGKILL');
  };
  return { url, port, client, reader, mine, hold, go, stop };
}

/// `how.mode`: pass, hang, refuse (429), broken (500), garbage.
async function startProxy(target) {
  const how = { mode: 'pass', failed: 0 };
  const open = new Set();
  const server = createServer((from, to) => {
    if (how.mode === 'pass') {
      const on = request(
        { host: '127.0.0.1', port: target, method: from.method, path: from.url, headers: from.headers },
        (answer) => {
          to.writeHead(answer.statusCode, answer.headers);
          answer.pipe(to);
        },
      );
      on.on('error', () => to.destroy());
      from.pipe(on);
      return;
    }
    ++how.failed;
    from.resume();
    if (how.mode === 'hang') return;
    if (how.mode === 'garbage') {
      to.writeHead(200, { 'content-type': 'application/json' });
      return to.end('{"jsonrpc":"2.0","id":1,"result":"0x\u0000\u00ff');
    }
    to.writeHead(how.mode === 'refuse' ? 429 : 500, { 'content-type': 'text/plain' });
    to.end('no\n');
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  how.url = `http://127.0.0.1:${server.address().port}`;
  how.stop = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return how;
}

const anvil = await startAnvil();
const proxy = await startProxy(anvil.port);
let node;
let failed = false;
try {
  node = await startNode(['--l1', proxy.url, '--batch-age-ms', '300']);
  await scenario();
} catch (e) {
  failed = true;
  console.error(`FAILED: ${e.stack ?? e}`);
  if (node?.log) console.error(`the node's last lines:\n${node.log.slice(-40).join('\n')}`);
} finally {
  proxy.mode = 'pass';
  await node?.stop();
  proxy.stop();
  anvil.stop();
}
console.log(`${checks()} checks${failed ? ', FAILED' : ''}`);
process.exit(failed ? 1 : 0);

async function scenario() {
  const account = privateKeyToAccount(node.key);
  const reader = createPublicClient({ transport: http(node.rpc), pollingInterval: 20 });
  const wallet = createWalletClient({ account, transport: http(node.rpc) });
  const ask = (method, params = []) => reader.request({ method, params });

  /// L2 as a user sees it: transactions are taken and confirmed.
  const l2GoesOn = async (what) => {
    for (let i = 0; i < 3; ++i) {
      const to = privateKeyToAccount(generatePrivateKey()).address;
      const hash = await wallet.sendTransaction({ to, value: 1n, gas: 100_000n, chain: null });
      const receipt = await within(15_000, `${what}: a receipt`, reader.waitForTransactionReceipt({ hash }));
      check(`${what}: L2 confirms`, receipt.status === 'success');
    }
  };
  const roleSays = (what, role, words) =>
    until(60_000, `${what}: the status names it`, async () => {
      const told = await ask('ashlar_health');
      const seen = told.roles.find((r) => r.role === role);
      return { done: words.test(seen?.detail ?? ''), seen };
    }).then(() => check(`${what}: the status of ${role} names it`, true));
  /// A role's figure, as an operator's tools read it.
  const metric = async (name) => {
    let seen;
    // A role that does not answer in time has none.
    await until(60_000, `${name} to be told`, async () => {
      const text = await (await fetch(`${node.rpc}/metrics`)).text();
      seen = text.match(new RegExp(`^ashlar_${name}\\{.*\\} (\\d+)$`, 'm'));
      return { done: seen !== null };
    });
    return Number(seen[1]);
  };
  const grows = (name, from) =>
    until(60_000, `${name} to grow`, async () => {
      const seen = await metric(name);
      return { done: seen > from, seen };
    }).then(() => check(`${name} is counted`, true));
  const recovers = (what) =>
    until(120_000, `${what}: recovery`, async () => {
      const told = await ask('ashlar_health');
      const p = await ask('ashlar_pipeline');
      const behind = BigInt(p.lastSealed ?? 0) - BigInt(p.lastCommitted ?? 0);
      const calm = told.ready && told.roles.every((r) => r.state === 'ok');
      return { done: calm && behind <= 1n && BigInt(p.lastCommitted ?? 0) > 0n, seen: { told, p } };
    }).then(() => check(`${what}: the pipeline recovers alone`, true));

  await l2GoesOn('at first');
  await recovers('at first');
  const committed = parseAbiItem(
    'event BatchCommitted(uint64 indexed number, bytes32 publicInput, bytes32 stateAfter)',
  );
  const commits = () =>
    anvil.reader.getLogs({ address: node.ready.chain_contract, event: committed, fromBlock: 0n });
  const first = (await commits())[0];
  const operator = (await anvil.reader.getTransaction({ hash: first.transactionHash })).from;

  for (const [mode, words] of [
    ['hang', /L1 endpoint: .*(timeout|timed out|unreachable|time)/i],
    ['refuse', /L1 endpoint: .*(429|rate|limit)/i],
    ['broken', /L1 endpoint: .*500/i],
    ['garbage', /L1 endpoint: .*(malformed|JSON|json)/i],
  ]) {
    proxy.mode = mode;
    await l2GoesOn(mode);
    await roleSays(mode, 'publisher', words);
    await roleSays(mode, 'l1_listener', words);
    await l2GoesOn(mode);
    check(`${mode}: the node did ask`, proxy.failed > 0);
    proxy.mode = 'pass';
    await recovers(mode);
  }

  // Fees far over the cap of 500 gwei; they fall by an eighth a block.
  await anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 20_000_000_000_000n });
  await l2GoesOn('fee spike');
  await roleSays('fee spike', 'publisher', /over the cap/);
  await recovers('fee spike');

  const funds = await anvil.reader.getBalance({ address: operator });
  await anvil.client.setBalance({ address: operator, value: 1n });
  await l2GoesOn('no funds');
  await roleSays('no funds', 'publisher', /refill it/);
  await anvil.client.setBalance({ address: operator, value: funds });
  await recovers('no funds');

  // The operator's key used elsewhere: its nonces go, while a commit is on its way and at any time.
  const useKey = async (more) => {
    const gasPrice = (await anvil.reader.getGasPrice()) * 4n;
    const plain = { from: operator, to: operator, value: '0x0', gas: toHex(21_000), gasPrice: toHex(gasPrice) };
    return anvil.client.request({ method: 'eth_sendTransaction', params: [{ ...plain, ...more }] });
  };
  /// What L1's pool has of the operator's account: our transfers, and what goes to the chain's contract.
  const poolOf = async () => {
    const { pending } = await anvil.client.getTxpoolContent();
    const [, byNonce] = Object.entries(pending).find(([from]) => from.toLowerCase() === operator.toLowerCase()) ?? [];
    const all = Object.values(byNonce ?? {});
    const isCommit = (t) => t.to?.toLowerCase() === node.ready.chain_contract.toLowerCase();
    return { commits: all.filter(isCommit), transfers: all.filter((t) => !isCommit(t)) };
  };
  /// L1 holds still behind this, with a commit in its pool; that one's nonce.
  const commitInPool = async (what) => {
    // A transfer that waits would hold the commit's nonce.
    await until(60_000, `${what}: no transfer in the pool`, async () => {
      await anvil.hold();
      const { transfers } = await poolOf();
      if (transfers.length > 0) anvil.go();
      return { done: transfers.length === 0, seen: transfers };
    });
    await l2GoesOn(`${what}, L1 has no block`);
    return until(60_000, `${what}: a commit in the pool`, async () => {
      const { commits } = await poolOf();
      return { done: commits.length > 0, value: Number(commits[0]?.nonce), seen: commits };
    });
  };
  await anvil.client.impersonateAccount({ address: operator });
  const takenBefore = await metric('publisher_nonce_taken_total');
  const nonce = await commitInPool('taken nonce');
  await useKey({ nonce: toHex(nonce) });
  anvil.go();
  await l2GoesOn('taken nonce');
  await grows('publisher_nonce_taken_total', takenBefore);
  await roleSays('taken nonce', 'publisher', /nonce \d+ was used by another transaction of the operator's account/);
  await recovers('taken nonce');
  for (let i = 0; i < 3; ++i) {
    await useKey({});
    await l2GoesOn(`taken nonce ${i + 1}`);
  }
  await anvil.client.stopImpersonatingAccount({ address: operator });
  await recovers('taken nonces');

  /// L1 holds still and has read blocks to lose, the first of them `first`.
  const reorg = async (what, depth, first) => {
    await until(60_000, `${what}: the node to read it`, async () => {
      const seen = await metric('l1_listener_l1_block');
      return { done: BigInt(seen) >= first, seen };
    });
    const before = await metric('l1_listener_reorgs_total');
    const lost = await anvil.reader.getBlock({ blockNumber: first });
    // An empty block made anew within its second would be the same block.
    await anvil.client.setCoinbase({ address: privateKeyToAccount(generatePrivateKey()).address });
    await anvil.client.request({ method: 'anvil_reorg', params: [depth, []] });
    const now = await anvil.reader.getBlock({ blockNumber: first });
    check(`${what}: L1 has lost block ${first}`, now.hash !== lost.hash);
    anvil.go();
    await l2GoesOn(what);
    await grows('l1_listener_reorgs_total', before);
    await roleSays(what, 'l1_listener', new RegExp(`the last reorg of L1 took back its blocks ${first} to `));
    await recovers(what);
  };
  for (let depth = 1; depth <= 5; ++depth) {
    const ours = `reorg of ${depth} with our transactions`;
    await commitInPool(ours);
    const before = (await commits()).length;
    await anvil.mine(depth);
    const first = (await commits())[before].blockNumber;
    const head = (await anvil.reader.getBlock()).number;
    check(`${ours}: L1 has a commit to lose`, first === head - BigInt(depth - 1), show({ first, head }));
    await reorg(ours, depth, first);
    // And one of blocks that hold nothing.
    const none = `reorg of ${depth} without`;
    const last = await until(60_000, `${none}: empty blocks`, async () => {
      await anvil.hold();
      const { number } = await anvil.reader.getBlock();
      const { blockNumber } = (await commits()).at(-1);
      const done = number >= blockNumber + BigInt(depth);
      if (!done) anvil.go();
      return { done, value: number, seen: { number, blockNumber } };
    });
    await reorg(none, depth, last - BigInt(depth - 1));
  }

  // No funds for a day, by L1's clock: L1 would refuse the oldest batch some days later, and what is confirmed behind it
  // would be lost.
  await anvil.client.setBalance({ address: operator, value: 1n });
  await l2GoesOn('no funds for long');
  await roleSays('no funds for long', 'publisher', /refill it/);
  await anvil.client.increaseTime({ seconds: 86_400 + 60 });
  const waiting = await until(60_000, 'confirmations to stop', async () => {
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: await reader.getChainId(),
      nonce: await reader.getTransactionCount({ address: account.address, blockTag: 'pending' }),
      to: account.address,
      gas: 100_000n,
      maxFeePerGas: (await reader.getGasPrice()) * 4n,
      maxPriorityFeePerGas: 1_000_000n,
    });
    const seen = await ask('eth_sendRawTransactionSync', [raw, 500]).then(() => 'confirmed', (e) => `${e.details}`);
    return { done: /L1: it lacks batches/.test(seen), value: keccak256(raw), seen };
  });
  check('no funds for long: who waits is told why', true);
  await roleSays('no funds for long', 'sequencer', /it lacks batches/);
  await anvil.client.setBalance({ address: operator, value: funds });
  const receipt = await within(60_000, 'what waited: a receipt', reader.waitForTransactionReceipt({ hash: waiting, timeout: 60_000 }));
  check('no funds for long: what waited is confirmed when L1 has the batches', receipt.status === 'success');
  await recovers('no funds for long');

  await l2GoesOn('at last');
  await recovers('at last');
  const all = await commits();
  check('L1 holds every batch once, in order', all.every((log, i) => log.args.number === BigInt(i + 1)), show(all.map((l) => l.args.number)));
  // The node hears of a reorg with its next question, so it may not have heard of the last one yet; what it
  // never retracts fails here. It is asked first: commits go on while the logs are read.
  await until(60_000, 'the node to call committed what is on L1', async () => {
    const p = await ask('ashlar_pipeline');
    const there = (await commits()).length;
    return { done: BigInt(p.lastCommitted) <= BigInt(there), seen: { p, there } };
  });
  check('what the node calls committed is on L1', true);
}
