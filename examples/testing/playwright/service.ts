import { createPersonaService, createVirtualClock, type PersonaService } from 'persona-client/testing';
import { test as base } from 'playwright/test';

/** Where the page looks for its service. */
const ADDRESS = 'http://localhost:5050';

/** Each test has a service of its own, in the test's process; what the page sends to ADDRESS goes there. */
export const test = base.extend<{ service: PersonaService }>({
  service: async ({ page }, use) => {
    const service = createPersonaService({
      seed: [{ name: 'Ada' }, { name: 'Grace' }],
      now: createVirtualClock('2026-05-01T09:00:00Z').now,
      cors: { origins: ['*'] },
    });
    const { url } = await service.listen({ port: 0 });
    await page.route(`${ADDRESS}/**`, (route) =>
      route.continue({ url: route.request().url().replace(ADDRESS, url) }),
    );
    await use(service);
    await service.close();
  },
});
