import { createPersonaService, createVirtualClock, type PersonaService } from 'persona-client/testing';
import { test as base } from 'playwright/test';

/** The URL of the service in the page. */
const SERVICE_URL = 'http://localhost:5050';

/** Starts a service for each test, and redirects the requests of the page to it. */
export const test = base.extend<{ service: PersonaService }>({
  service: async ({ page }, use) => {
    const service = createPersonaService({
      seed: [{ name: 'Ada' }, { name: 'Grace' }],
      now: createVirtualClock('2026-05-01T09:00:00Z').now,
      cors: { origins: ['*'] },
    });
    const { url } = await service.listen({ port: 0 });
    await page.route(`${SERVICE_URL}/**`, (route) =>
      route.continue({ url: route.request().url().replace(SERVICE_URL, url) }),
    );
    await use(service);
    await service.close();
  },
});
