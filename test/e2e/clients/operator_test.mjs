// What an operator's and an auditor's tools ask: metrics, health, proofs of state.
import { createPublicClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { spawnSync } from 'node:child_process';
import { ashlarProgram, check } from './harness.mjs';

const roles = ['sequencer', 'batch', 'publisher', 'l1_listener', 'gateway'];

export async function test({ rpc, key }) {
  await metrics(rpc);
  await health(rpc);
  await proofs(rpc, privateKeyToAccount(key).address);
  status(rpc);
}

/// The operator's own command, as a person and as a machine reads it.
function status(rpc) {
  const ask = (...args) => spawnSync(ashlarProgram, ['status', ...args], { encoding: 'utf8' });
  const told = ask('--rpc', rpc);
  check('status succeeds', told.status === 0, told.stderr);
  for (const role of roles)
    check(`status shows ${role}`, new RegExp(`^${role} +ok +0  `, 'm').test(told.stdout), told.stdout);
  check('status shows blocks and batches', /^blocks +latest \d+, safe/m.test(told.stdout), told.stdout);
  const machine = JSON.parse(ask('--rpc', rpc, '--json').stdout);
  check('status --json names every role', roles.every((r) => machine.health.roles.some((h) => h.role === r && h.restarts === '0x0')), machine);
  const nobody = ask('--rpc', 'http://127.0.0.1:1');
  check('status of nobody fails and names the endpoint', nobody.status === 1 && nobody.stderr.includes('127.0.0.1:1'), nobody.stderr);
}

async function metrics(rpc) {
  const answer = await fetch(`${rpc}/metrics`);
  check('metrics are served', answer.status === 200);
  const lines = (await answer.text()).trim().split('\n');
  for (const role of roles)
    check(
      `metrics say that ${role} is healthy`,
      lines.some((l) => l.startsWith('ashlar_role_healthy{') && l.includes(`role="${role}"`) && l.endsWith(' 1')),
    );
  const sample = /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-z_0-9]+="[^"]*"(,[a-z_0-9]+="[^"]*")*\})? \d+$/;
  const bad = lines.find((l) => !l.startsWith('# ') && !sample.test(l));
  check('every line is a sample or a comment', bad === undefined, bad);
  const names = lines.filter((l) => !l.startsWith('#')).map((l) => l.split(/[ {]/)[0]);
  const groups = names.filter((name, i) => name !== names[i - 1]);
  check('samples of one name stand together', new Set(groups).size === groups.length);
}

async function health(rpc) {
  const answer = await fetch(`${rpc}/health`);
  const told = await answer.json();
  check('a healthy node says so', answer.status === 200 && told.ready === true, told);
}

async function proofs(rpc, address) {
  const client = createPublicClient({ transport: http(rpc) });
  const ask = (who, slots) => client.request({ method: 'eth_getProof', params: [who, slots, 'latest'] });
  const got = await ask(address, ['0x0', '0x5']);
  check('a proof names its account', got.address.toLowerCase() === address.toLowerCase());
  check('each slot has a proof', got.storageProof.length === 2 && got.storageProof[1].key === '0x5', got);
  check('a leaf comes with its path', got.accountProof.length === 65 || got.accountProof.length === 130);
}
