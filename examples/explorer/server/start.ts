import { fileURLToPath } from 'node:url';
import { createPersonaService, type PersonaService } from 'persona-client/testing';
import { createServer } from 'vite';
import { populate } from '../../support/sample-personas.js';
import { controlPlugin } from './control-plugin.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Delays every request, so that the charts show something. */
const LATENCY_MS = 120;

export interface Explorer extends AsyncDisposable {
  readonly url: string;
  readonly service: PersonaService;
}

/** Starts a Persona Service with CORS, and a Vite server with the page. */
export async function startExplorer(port: number): Promise<Explorer> {
  const service = createPersonaService({ cors: { origins: ['*'] }, latencyMs: LATENCY_MS });
  await populate(service);
  const { url: baseUrl } = await service.listen({ port: 0 });
  const vite = await createServer({
    configFile: false,
    root: path('..'),
    cacheDir: path('../../../node_modules/.vite/explorer'),
    logLevel: 'warn',
    plugins: [controlPlugin(service, baseUrl)],
    server: { host: '127.0.0.1', port, strictPort: port !== 0, hmr: false },
    // Your own project does not need the options below, because it uses the built package from node_modules.
    resolve: {
      alias: [
        { find: /^persona-client$/, replacement: path('../../../src/index.ts') },
        { find: 'events', replacement: 'eventemitter3' },
      ],
    },
    optimizeDeps: {
      noDiscovery: true,
      include: ['ky', 'lru-cache', 'opossum', 'zod/mini', 'zod/v4/locales/en.js'],
    },
  });
  await vite.listen();
  return {
    url: vite.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? '',
    service,
    [Symbol.asyncDispose]: async () => {
      await vite.close();
      await service.close();
    },
  };
}
