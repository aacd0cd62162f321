import { styleText } from 'node:util';

let chapters = 0;

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Begins a chapter. */
export function chapter(title: string): void {
  chapters++;
  print(`\n${styleText(['bold', 'cyan'], `${chapters}. ${title}`)}`);
}

/** What the walk itself has to say. */
export const say = (text: string) => print(`   ${text}`);

/** What happened below, as the client's events tell it. */
export const note = (text: string) => print(styleText('dim', `     - ${text}`));

/** Names and values in two columns. */
export function table(rows: Readonly<Record<string, string | number>>): void {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  for (const [name, value] of Object.entries(rows)) say(`${name.padEnd(width)}  ${value}`);
}
