// viem: what a web application does.
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  http,
  parseEther,
  parseGwei,
  webSocket,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { check, failureOf, within, wordsOf } from './harness.mjs';

export async function test({ rpc, ws, key, counter }) {
  const id = await createPublicClient({ transport: http(rpc) }).getChainId();
  const chain = defineChain({
    id,
    name: 'under test',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpc], webSocket: [ws] } },
  });
  const reader = createPublicClient({ chain, transport: http(rpc), pollingInterval: 100 });
  const account = privateKeyToAccount(key);
  const wallet = createWalletClient({ account, chain, transport: http(rpc) });
  const mined = (hash) => reader.waitForTransactionReceipt({ hash, timeout: 30_000 });

  await transfers({ reader, wallet, account, mined });
  const address = await contract({ reader, wallet, account, mined, counter });
  await delegation({ reader, wallet, mined, counter, address });
  await subscriptions({ chain, ws, wallet, mined, counter, address });
  await errors({ reader, wallet, account, counter, address });
}

async function transfers({ reader, wallet, account, mined }) {
  const to = privateKeyToAccount(generatePrivateKey()).address;
  const before = await reader.getBalance({ address: account.address });
  const receipt = await mined(await wallet.sendTransaction({ to, value: parseEther('1') }));
  check('a transfer succeeds', receipt.status === 'success' && receipt.type === 'eip1559');
  check('it arrives', (await reader.getBalance({ address: to })) === parseEther('1'));
  const after = await reader.getBalance({ address: account.address });
  const spent = before - after;
  const told = parseEther('1') + receipt.gasUsed * receipt.effectiveGasPrice;
  check('the sender pays value and the gas that the receipt names', spent === told, { spent, told });

  const gasPrice = (await reader.getGasPrice()) * 2n;
  const legacy = await mined(await wallet.sendTransaction({ to, value: 1n, gasPrice }));
  check('a legacy transaction is taken', legacy.type === 'legacy');
  const listed = await mined(
    await wallet.sendTransaction({
      to,
      value: 1n,
      gasPrice,
      accessList: [{ address: to, storageKeys: [] }],
      type: 'eip2930',
    }),
  );
  check('an access list transaction is taken', listed.type === 'eip2930');

  const nonce = await reader.getTransactionCount({ address: account.address });
  const together = await Promise.all(
    [0, 1, 2, 3, 4].map((i) => wallet.sendTransaction({ to, value: 1n, nonce: nonce + i })),
  );
  const receipts = await Promise.all(together.map(mined));
  check('five at once all succeed', receipts.every((r) => r.status === 'success'));
  const block = await reader.getBlock({
    blockNumber: receipts[4].blockNumber,
    includeTransactions: true,
  });
  check(
    'the block holds the transaction that its receipt says',
    block.hash === receipts[4].blockHash &&
      block.transactions[receipts[4].transactionIndex].hash === together[4],
  );
}

async function contract({ reader, wallet, account, mined, counter }) {
  const created = await mined(await wallet.deployContract({ ...counter, args: [5n] }));
  const address = created.contractAddress;
  check('a contract is deployed', created.status === 'success' && !!address);
  check('it has code', (await reader.getCode({ address }))?.length > 100);
  const at = { address, abi: counter.abi };
  const value = () => reader.readContract({ ...at, functionName: 'value' });
  check('a call reads its storage', (await value()) === 5n);

  const data = encodeFunctionData({ abi: counter.abi, functionName: 'raise', args: [2n] });
  const gas = await reader.estimateGas({ account, to: address, data });
  const raised = await mined(await wallet.sendTransaction({ to: address, data, gas }));
  check('the estimate is enough', raised.status === 'success' && raised.gasUsed <= gas);
  check('the call changed storage', (await value()) === 7n);
  check(
    'a call at an older block reads what was',
    (await reader.readContract({
      ...at,
      functionName: 'value',
      blockNumber: created.blockNumber,
    })) === 5n,
  );
  const slot = await reader.getStorageAt({ address, slot: '0x0' });
  check('storage is readable by slot', BigInt(slot) === 7n, slot);
  const events = await reader.getContractEvents({
    ...at,
    eventName: 'Raised',
    fromBlock: created.blockNumber,
  });
  check(
    'its event is found',
    events.length === 1 && events[0].args.value === 7n && events[0].args.by === account.address,
    events,
  );
  return address;
}

