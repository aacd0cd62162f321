import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Identifies a process, even if its pid is used again later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start of the process, in clock ticks since the machine started. Empty if unknown, as on macOS and Windows. */
  readonly startTime: string;
  /** Identifies the machine, its boot and the container. Within this scope, a running process has a unique pid. */
  readonly pidScope: string;
}

export async function currentProcess(): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    startTime: (await readStartTime(process.pid)) ?? '',
    pidScope: await currentPidScope(),
  };
}

/**
 * Whether a process has exited. `undefined` if that is unknown:
 *
 * - The process belongs to another container, another machine or an earlier boot.
 * - The pid is in use and the start time is unknown. Only Linux shows start times, unless `/proc` is mounted with `hidepid`.
 */
export async function hasExited(identity: ProcessIdentity): Promise<boolean | undefined> {
  if (identity.pidScope !== (await currentPidScope())) return undefined;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM only means that another user's process has this pid now.
    if ((error as { code?: unknown }).code === 'ESRCH') return true;
  }
  const startTime = await readStartTime(identity.pid);
  return identity.startTime === '' || startTime === undefined ? undefined : startTime !== identity.startTime;
}

async function currentPidScope(): Promise<string> {
  const [boot, container] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return `${hostname()} ${boot.trim()} ${container}`;
}

/** Reads field 22 of `/proc/<pid>/stat`, which every user may read. Empty for a zombie. `undefined` if it is unknown. */
async function readStartTime(pid: number): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Field 2, the command name, may contain spaces and parentheses.
  const [state, ...fields] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? '' : fields[18];
}
