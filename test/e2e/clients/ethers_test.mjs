// ethers: what a back end or a script does.
import { Contract, ContractFactory, JsonRpcProvider, Wallet, WebSocketProvider, parseEther } from 'ethers';
import { check, failureOf, within, wordsOf } from './harness.mjs';

export async function test({ rpc, ws, key, counter }) {
  const provider = new JsonRpcProvider(rpc, undefined, { polling: true, cacheTimeout: -1 });
  provider.pollingInterval = 100;
  const wallet = new Wallet(key, provider);
  try {
    await transfers(provider, wallet);
    const contract = await deploy(wallet, counter);
    await delegation(provider, wallet, contract);
    await listening(ws, wallet, contract);
    await errors(provider, wallet, contract);
  } finally {
    provider.destroy();
  }
}

async function transfers(provider, wallet) {
  const to = Wallet.createRandom().address;
  const sent = await wallet.sendTransaction({ to, value: parseEther('0.5') });
  const receipt = await sent.wait(1, 30_000);
  check('a transfer succeeds', receipt.status === 1 && receipt.hash === sent.hash);
  check('it arrives', (await provider.getBalance(to)) === parseEther('0.5'));
  const again = await provider.getTransaction(sent.hash);
  check('the transaction is found with its block', again.blockNumber === receipt.blockNumber);
  check('its sender is recovered', again.from === wallet.address);
  // ethers sends requests of one tick as one JSON-RPC batch.
  const [number, block, fees, count] = await Promise.all([
    provider.getBlockNumber(),
    provider.getBlock(receipt.blockNumber, true),
    provider.getFeeData(),
    provider.getTransactionCount(wallet.address),
  ]);
  check(
    'a batch of requests is answered',
    number >= receipt.blockNumber &&
      block.prefetchedTransactions.some((t) => t.hash === sent.hash) &&
      fees.maxFeePerGas > 0n &&
      count > 0,
  );
}

async function deploy(wallet, counter) {
  const contract = await new ContractFactory(counter.abi, counter.bytecode, wallet).deploy(11);
  await contract.waitForDeployment();
  check('a contract is deployed', (await contract.value()) === 11n);
  const gas = await contract.raise.estimateGas(4);
  const receipt = await (await contract.raise(4, { gasLimit: gas })).wait(1, 30_000);
  check('the estimate is enough', receipt.status === 1 && receipt.gasUsed <= gas);
  check('the call changed storage', (await contract.value()) === 15n);
  const found = await contract.queryFilter(contract.filters.Raised(wallet.address), receipt.blockNumber);
  check('its event is found by topic', found.length === 1 && found[0].args.value === 15n);
  const none = await contract.queryFilter(
    contract.filters.Raised(Wallet.createRandom().address),
    receipt.blockNumber,
  );
  check('and by no other topic', none.length === 0);
  return contract;
}

async function delegation(provider, wallet, contract) {
  const authority = Wallet.createRandom().connect(provider);
  const authorization = await authority.authorize({ address: await contract.getAddress(), nonce: 0 });
  const sent = await wallet.sendTransaction({
    type: 4,
    to: authority.address,
    data: contract.interface.encodeFunctionData('raise', [6]),
    authorizationList: [authorization],
    gasLimit: 200_000,
  });
  check('a type 4 transaction succeeds', (await sent.wait(1, 30_000)).status === 1);
  const delegated = new Contract(authority.address, contract.interface, provider);
  check('the delegated code ran on the account', (await delegated.value()) === 6n);
}

async function listening(ws, wallet, contract) {
  const provider = new WebSocketProvider(ws);
  try {
    const mirror = new Contract(await contract.getAddress(), contract.interface, provider);
    const head = new Promise((resolve) => provider.once('block', resolve));
    const event = new Promise((resolve) => {
      mirror.once('Raised', (by, value, payload) => resolve({ by, value, payload }));
    });
    await provider.getBlockNumber();
    await mirror.value();
    // The subscriptions are in place when both listeners have started.
    await Promise.all([provider.listenerCount('block'), mirror.listenerCount('Raised')]);
    await provider.send('eth_chainId', []);
    const receipt = await (await contract.raise(1)).wait(1, 30_000);
    const seen = await within(15_000, 'a log over WebSocket', event);
    check('a log is pushed', seen.by === wallet.address && seen.payload.log.transactionHash === receipt.hash);
    check('a head is pushed', (await within(15_000, 'a head over WebSocket', head)) > 0);
  } finally {
    // What was heard once is unsubscribed from behind our back: destroyed under it, that throws.
    await provider.send('eth_chainId', []);
    await provider.destroy();
  }
}

async function errors(provider, wallet, contract) {
  const to = wallet.address;
  const low = await failureOf('a used nonce', wallet.sendTransaction({ to, nonce: 0, gasLimit: 21000 }));
  check('a used nonce is NONCE_EXPIRED', low.code === 'NONCE_EXPIRED', wordsOf(low));
  const poor = Wallet.createRandom().connect(provider);
  const broke = await failureOf(
    'a transfer without funds',
    poor.sendTransaction({ to, value: 1, gasLimit: 21000 }),
  );
  check('no balance is INSUFFICIENT_FUNDS', broke.code === 'INSUFFICIENT_FUNDS', wordsOf(broke));
  const said = await failureOf('a revert with a reason', contract.raise.staticCall(0));
  check(
    'the reason of a revert arrives',
    said.code === 'CALL_EXCEPTION' && said.reason === 'nothing to add',
    wordsOf(said),
  );
  const custom = await failureOf('a revert with an error', contract.raise.estimateGas(2000));
  check(
    'a custom error arrives with its data',
    custom.code === 'CALL_EXCEPTION' &&
      contract.interface.parseError(custom.data)?.name === 'TooFar',
    wordsOf(custom),
  );
  const raw = await failureOf('a broken transaction', provider.broadcastTransaction('0x02c0').catch((e) => { throw e; }));
  check('a broken transaction is refused', !!raw);
  const garbage = await failureOf('a broken transaction', provider.send('eth_sendRawTransaction', ['0x02c0']));
  check('with an error of JSON-RPC', /could not|rlp|decode|malformed|-32/i.test(wordsOf(garbage)), wordsOf(garbage));
}
