// A developer runs `persona-client serve`. A page of another site reaches it by DNS rebinding: Host: evil.example.
// The service accepts any Host, so the page reads and deletes the data of `serve --db`. The MCP server rejects such requests.
// `serve` should accept only its own host names by default.
import http from 'node:http';
import { check, finish, setTimeLimitSeconds, startService } from '../lib.mjs';

setTimeLimitSeconds(20);
const { url } = await startService();
const { port } = new URL(url);
const requestStatus = (method, headers) =>
  new Promise((resolve) =>
    http
      .request({ host: '127.0.0.1', port, method, path: '/api/v1/personas/1', headers }, (r) => {
        r.resume();
        resolve(r.statusCode);
      })
      .end(),
  );
const ownHostStatus = await requestStatus('GET', { host: `127.0.0.1:${port}` });
check('its own host (control)', ownHostStatus === 200, ownHostStatus, 200);
for (const method of ['GET', 'DELETE']) {
  const status = await requestStatus(method, { host: 'evil.example', origin: 'http://evil.example' });
  check(
    `${method} with Host: evil.example is rejected`,
    status >= 400 && status !== 404,
    status,
    '403 or 421',
  );
}
finish();
