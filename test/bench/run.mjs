#!/usr/bin/env node
// run BUILD_DIR [--json] [--full] [--only NAME]...: every benchmark of a release build, as a table
// or, with --json, as one JSON array on standard output. See README.md beside this file.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');

function usage(why) {
  process.stderr.write(`${why}\nusage: test/bench/run BUILD_DIR [--json] [--full] [--only NAME]...\n`);
  process.exit(2);
}

function parse(words) {
  const asked = { build: null, json: false, full: false, only: [] };
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--json') asked.json = true;
    else if (words[i] === '--full') asked.full = true;
    else if (words[i] === '--only') asked.only.push(words[++i] ?? usage('--only takes a name'));
    else if (words[i].startsWith('-')) usage(`unknown option ${words[i]}`);
    else if (asked.build === null) asked.build = resolve(words[i]);
    else usage(`unexpected ${words[i]}`);
  }
  if (asked.build === null) usage('which build?');
  return asked;
}

/// Every program, in the order of the table. Each prints an array of rows.
function programs({ build, full }) {
  return [
    { name: 'node', args: ['--folder', join(build, 'bench/node')] },
    { name: 'evm', args: [] },
    { name: 'batch', args: [] },
    { name: 'tree', args: [] },
    { name: 'prove', args: [] },
    { name: 'riscv', args: [] },
    { name: 'l1', run: commit_gas },
    { name: 'recursion', args: [] },
    { name: 'verifier', run: () => verification_gas(build) },
    { name: 'sequencer', args: full ? [] : ['--txns', '200000'] },
    { name: 'crypto', args: ['--benchmark_format=json', '--benchmark_min_time=0.2'], rows: google_rows },
  ];
}

