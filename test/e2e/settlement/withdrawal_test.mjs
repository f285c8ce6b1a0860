// Money in and out of a running chain by the wallets' own calls: viem's zksync actions and
// zksync-ethers, unchanged. L1's verifier is a generated one, its proofs real, of a circuit that verifies
// nothing: this script deploys it by the operator's commands, and proves.
import { spawnSync } from 'node:child_process';
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  http,
  parseAbi,
  parseEther,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import {
  chainConfig,
  finalizeWithdrawal,
  getLogProof,
  isWithdrawalFinalized,
  getL2HashFromPriorityOp,
  legacyEthAddress,
  publicActionsL1,
  publicActionsL2,
  walletActionsL1,
  withdraw,
} from 'viem/zksync';
import { JsonRpcProvider } from 'ethers';
import { Provider, Wallet, utils } from 'zksync-ethers';
import { ashlarProgram, check, checks, failureOf, show, startNode, within, wordsOf } from '../clients/harness.mjs';
import { artifactsOf, clientsOf, deployOnL1, installVerifier, proveUntil, replay } from './finality.mjs';

const token = parseAbi([
  'function mint(address to, uint256 amount)',
  'function approve(address spender, uint256 amount) returns (bool)',
  'function balanceOf(address who) view returns (uint256)',
]);
const messenger = parseAbi(['function sendToL1(bytes message) returns (bytes32)']);
const hubAbi = parseAbi([
  'struct Message { uint16 txNumberInBatch; address sender; bytes data; }',
  'function proveL2MessageInclusion(uint256 chainId, uint256 batch, uint256 index, Message message, bytes32[] proof) view returns (bool)',
]);
const vaultAbi = parseAbi(['function chainBalance(uint256 chainId, address token) view returns (uint256)']);
const batchAbi = parseAbi([
  'event BatchExecuted(uint64 indexed number, bytes32 stateAfter, bytes32 l2ToL1LogRoot)',
  'function stateCommitment() view returns (bytes32)',
]);
const ether_ = '0x0000000000000000000000000000000000000001';

let node;
let failed = false;
try {
  node = await startNode(['--batch-age-ms', '500']);
  await scenario(node.ready);
} catch (e) {
  failed = true;
  console.error(`FAILED: ${e.stack ?? e}`);
  if (node?.log) console.error(`the node's last lines:\n${node.log.slice(-40).join('\n')}`);
} finally {
  await node?.stop();
}
console.log(`${checks()} checks${failed ? ', FAILED' : ''}`);
process.exit(failed ? 1 : 0);

async function scenario(ready) {
  const stand = await standOf(ready);
  await withoutVerifier(stand);
  const places = await installVerifier(ready);
  stand.executed = async (block) => {
    const run = await proveUntil(ready, places, 90_000, `block ${block} is final`, async () => {
      const final = await stand.l2.getBlock({ blockTag: 'finalized' });
      return final.number >= block;
    });
    stand.run = run ?? stand.run;
  };
  await ether(stand);
  await tokens(stand);
  await messages(stand);
  await zksyncEthers(stand);
  await details(stand);
  await replay(ready, places, stand.run);
  await restored(stand);
}

/// Clients of both chains for one user, who has money on both.
async function standOf(ready) {
  const chain = defineChain({
    ...chainConfig,
    id: ready.chain_id,
    name: 'under test',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [ready.rpc] } },
  });
  const { reader: l1, wallet: rich } = clientsOf(ready);
  const key = generatePrivateKey();
  const account = privateKeyToAccount(key);
  const hash = await rich.sendTransaction({ to: account.address, value: parseEther('50') });
  await l1.waitForTransactionReceipt({ hash, timeout: 60_000 });
  const on1 = createWalletClient({ account, chain: rich.chain, transport: http(ready.l1), pollingInterval: 50 })
    .extend(walletActionsL1())
    .extend(publicActionsL1());
  const l2 = createPublicClient({ chain, transport: http(ready.rpc), pollingInterval: 50 }).extend(publicActionsL2());
  const on2 = createWalletClient({ account, chain, transport: http(ready.rpc), pollingInterval: 50 });
  return {
    ready, key, account, rich, l1, l2, on1, on2, chain,
    mined1: (hash) => l1.waitForTransactionReceipt({ hash, timeout: 60_000 }),
    mined2: (hash) => l2.waitForTransactionReceipt({ hash, timeout: 60_000 }),
    held: (asset) =>
      l1.readContract({
        address: ready.vault, abi: vaultAbi, functionName: 'chainBalance', args: [BigInt(ready.chain_id), asset],
      }),
  };
}

async function arrives(what, balance, least) {
  await within(90_000, what, (async () => {
    for (;;) {
      const now = await balance();
      if (now >= least) return;
      await new Promise((next) => setTimeout(next, 100));
    }
  })());
  check(what, true);
}

