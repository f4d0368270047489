import { readdirSync, readFileSync } from 'node:fs';
import { until } from './until.ts';

/** One process, told apart from a later one with the same number by its start time. */
export interface ProcessSeen {
  pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  started: string;
  command: string;
}

function look(pid: number): (ProcessSeen & { parent: number; state: string }) | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, state: fields[0] ?? '', parent: Number(fields[1]), started: fields[19] ?? '', command };
  } catch {
    return undefined; // ended while we looked
  }
}

/** Every process below `root`, children and children's children, as they are at this moment. Linux only. */
export function descendants(root: number): ProcessSeen[] {
  const byParent = new Map<number, ProcessSeen[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const seen = look(Number(name));
    if (!seen || seen.state === 'Z') continue;
    const siblings = byParent.get(seen.parent) ?? [];
    siblings.push({ pid: seen.pid, started: seen.started, command: seen.command });
    byParent.set(seen.parent, siblings);
  }
  const found: ProcessSeen[] = [];
  const parents = [root];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const child of byParent.get(parent) ?? []) {
      found.push(child);
      parents.push(child.pid);
    }
  }
  return found;
}

/** Resolves when every one of these processes has ended; fails naming those that are left after `timeoutMs`. */
export async function endOf(processes: readonly ProcessSeen[], timeoutMs: number): Promise<void> {
  let left: readonly ProcessSeen[] = processes;
  try {
    await until('processes to end', timeoutMs, () => {
      left = left.filter((process) => {
        const now = look(process.pid);
        return now !== undefined && now.started === process.started && now.state !== 'Z';
      });
      return left.length === 0;
    });
  } catch {
    throw new Error(`still running: ${left.map((process) => `${process.pid} ${process.command}`).join('; ')}`);
  }
}

/** Milliseconds that the main thread of a process has spent ready to run without a processor. Linux only, else 0. */
export function waitedForProcessorMs(pid: number): number {
  try {
    const [, delayed = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
    return Number(delayed) / 1e6;
  } catch {
    return 0;
  }
}
