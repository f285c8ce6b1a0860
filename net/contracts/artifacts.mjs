// artifacts.mjs SRC FORGE_OUT FILE: gathers from forge's output what the node and the tests need of
// every contract whose source is under SRC: {name: {abi, bytecode, deployedBytecode}}.
import fs from 'node:fs';
import path from 'node:path';

const [src, forgeOut, file] = process.argv.slice(2);

const sources = fs.readdirSync(src, {recursive: true}).filter((f) => f.endsWith('.sol')).sort();
const artifacts = {};
for (const source of sources) {
  const dir = path.join(forgeOut, path.basename(source));
  if (!fs.existsSync(dir)) continue;
  for (const name of fs.readdirSync(dir).filter((f) => f.endsWith('.json')).sort()) {
    const {abi, bytecode, deployedBytecode} = JSON.parse(
        fs.readFileSync(path.join(dir, name), 'utf8'));
    const contract = path.basename(name, '.json');
    if (artifacts[contract]) throw new Error(`two contracts are named ${contract}`);
    artifacts[contract] = {
      abi,
      bytecode: bytecode.object,
      deployedBytecode: deployedBytecode.object,
    };
  }
}
// A reader sees the old file or the new one, never half of one.
fs.writeFileSync(`${file}.part`, JSON.stringify(artifacts));
fs.renameSync(`${file}.part`, file);
