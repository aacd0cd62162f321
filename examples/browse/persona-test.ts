import type { Persona } from 'persona-client';
import { browserOptions } from 'persona-client/browse';
import { test as base } from 'playwright/test';

/** Opens `page` in the browser of a persona: `test.use({ persona })`. Without a persona, the browser keeps its own values. */
export const test = base.extend<{ persona: Persona | undefined }>({
  persona: [undefined, { option: true }],
  context: async ({ browser, persona }, use) => {
    const context = await browser.newContext(
      persona && browserOptions(persona, { browserVersion: browser.version() }),
    );
    await use(context);
    await context.close();
  },
});
