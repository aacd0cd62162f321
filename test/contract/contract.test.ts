import { SERVICE_KINDS } from '../support/service.js';
import { STORE_OPTIONS, startLocalService } from './local-service.js';
import { connectToRunningService } from './running-service.js';
import { defineContractSuite } from './suite.js';

const { PERSONA_CONTRACT_URL: url } = process.env;

if (url) {
  const service = await connectToRunningService(url);
  const { dialect, auth } = service;
  console.log(`Testing the contract against ${url}: dialect ${dialect}, auth ${auth ? 'on' : 'off'}`);
  defineContractSuite(`${url} (${dialect})`, async () => service);
} else {
  for (const store of STORE_OPTIONS)
    for (const { kind, options } of SERVICE_KINDS)
      for (const auth of [false, true])
        defineContractSuite(`${store.name}, ${kind}, auth ${auth ? 'on' : 'off'}`, () =>
          startLocalService(store, options, auth),
        );
}
