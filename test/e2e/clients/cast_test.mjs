// cast: what an operator does in a shell.
import { privateKeyToAccount, generatePrivateKey } from 'viem/accounts';
import { check, failureOf, tool } from './harness.mjs';

export async function test({ rpc, key, counter }) {
  const cast = (command, ...args) => tool('cast', [command, '--rpc-url', rpc, ...args]);
  const send = async (...args) =>
    parsed(await cast('send', '--json', '--private-key', key, ...args));
  const from = privateKeyToAccount(key).address;
  const to = privateKeyToAccount(generatePrivateKey()).address;

  check('cast chain-id', Number(await cast('chain-id')) > 0);
  check('cast client', (await cast('client')).length > 0);
  check('cast gas-price', BigInt(await cast('gas-price')) > 0n);
  check('cast balance', BigInt(await cast('balance', from)) > 0n);

  const paid = await send(to, '--value', '1ether');
  check('cast send', paid.status === '0x1' && paid.from === from.toLowerCase());
  check('what was sent arrived', (await cast('balance', '--ether', to)).startsWith('1.0'));
  const nonce = Number(await cast('nonce', from));
  check('cast nonce', nonce > 0);
  const receipt = JSON.parse(await cast('receipt', '--json', paid.transactionHash));
  check('cast receipt', receipt.blockHash === paid.blockHash);
  const txn = JSON.parse(await cast('tx', '--json', paid.transactionHash));
  check('cast tx', txn.to === to.toLowerCase());
  const block = JSON.parse(await cast('block', '--json', paid.blockNumber));
  check('cast block', block.hash === paid.blockHash && block.transactions.includes(paid.transactionHash));

  const start = '0'.repeat(63) + '3';
  const made = await send('--create', counter.bytecode + start);
  const at = made.contractAddress;
  check('cast send --create', made.status === '0x1' && !!at);
  check('cast code', (await cast('code', at)).length > 100);
  check('cast call', (await cast('call', at, 'value()(uint256)')) === '3');
  const gas = BigInt(await cast('estimate', '--from', from, at, 'raise(uint256)', '4'));
  const raised = await send(at, 'raise(uint256)', '4', '--gas-limit', String(gas));
  check('cast estimate is enough', raised.status === '0x1' && BigInt(raised.gasUsed) <= gas);
  check('cast storage', BigInt(await cast('storage', at, '0')) === 7n);
  const logs = JSON.parse(
    await cast('logs', '--json', '--from-block', made.blockNumber, '--to-block', 'latest',
      '--address', at, 'Raised(address indexed,uint256)'),
  );
  check('cast logs', logs.length === 1 && logs[0].transactionHash === raised.transactionHash, logs);
  const access = await cast('access-list', '--from', from, at, 'raise(uint256)', '1');
  check('cast access-list', access.toLowerCase().includes('0x00'), access);
  const legacy = await send(to, '--value', '1', '--legacy');
  check('cast send --legacy', legacy.status === '0x1' && legacy.type === '0x0');

  const authority = generatePrivateKey();
  const auth = await tool('cast', ['wallet', 'sign-auth', at, '--private-key', authority, '--rpc-url', rpc]);
  const account = privateKeyToAccount(authority).address;
  const delegated = await send(account, 'raise(uint256)', '8', '--auth', auth, '--gas-limit', '200000');
  check('cast send --auth', delegated.status === '0x1' && delegated.type === '0x4', delegated);
  check('the delegated code ran', (await cast('call', account, 'value()(uint256)')) === '8');

  const said = await failureOf('a revert', cast('call', at, 'raise(uint256)', '0'));
  check('a revert says its reason', said.message.includes('nothing to add'), said.message);
  const low = await failureOf('a used nonce', send(to, '--value', '1', '--nonce', '0'));
  check('a used nonce is "nonce too low"', /nonce too low/i.test(low.message), low.message);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`cast send printed no JSON but "${text}"`);
  }
}
