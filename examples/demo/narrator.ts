import { styleText } from 'node:util';

let chapters = 0;

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Prints the title of a chapter. */
export function chapter(title: string): void {
  chapters++;
  print(`\n${styleText(['bold', 'cyan'], `${chapters}. ${title}`)}`);
}

/** Prints a line of the demo. */
export const say = (text: string) => print(`   ${text}`);

/** Prints an event of the client. */
export const note = (text: string) => print(styleText('dim', `     - ${text}`));

/** Prints names and values in two columns. */
export function table(rows: Readonly<Record<string, string | number>>): void {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  for (const [name, value] of Object.entries(rows)) say(`${name.padEnd(width)}  ${value}`);
}