/// What a process prints on standard output; what it says goes on to standard error.
function output_of(program, args, where) {
  return new Promise((done, failed) => {
    if (!existsSync(program)) return failed(new Error(`${program} is not there`));
    const child = spawn(program, args, { cwd: where, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (part) => (out += part));
    child.on('error', failed);
    child.on('close', (code, signal) =>
      code === 0 ? done(out) : failed(new Error(`${basename(program)} ended with ${signal ?? code}`)));
  });
}

/// The contracts' own test of what a commit costs, which asserts the goal: its figure.
async function commit_gas() {
  const contracts = join(root, 'net/contracts');
  const test = 'test_a_commit_with_one_kilobyte_costs_at_most_150_000_gas';
  const out = await output_of(join(contracts, 'bin/forge'),
    ['test', '--offline', '--match-test', test, '-vvvv'], contracts);
  const found = /"commit, 1,024 bytes of pubdata", gas: (\d+)/.exec(out);
  if (!found) throw new Error('forge printed no cost of a commit');
  const value = Number(found[1]);
  return [{ name: 'l1: commit of a batch with 1 kB of pubdata', value, unit: 'gas',
    peer: 'required at most', peer_value: 250000, ratio: value / 250000 }];
}

/// The size of a proof for L1, and what L1 charges for its verification, by phases: a circuit of the
/// outermost layer's heights with its parameters. The contracts' test checks each step before it
/// counts it.
async function verification_gas(build) {
  const dir = join(build, 'bench/verifier');
  mkdirSync(dir, { recursive: true });
  const made = await output_of(join(build, 'test/solidity/solidity_fixture'), [dir, 'outer'], root);
  const size = /^Outer: (\d+) bytes/m.exec(made);
  if (!size) throw new Error('solidity_fixture printed no size of the proof');
  const required = (name, value, unit, most) =>
    ({ name, value, unit, peer: 'required at most', peer_value: most, ratio: value / most });
  const rows = [required('verifier: outer proof', Number(size[1]), 'bytes', 400 * 1024)];
  const out = await output_of(join(root, 'test/solidity/forge'),
    [dir, '--match-contract', 'OuterGasTest', '--match-test', 'test_gas', '-vvvv'], root);
  const phases = new Map();
  for (const [, what, gas, bytes] of out.matchAll(
    /emit Cost\(what: "(\w+)", gas: (\d+)[^,]*, floor: \d+[^,]*, dataBytes: (\d+)/g)) {
    const sum = phases.get(what) ?? { gas: 0, bytes: 0, calls: 0 };
    phases.set(what, { gas: sum.gas + Number(gas), bytes: sum.bytes + Number(bytes), calls: sum.calls + 1 });
  }
  if (!phases.has('all')) throw new Error('forge printed no cost of a verification');
  for (const [what, { gas, bytes, calls }] of phases) {
    if (what === 'all') rows.push(required(`verifier: all, ${bytes} bytes`, gas, 'gas', 15e6));
    else rows.push({ name: `verifier: ${what}, ${calls} calls of ${bytes} bytes`, value: gas, unit: 'gas' });
  }
  return rows;
}

/// Google Benchmark's report as rows: processor time of one iteration.
function google_rows(report) {
  return report.benchmarks.filter((b) => b.run_type === 'iteration').map((b) => ({
    name: `crypto: ${b.name}`, value: b.cpu_time, unit: b.time_unit, runs: b.iterations,
  }));
}

/// The rows of one program.
async function rows_of(build, { name, args, run, rows }) {
  if (run) return (await run()).map(complete);
  const out = await output_of(join(build, 'test/bench', name, `bench_${name}`), args, root);
  try {
    const printed = JSON.parse(out);
    return (rows ? rows(printed) : printed).map(complete);
  } catch (e) {
    throw new Error(`bench_${name} printed no rows: ${e.message}`);
  }
}

/// Exactly the keys of the table; what a program left out is null.
function complete(row) {
  const { name, value, unit, peer, peer_value, ratio, runs } = row;
  if (typeof name !== 'string' || typeof value !== 'number') throw new Error('a row without name or value');
  const number = (v) => (typeof v === 'number' ? v : null);
  return {
    name, value, unit: unit ?? '', peer: peer || null,
    peer_value: peer ? number(peer_value) : null, ratio: peer ? number(ratio) : null, runs: runs ?? 1,
  };
}

/// What it was measured on: the first row, its value the hardware threads.
function machine() {
  const all = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const [l1, l5, l15] = readFileSync('/proc/loadavg', 'utf8').split(' ');
  return complete({
    name: 'machine', value: all.length, unit: 'hardware threads',
    peer: `${all[0].model.trim()}, ${gib} GiB, Linux ${release()}, load before ${l1} ${l5} ${l15}`,
  });
}

function short(v) {
  if (v === null) return '';
  const size = Math.abs(v);
  if (size >= 1000) return Math.round(v).toLocaleString('en-US');
  return String(Number(v.toPrecision(3)));
}

function print_table(rows) {
  const lines = [['what', 'value', 'unit', 'against', 'its value', 'ratio', 'runs']];
  for (const r of rows)
    lines.push([r.name, short(r.value), r.unit, r.peer ?? '', short(r.peer_value), short(r.ratio), String(r.runs)]);
  const right = [false, true, false, false, true, true, true];
  const widths = lines[0].map((_, i) => Math.max(...lines.slice(1).filter((l, n) => n > 0 || i !== 3).map((l) => l[i].length), lines[0][i].length));
  for (const line of lines)
    console.log(line.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ').trimEnd());
}

const asked = parse(process.argv.slice(2));
const known = programs(asked);
const chosen = known.filter((p) => asked.only.length === 0 || asked.only.includes(p.name));
if (chosen.length === 0) usage(`no benchmark of that name; there are ${known.map((p) => p.name).join(' ')}`);
const rows = [machine()];
let failures = 0;
for (const program of chosen) {
  process.stderr.write(`==> ${program.name} ${(program.args ?? []).join(' ')}\n`);
  try {
    rows.push(...(await rows_of(asked.build, program)));
  } catch (e) {
    failures++;
    process.stderr.write(`bench: ${program.name}: ${e.message}\n`);
  }
}
if (asked.json) process.stdout.write(JSON.stringify(rows, null, 1) + '\n');
else print_table(rows);
process.exit(failures === 0 ? 0 : 1);
