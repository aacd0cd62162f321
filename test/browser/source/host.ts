import { createPersonaService } from 'persona-client/testing';
import type { TestProject } from 'vitest/node';
import { findLaunchOptions } from '../../support/browsers.js';
import { startCachingService } from '../../support/caching-service.js';
import { type ControlledService, startControlledService } from '../../support/controlled-service.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** URLs of a service with CORS. */
    urls: ControlledService['urls'];
    /** URL of a service without CORS. */
    closedService: string;
    /** URL of a service with authentication that allows only some request headers of pages. */
    strictService: string;
    /** URL of a service whose responses a browser may cache. */
    cachingService: string;
  }
}

/** Starts the services that the test pages use, in the process that starts the browsers. */
export default async function host(project: TestProject): Promise<() => Promise<void>> {
  for (const name of ['chromium', 'firefox'] as const) findLaunchOptions(name); // throws if one is missing
  const open = await startControlledService();
  const closed = createPersonaService();
  const strict = createPersonaService({
    auth: { users: { admin: 'secret' } },
    cors: { origins: ['*'], headers: ['Content-Type', 'Authorization'] },
  });
  const caching = await startCachingService();
  project.provide('cachingService', caching.url);
  project.provide('urls', open.urls);
  project.provide('closedService', (await closed.listen({ port: 0 })).url);
  project.provide('strictService', (await strict.listen({ port: 0 })).url);
  return async () => {
    await open[Symbol.asyncDispose]();
    await caching[Symbol.asyncDispose]();
    await closed.close();
    await strict.close();
  };
}