async function delegation({ reader, wallet, mined, counter, address }) {
  const authority = privateKeyToAccount(generatePrivateKey());
  const authorization = await wallet.signAuthorization({
    account: authority,
    contractAddress: address,
  });
  const receipt = await mined(
    await wallet.sendTransaction({
      to: authority.address,
      data: encodeFunctionData({ abi: counter.abi, functionName: 'raise', args: [9n] }),
      authorizationList: [authorization],
      gas: 200_000n,
    }),
  );
  check('a type 4 transaction succeeds', receipt.status === 'success' && receipt.type === 'eip7702');
  const code = await reader.getCode({ address: authority.address });
  check(
    'the account points to the contract',
    code === `0xef0100${address.slice(2).toLowerCase()}`,
    code,
  );
  const value = await reader.readContract({
    address: authority.address,
    abi: counter.abi,
    functionName: 'value',
  });
  check('the delegated code ran on the account', value === 9n, value);
}

async function subscriptions({ chain, ws, wallet, mined, counter, address }) {
  const listener = createPublicClient({ chain, transport: webSocket(ws, { reconnect: false }) });
  const stops = [];
  const first = (start) =>
    new Promise((resolve, reject) => stops.push(start({ resolve, onError: reject })));
  const head = first(({ resolve, onError }) =>
    listener.watchBlocks({ onBlock: resolve, onError, emitOnBegin: false }),
  );
  const event = first(({ resolve, onError }) =>
    listener.watchContractEvent({
      address,
      abi: counter.abi,
      eventName: 'Raised',
      onLogs: (logs) => resolve(logs[0]),
      onError,
    }),
  );
  // The subscriptions are in place when a later request on the same connection is answered.
  await listener.getChainId();
  await listener.getBlockNumber();
  const hash = await wallet.writeContract({
    address,
    abi: counter.abi,
    functionName: 'raise',
    args: [1n],
  });
  const receipt = await mined(hash);
  const seen = await within(15_000, 'a log over WebSocket', event);
  check('a log is pushed', seen.transactionHash === hash && seen.args.by === wallet.account.address);
  const block = await within(15_000, 'a head over WebSocket', head);
  check('a head is pushed', block.number <= receipt.blockNumber);
  for (const stop of stops) stop();
  (await listener.transport.getRpcClient()).close();
}

async function errors({ reader, wallet, account, counter, address }) {
  const to = account.address;
  const nonce = await reader.getTransactionCount({ address: to });
  const low = await failureOf('a used nonce', wallet.sendTransaction({ to, nonce: 0, gas: 21000n }));
  check(
    'a used nonce is "nonce too low"',
    low.walk?.((e) => e.name === 'NonceTooLowError'),
    wordsOf(low),
  );
  const poor = createWalletClientOf(wallet, privateKeyToAccount(generatePrivateKey()));
  const broke = await failureOf(
    'a transfer without funds',
    poor.sendTransaction({ to, value: 1n, gas: 21000n, nonce: 0 }),
  );
  check(
    'no balance is "insufficient funds"',
    broke.walk?.((e) => e.name === 'InsufficientFundsError'),
    wordsOf(broke),
  );
  const cheap = await failureOf(
    'gas below the intrinsic cost',
    wallet.sendTransaction({ to, gas: 20_000n, nonce }),
  );
  check(
    'too little gas is "intrinsic gas too low"',
    cheap.walk?.((e) => e.name === 'IntrinsicGasTooLowError'),
    wordsOf(cheap),
  );

  const raise = (by) =>
    reader.simulateContract({ account, address, abi: counter.abi, functionName: 'raise', args: [by] });
  const said = await failureOf('a revert with a reason', raise(0n));
  check('the reason of a revert arrives', wordsOf(said).includes('nothing to add'), wordsOf(said));
  const custom = await failureOf('a revert with an error', raise(2000n));
  const decoded = custom.walk?.((e) => e.name === 'ContractFunctionRevertedError');
  check(
    'a custom error decodes',
    decoded?.data?.errorName === 'TooFar' && decoded.data.args[0] === 1000n,
    wordsOf(custom),
  );
  const fees = await reader.estimateFeesPerGas();
  check('fees can be estimated', fees.maxFeePerGas > 0n && fees.maxFeePerGas < parseGwei('10000'));
  const history = await reader.getFeeHistory({ blockCount: 3, rewardPercentiles: [10, 90] });
  check('fee history has one base fee more than blocks',
    history.baseFeePerGas.length === history.gasUsedRatio.length + 1);
}

function createWalletClientOf(wallet, account) {
  return createWalletClient({ account, chain: wallet.chain, transport: http(wallet.transport.url) });
}
