import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process, told apart from any other that had or will have its number. */
export interface Owner {
  readonly pid: number;
  /** When it began, where the system tells (Linux). */
  readonly began: string;
  /** Where its number means anything: this machine since it was started, this container. */
  readonly place: string;
}

export async function thisProcess(): Promise<Owner> {
  return { pid: process.pid, began: (await lifeOf(process.pid)) ?? '', place: await here() };
}

/** Whether this process has ended; nothing where that cannot be told from here. */
export async function hasEnded(owner: Owner): Promise<boolean | undefined> {
  if (owner.place !== (await here())) return undefined;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as { code?: unknown }).code === 'ESRCH';
  }
  return owner.began !== '' && (await lifeOf(owner.pid)) !== owner.began;
}

async function here(): Promise<string> {
  const [boot, container] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return `${hostname()} ${boot.trim()} ${container}`;
}

/** The 22nd field of its status line, in ticks since the machine started; nothing for one that waits to be buried, or is gone. */
async function lifeOf(pid: number): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state, ...fields] = line.slice(line.lastIndexOf(')') + 2).split(' '); // the name before may hold anything
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}
