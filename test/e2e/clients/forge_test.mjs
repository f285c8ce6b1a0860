// forge: what a contract engineer does.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { privateKeyToAccount } from 'viem/accounts';
import { createPublicClient, http } from 'viem';
import { check, forgeProject, tool } from './harness.mjs';

export async function test({ rpc, key, counter }) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'ashlar-forge-'));
  const reader = createPublicClient({ transport: http(rpc) });
  const valueOf = (address) =>
    reader.readContract({ address, abi: counter.abi, functionName: 'value' });
  const forge = (...args) =>
    tool('forge', args, {
      cwd: forgeProject,
      env: {
        FOUNDRY_OUT: path.join(scratch, 'out'),
        FOUNDRY_CACHE_PATH: path.join(scratch, 'cache'),
        FOUNDRY_BROADCAST: path.join(scratch, 'broadcast'),
      },
    });
  try {
    const made = JSON.parse(
      await forge('create', 'src/Counter.sol:Counter', '--rpc-url', rpc, '--private-key', key,
        '--broadcast', '--json', '--constructor-args', '21'),
    );
    const by = privateKeyToAccount(key).address;
    check('forge create', made.deployer.toLowerCase() === by.toLowerCase());
    check('what it deployed answers', (await valueOf(made.deployedTo)) === 21n);

    await forge('script', 'script/Deploy.s.sol:Deploy', '--rpc-url', rpc, '--private-key', key,
      '--broadcast', '--slow');
    const id = await reader.getChainId();
    const log = JSON.parse(
      readFileSync(path.join(scratch, `broadcast/Deploy.s.sol/${id}/run-latest.json`), 'utf8'),
    );
    check(
      'forge script: both transactions succeeded',
      log.receipts.length === 2 && log.receipts.every((r) => r.status === '0x1'),
    );
    check('what it deployed answers', (await valueOf(log.receipts[0].contractAddress)) === 10n);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
