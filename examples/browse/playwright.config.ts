import { defineConfig } from 'playwright/test';

/** Path of a browser to use instead of the one that `npx playwright install chromium` installs. */
const executablePath = process.env.CHROMIUM_PATH;

export default defineConfig({
  timeout: 60_000,
  use: executablePath ? { launchOptions: { executablePath } } : {},
});
