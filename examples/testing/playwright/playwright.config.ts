import { defineConfig } from 'playwright/test';

const port = process.env.PORT ?? '4173';
const baseURL = `http://localhost:${port}`;
/** Path of a browser to use instead of the one that `npx playwright install chromium` installs. */
const executablePath = process.env.CHROMIUM_PATH;

export default defineConfig({
  timeout: 60_000,
  expect: { timeout: 15_000 }, // allows for a slow machine
  use: { baseURL, ...(executablePath && { launchOptions: { executablePath } }) },
  webServer: { command: `vite --port ${port} --strictPort`, url: baseURL },
});
