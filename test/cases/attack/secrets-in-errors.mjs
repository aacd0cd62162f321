// The response is not valid HTTP: a wrong port that echoes, a debugging proxy, a body without its chunk sizes.
// console.error(error) prints the bearer token, the API key, the password or the persona. Node's parser error contains the raw bytes,
// and the client passes it on as the cause. SECURITY.md promises that errors contain none of these.
// Every cause in the chain should keep only its name and code.
import net from 'node:net';
import util from 'node:util';
import { check, finish, load, setTimeLimitSeconds } from '../lib.mjs';

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const { createPooledTransport } = await load('node.js');
const pooled = await createPooledTransport();
const secrets = {
  token: 'SECRET-TOKEN-aaaa',
  password: 'SECRET-PASSWORD-bbbb',
  'api key': 'SECRET-GATEWAY-cccc',
  persona: 'SECRET-PERSONA-dddd',
};
const startTcpServer = (respond) =>
  new Promise((resolve) => {
    const server = net.createServer((connection) => {
      connection.on('error', () => {});
      let text = '';
      connection.on('data', (d) => {
        text += d.toString('latin1');
        if (text.includes('\r\n\r\n')) {
          const received = text;
          text = '';
          respond(connection, received);
        }
      });
    });
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
const echoUrl = await startTcpServer((connection, text) => connection.write(text));
const unchunkedUrl = await startTcpServer((connection) =>
  connection.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{"id":1,"name":"${secrets.persona}"}\r\n0\r\n\r\n`,
  ),
);
const findSecrets = (text) =>
  Object.entries(secrets)
    .filter(([, v]) => text.includes(v))
    .map(([k]) => k)
    .join(', ');
async function run(scenario, call) {
  let error;
  try {
    await call();
  } catch (e) {
    error = e;
  }
  const printed = findSecrets(util.inspect(error));
  check(`${scenario}: console.error(error) shows no secret`, printed === '', printed, 'nothing');
  let chain = '';
  for (let e = error, n = 0; e && n < 9; e = e.cause, n++)
    chain += `${util.inspect(e, { showHidden: true, depth: 9 })} ${JSON.stringify({ ...e })}`;
  const inChain = findSecrets(chain);
  check(`${scenario}: no secret along the chain of causes`, inChain === '', inChain, 'nothing');
}
for (const [kind, fetch] of [
  ['fetch', undefined],
  ['pooled transport', pooled.fetch],
]) {
  const createClient = (options, baseUrl = echoUrl) =>
    new PersonaClient({
      baseUrl,
      retry: false,
      dialect: 'subresource',
      timeoutMs: 3000,
      ...(fetch && { fetch }),
      ...options,
    });
  await run(`${kind}, echo, get with a token and an API key`, () =>
    createClient({
      auth: { token: secrets.token },
      headers: { 'x-api-key': secrets['api key'] },
    }).personas.get(1),
  );
  await run(`${kind}, echo, create`, () =>
    createClient({ auth: { token: secrets.token } }).personas.create({ name: secrets.persona }),
  );
  await run(`${kind}, echo, login`, () =>
    createClient({ auth: { username: 'ada', password: secrets.password } }).personas.get(1),
  );
  await run(`${kind}, echo, auth.login`, () =>
    createClient({}).auth.login({ username: 'ada', password: secrets.password }),
  );
  await run(`${kind}, a body without its chunk sizes`, () => createClient({}, unchunkedUrl).personas.get(1));
}
finish();
