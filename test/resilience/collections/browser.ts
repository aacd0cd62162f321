import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { findLaunchOptions } from '../../support/browsers.js';

/** Starts Chromium with a profile folder. `kill` kills all its processes. */
export async function startChromium(folder: string) {
  const { executablePath, args = [] } = findLaunchOptions('chromium') as {
    executablePath: string;
    args: string[];
  };
  const child = spawn(
    executablePath,
    [...args, '--headless=new', '--remote-debugging-port=0', `--user-data-dir=${folder}`, 'about:blank'],
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exit = once(child, 'exit');
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null)
      process.kill(-(child.pid ?? Number.NaN), 'SIGKILL'); // the whole process group
    await exit;
  };
  const devtoolsUrl = await new Promise<string>((resolve, reject) => {
    const output: string[] = [];
    createInterface(child.stderr).on('line', (line) => {
      output.push(line);
      const [, url] = /DevTools listening on (\S+)/.exec(line) ?? [];
      if (url) resolve(url);
    });
    exit.then(() => reject(new Error(`Chromium did not start:\n${output.join('\n')}`)));
  });
  const browser = await chromium.connectOverCDP(devtoolsUrl);
  const [context = await browser.newContext()] = browser.contexts();
  return { context, kill };
}

export type Chromium = Awaited<ReturnType<typeof startChromium>>;
