// What the settlement tests put on L1 in place of a verifier, and who plays the prover. The node
// under test has neither: it executes what L1 says is proved.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  concat,
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeDeployData,
  http,
  keccak256,
  parseAbi,
  toHex,
  zeroHash,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { root } from '../clients/harness.mjs';

const contracts =
  process.env.ASHLAR_CONTRACTS ?? path.join(root, 'build/dev/contracts');
export const artifactsOf = (file) => JSON.parse(readFileSync(path.join(contracts, file), 'utf8'));

const chainAbi = parseAbi([
  'event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)',
  'function GOVERNOR_ROLE() view returns (bytes32)',
  'function setVerifier(uint32 version, address verifier)',
  'function getProtocolVersion() view returns (uint256)',
  'function getTotalBatchesCommitted() view returns (uint256)',
  'function getTotalBatchesVerified() view returns (uint256)',
  'function storedBatchHash(uint256 number) view returns (bytes32)',
  'function proveBatches(uint64 first, uint64 last)',
]);

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

/// Puts the verifier double on L1 and has the chain's governor name it, by anvil's hand.
export async function installVerifierDouble(ready) {
  const { reader, anvil } = clientsOf(ready);
  const double = artifactsOf('doubles.json').VerifierDouble;
  const verifier = await deployOnL1(ready, double, [keccak256(toHex('programs of a test'))]);
  const chain = { address: ready.chain_contract, abi: chainAbi };
  const role = await reader.readContract({ ...chain, functionName: 'GOVERNOR_ROLE' });
  const granted = await reader.getContractEvents({
    ...chain,
    eventName: 'RoleGranted',
    args: { role },
    fromBlock: 0n,
  });
  const governor = granted[0].args.account;
  const version = await reader.readContract({ ...chain, functionName: 'getProtocolVersion' });
  await anvil.setBalance({ address: governor, value: 10n ** 18n });
  await anvil.impersonateAccount({ address: governor });
  const wallet = createWalletClient({ account: governor, chain: null, transport: http(ready.l1) });
  const hash = await wallet.writeContract({
    ...chain,
    functionName: 'setVerifier',
    args: [Number(version), verifier],
    gas: 500_000n,
  });
  const receipt = await reader.waitForTransactionReceipt({ hash, timeout: 60_000 });
  await anvil.stopImpersonatingAccount({ address: governor });
  if (receipt.status !== 'success') throw new Error('setVerifier failed');
  return { address: verifier, abi: double.abi };
}

/// Has the double hold everything that is committed for proved. Proving is open to all here.
/// Gives the runs that were proved.
export async function proveCommitted(ready, verifier) {
  const { reader, wallet } = clientsOf(ready);
  const chain = { address: ready.chain_contract, abi: chainAbi };
  const read = (functionName, args = []) => reader.readContract({ ...chain, functionName, args });
  const committed = await read('getTotalBatchesCommitted');
  const first = (await read('getTotalBatchesVerified')) + 1n;
  if (first > committed) return null;
  let accumulator = zeroHash;
  for (let n = first; n <= committed; ++n)
    accumulator = keccak256(concat([accumulator, await read('storedBatchHash', [n])]));
  const send = async (what) => {
    const hash = await wallet.writeContract({ ...what, gas: 1_000_000n });
    const receipt = await reader.waitForTransactionReceipt({ hash, timeout: 60_000 });
    if (receipt.status !== 'success') throw new Error(`${what.functionName} reverted`);
  };
  await send({ ...verifier, functionName: 'accept', args: [accumulator] });
  await send({ ...chain, functionName: 'proveBatches', args: [first, committed] });
  return { first, last: committed };
}

/// Proves whatever is committed until `done` holds; rejects after so long.
export async function proveUntil(ready, verifier, ms, what, done) {
  const end = Date.now() + ms;
  for (;;) {
    await proveCommitted(ready, verifier);
    if (await done()) return;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    // Another process: its state is asked for until it changes.
    await new Promise((next) => setTimeout(next, 100));
  }
}

