import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { launchOptions } from '../../package/support/browsers.js';

/** A Chromium that keeps what it has in this folder, and can be killed as a whole. */
export async function startChromium(folder: string) {
  const { executablePath, args = [] } = launchOptions('chromium') as {
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
      process.kill(-(child.pid ?? Number.NaN), 'SIGKILL'); // with all its processes
    await exit;
  };
  const address = await new Promise<string>((resolve, reject) => {
    const said: string[] = [];
    createInterface(child.stderr).on('line', (line) => {
      said.push(line);
      const [, found] = /DevTools listening on (\S+)/.exec(line) ?? [];
      if (found) resolve(found);
    });
    exit.then(() => reject(new Error(`Chromium did not start:\n${said.join('\n')}`)));
  });
  const browser = await chromium.connectOverCDP(address);
  const [context = await browser.newContext()] = browser.contexts();
  return { context, kill };
}

export type Chromium = Awaited<ReturnType<typeof startChromium>>;
