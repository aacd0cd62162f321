import { defineConfig } from 'playwright/test';

const port = process.env.PORT ?? '4173';
const baseURL = `http://localhost:${port}`;
/** A browser of your own, in place of the one that `npx playwright install chromium` brings. */
const executablePath = process.env.CHROMIUM_PATH;

export default defineConfig({
  timeout: 60_000,
  expect: { timeout: 15_000 }, // a busy machine is not a failure
  use: { baseURL, ...(executablePath && { launchOptions: { executablePath } }) },
  webServer: { command: `vite --port ${port} --strictPort`, url: baseURL },
});
