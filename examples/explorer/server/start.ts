import { fileURLToPath } from 'node:url';
import { createPersonaService, type PersonaService } from 'persona-client/testing';
import { createServer } from 'vite';
import { populate } from '../../support/people.js';
import { control } from './control.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Every request takes this long, so that there is something to see. */
const LATENCY_MS = 120;

export interface Explorer extends AsyncDisposable {
  readonly url: string;
  readonly service: PersonaService;
}

/** A Persona Service that pages may call, and Vite with the page. */
export async function startExplorer(port: number): Promise<Explorer> {
  const service = createPersonaService({ cors: { origins: ['*'] }, latencyMs: LATENCY_MS });
  await populate(service);
  const { url: baseUrl } = await service.listen({ port: 0 });
  const vite = await createServer({
    configFile: false,
    root: path('..'),
    cacheDir: path('../../../node_modules/.vite/explorer'),
    logLevel: 'warn',
    plugins: [control(service, baseUrl)],
    server: { host: '127.0.0.1', port, strictPort: port !== 0, hmr: false },
    // In a project of yours none of the following is needed: the package comes built, from node_modules.
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