/// A node whose L1 has no verifier commits, says what it waits for, and calls nothing final.
async function withoutVerifier({ l2 }) {
  const says = async () => {
    const told = await l2.request({ method: 'ashlar_batchStatus', params: ['0x1'] });
    return told?.stage === 'committed' && /verifier/.test(told.waitsFor) ? 1n : 0n;
  };
  await arrives('without a verifier a committed batch says that it waits for one', says, 1n);
  const final = await l2.getBlock({ blockTag: 'finalized' });
  check('and nothing is final but the genesis', final.number === 0n, final.number);
}

async function ether(stand) {
  const { l1, l2, on1, on2, account, mined1, mined2, executed, held } = stand;
  const deposited = await on1.deposit({
    client: l2, token: legacyEthAddress, to: account.address, amount: parseEther('5'), refundRecipient: account.address,
  });
  check('viem deposits ether', (await mined1(deposited)).status === 'success');
  await arrives('it arrives on L2', () => l2.getBalance({ address: account.address }), parseEther('5'));

  const to = privateKeyToAccount(generatePrivateKey()).address;
  const amount = parseEther('1.5');
  const hash = await withdraw(on2, { amount, to, token: legacyEthAddress });
  const receipt = await mined2(hash);
  check('viem withdraws ether', receipt.status === 'success' && receipt.l2ToL1Logs.length === 1);
  const before = await held(ether_);
  const early = await failureOf('a withdrawal before its batch is executed',
    finalizeWithdrawal(on1, { client: l2, hash }));
  check('it is not paid before its batch is executed', !!early, wordsOf(early));
  check('and nothing moved', (await l1.getBalance({ address: to })) === 0n);
  await executed(receipt.blockNumber);

  check('it is not finalised yet', !(await isWithdrawalFinalized(on1, { client: l2, hash })));
  const paid = await mined1(await finalizeWithdrawal(on1, { client: l2, hash }));
  check('viem finalises it', paid.status === 'success');
  check('the receiver has it to the wei', (await l1.getBalance({ address: to })) === amount);
  check('the bridge holds so much less', (await held(ether_)) === before - amount);
  check('it counts as finalised', await isWithdrawalFinalized(on1, { client: l2, hash }));
  const twice = await failureOf('the same again', finalizeWithdrawal(on1, { client: l2, hash }));
  check('it is paid once', /AlreadyFinalized|revert/i.test(wordsOf(twice)), wordsOf(twice));
}

async function tokens(stand) {
  const { ready, l1, l2, on1, on2, account, rich, mined1, mined2, executed, held } = stand;
  const demo = artifactsOf('artifacts.json').DemoToken;
  const address = await deployOnL1(ready, demo, ['Demo', 'DMO', 0n]);
  const mint = { address, abi: token, functionName: 'mint', args: [account.address, 1_000n] };
  await mined1(await rich.writeContract(mint));
  const deposited = await on1.deposit({
    client: l2, token: address, to: account.address, amount: 700n, approveToken: true, refundRecipient: account.address,
  });
  const onL1 = await mined1(deposited);
  check('viem deposits a token', onL1.status === 'success');
  const onL2 = await mined2(getL2HashFromPriorityOp(onL1, ready.chain_contract));
  check('it succeeds on L2', onL2.status === 'success', show({ used: onL2.gasUsed, limit: (await l2.getTransaction({ hash: onL2.transactionHash })).gas }));
  const twin = await l2.getL2TokenAddress({ token: address });
  const balance2 = () =>
    l2.readContract({ address: twin, abi: token, functionName: 'balanceOf', args: [account.address] }).catch(() => 0n);
  await arrives('the token arrives on L2', balance2, 700n);

  const hash = await withdraw(on2, { amount: 250n, token: twin });
  const receipt = await mined2(hash);
  check('viem withdraws a token', receipt.status === 'success');
  check('it is burnt on L2', (await balance2()) === 450n);
  await executed(receipt.blockNumber);
  check('viem finalises it', (await mined1(await finalizeWithdrawal(on1, { client: l2, hash }))).status === 'success');
  const balance1 = await l1.readContract({ address, abi: token, functionName: 'balanceOf', args: [account.address] });
  check('the receiver has it', balance1 === 550n, balance1);
  check('the bridge holds the rest', (await held(address)) === 450n);
  const twice = await failureOf('the same again', finalizeWithdrawal(on1, { client: l2, hash }));
  check('a token is paid once', !!twice);
}

