import { createPersonaService } from 'persona-client/testing';
import type { TestProject } from 'vitest/node';
import { startHost } from '../../package/support/host.js';

declare module 'vitest' {
  interface ProvidedContext {
    setting: { readonly service: string; readonly control: string };
    /** A service that allows no other origin. */
    closedService: string;
  }
}

/** The pages' services stand in the process that starts the browsers. */
export default async function host(project: TestProject): Promise<() => Promise<void>> {
  const open = await startHost();
  const closed = createPersonaService();
  project.provide('setting', open.setting);
  project.provide('closedService', (await closed.listen({ port: 0 })).url);
  return async () => {
    await open[Symbol.asyncDispose]();
    await closed.close();
  };
}
