import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page that shows what it knows about its visitor, as JSON in its `main` element. */
const createPage = (received: object) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>What this page sees</title>
  </head>
  <body>
    <main></main>
    <script type="module">
      const { language, languages, maxTouchPoints, userAgent, geolocation } = navigator;
      const seen = {
        language,
        languages,
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        viewport: [innerWidth, innerHeight],
        screen: [screen.width, screen.height],
        hasTouch: maxTouchPoints > 0,
        userAgent,
        received: ${JSON.stringify(received).replaceAll('<', '\\u003c')},
      };
      const show = (position) => {
        document.querySelector('main').textContent = JSON.stringify({ ...seen, position }, null, 2);
      };
      const { state } = await navigator.permissions.query({ name: 'geolocation' });
      if (state === 'granted') geolocation.getCurrentPosition(({ coords }) => show([coords.latitude, coords.longitude]));
      else show(null);
    </script>
  </body>
</html>`;

/** Starts the server of the page. The page also shows the headers that this server received. */
export async function startPage() {
  const server = createServer(({ headers }, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(
      createPage({ acceptLanguage: headers['accept-language'], userAgent: headers['user-agent'] }),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}