async function messages(stand) {
  const { ready, l1, l2, on2, account, mined2, executed } = stand;
  const message = '0x7468652073746f6e652069732064726573736564';
  const hash = await on2.sendTransaction({
    to: '0x0000000000000000000000000000000000008008',
    data: encodeFunctionData({ abi: messenger, functionName: 'sendToL1', args: [message] }),
  });
  const receipt = await mined2(hash);
  check('a message is sent', receipt.status === 'success');
  await executed(receipt.blockNumber);
  const proof = await getLogProof(l2, { txHash: hash, index: 0 });
  check('its proof has 14 siblings and a batch', proof.proof.length === 14 && proof.batchNumber > 0, proof);
  // Its place in the batch is known since the batch is sealed.
  const place = Number((await mined2(hash)).l1BatchTxIndex);
  const holds = (data, number = place, path = proof.proof) =>
    l1.readContract({
      address: ready.hub, abi: hubAbi, functionName: 'proveL2MessageInclusion',
      args: [
        BigInt(ready.chain_id), BigInt(proof.batchNumber), BigInt(proof.id),
        { txNumberInBatch: number, sender: account.address, data }, path,
      ],
    });
  check('L1 confirms the message', await holds(message));
  check('not another one', !(await holds('0x00')));
  check('not of another transaction', !(await holds(message, place + 1)));
  const bent = [...proof.proof];
  bent[3] = bent[4];
  check('not by another path', !(await holds(message, undefined, bent)));
  check('no second message has a proof', (await getLogProof(l2, { txHash: hash, index: 1 })) === null);
}

async function zksyncEthers(stand) {
  const { ready, key } = stand;
  const on1 = new JsonRpcProvider(ready.l1, undefined, { polling: true, cacheTimeout: -1 });
  on1.pollingInterval = 50;
  const on2 = new Provider(ready.rpc, undefined, { polling: true, cacheTimeout: -1 });
  on2.pollingInterval = 50;
  try {
    const wallet = new Wallet(key, on2, on1);
    const before = await wallet.getBalance();
    const deposit = await wallet.deposit({ token: utils.ETH_ADDRESS, amount: parseEther('2') });
    await deposit.waitL1Commit();
    await arrives('zksync-ethers deposits', () => wallet.getBalance(), before + parseEther('2'));
  } finally {
    on1.destroy();
    on2.destroy();
  }
}

/// L1 alone gives the state that L1 executed, behind every batch.
async function restored({ ready, l1 }) {
  const executed = await l1.getContractEvents({
    address: ready.chain_contract, abi: batchAbi, eventName: 'BatchExecuted', fromBlock: 0n,
  });
  const restore = (...args) =>
    spawnSync(ashlarProgram, ['restore', '--chain', ready.folder, '--l1', ready.l1, ...args], {
      encoding: 'utf8', timeout: 60_000,
    });
  check('some batches are executed', executed.length >= 5, executed.length);
  for (const [i, { args }] of executed.entries()) {
    check(`batch ${i + 1} is executed once and in its turn`, args.number === BigInt(i + 1), args.number);
    const done = restore('--batch', String(args.number));
    check(`the state behind batch ${args.number} is restored`, done.status === 0, done.stderr);
    const got = JSON.parse(done.stdout);
    check(
      `the state restored behind batch ${args.number} is the one that L1 executed`,
      got.batch === Number(args.number) && got.state_commitment === args.stateAfter,
      show({ got, wanted: args.stateAfter }),
    );
  }
  const roots = new Set(executed.map(({ args }) => args.stateAfter));
  check('no two of them are the same', roots.size === executed.length);
  const last = await l1.readContract({ address: ready.chain_contract, abi: batchAbi, functionName: 'stateCommitment' });
  check('the last is the state that the contract names', last === executed.at(-1).args.stateAfter, last);
  const beyond = restore('--batch', '1000000');
  check('what is not committed is not restored', beyond.status === 1 && /is not committed/.test(beyond.stderr), beyond.stderr);
}

/// What explorers read of a batch that is final.
async function details(stand) {
  const { l1, l2, on2, account, mined2, executed } = stand;
  const receipt = await mined2(await on2.sendTransaction({ to: account.address, value: 1n }));
  await executed(receipt.blockNumber);
  const block = await l2.getBlockDetails({ number: Number(receipt.blockNumber) });
  const batch = await l2.getL1BatchDetails({ number: Number(block.l1BatchNumber) });
  for (const [what, d] of [['block', block], ['batch', batch]]) {
    check(`the details of a ${what} call it verified`, d.status === 'verified', show(d));
    const steps = [[d.commitTxHash, d.committedAt], [d.proveTxHash, d.provenAt], [d.executeTxHash, d.executedAt]];
    for (const [hash, at] of steps) {
      const mined = await l1.getTransactionReceipt({ hash });
      const head = await l1.getBlock({ blockNumber: mined.blockNumber });
      check(
        `each step of a ${what} names its transaction on L1 and its time`,
        mined.status === 'success' && new Date(at).getTime() === Number(head.timestamp) * 1000,
        show({ hash, at, timestamp: head.timestamp }),
      );
    }
  }
  const told = await l2.request({ method: 'ashlar_transactionStatus', params: [receipt.transactionHash] });
  check('its transactions are executed and wait for nothing', told.stage === 'executed' && told.waitsFor === '', told);
  const txn = await l2.getTransactionDetails({ txHash: receipt.transactionHash });
  check('the details of a transaction say verified', txn.status === 'verified' && txn.ethExecuteTxHash === batch.executeTxHash, show(txn));
}
