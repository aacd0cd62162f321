import { contract } from './contract.js';
import { local, STORES } from './local.js';
import { running } from './running.js';

const { PERSONA_CONTRACT_URL: url } = process.env;

if (url) {
  const deployed = await running(url);
  const { dialect, auth } = deployed;
  console.log(`Contract held against ${url}: dialect ${dialect}, auth ${auth ? 'on' : 'off'}`);
  contract(`${url} (${dialect})`, async () => deployed);
} else {
  for (const store of STORES)
    for (const dialect of ['subresource', 'attributes'] as const)
      for (const auth of [false, true])
        contract(`${store.name}, ${dialect}, auth ${auth ? 'on' : 'off'}`, () => local(store, dialect, auth));
}
