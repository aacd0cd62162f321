// The machine's clock runs ahead, or the application's backend returns tokens that expire in 30 seconds.
// The client treats every token as about to expire, and calls getToken before every request.
// A token that the client has just received should not be refreshed for some seconds: count from its arrival.
import {
  check,
  createJwt,
  createPersona,
  finish,
  load,
  setTimeLimitSeconds,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(30);
const { PersonaClient } = await load();
const realNow = Date.now;
async function run(scenario, { lifetimeSeconds, clockAheadSeconds = 0, tokenAgeSeconds = 0, hasIat = true }) {
  Date.now = () => realNow() + clockAheadSeconds * 1000;
  const issuedAtSeconds = () => Math.floor(realNow() / 1000) - tokenAgeSeconds;
  const service = await startStubService(() => ({ body: createPersona(1) }));
  let tokenRequests = 0;
  const client = new PersonaClient({
    baseUrl: service.url,
    dialect: 'subresource',
    cache: false,
    auth: {
      getToken: async () => {
        tokenRequests++;
        return createJwt({
          sub: 'a',
          ...(hasIat && { iat: issuedAtSeconds() }),
          exp: issuedAtSeconds() + lifetimeSeconds,
        });
      },
    },
  });
  for (let i = 0; i < 50; i++) await client.personas.get(1);
  check(
    `${scenario}: 50 calls call getToken at most 3 times`,
    tokenRequests <= 3,
    tokenRequests,
    'at most 3',
  );
  client.close();
  service.close();
  Date.now = realNow;
}
await run('60 s tokens, correct clock (control)', { lifetimeSeconds: 60 });
await run('60 s tokens, clock 55 s ahead', { lifetimeSeconds: 60, clockAheadSeconds: 55 });
await run('15 min tokens, clock 890 s ahead', { lifetimeSeconds: 900, clockAheadSeconds: 890 });
await run('10 min tokens without iat, clock 590 s ahead', {
  lifetimeSeconds: 600,
  clockAheadSeconds: 590,
  hasIat: false,
});
await run('correct clock, a new token with 30 s left each time', {
  lifetimeSeconds: 900,
  tokenAgeSeconds: 870,
});
finish();
