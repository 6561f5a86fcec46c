// /proc/mdstat: a line per array with its disks, a line with its size, perhaps a line with what is being synchronized.
//
//   md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]
//         195310144 blocks [2/1] [U_]
//         [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec
import { isMissing, readLines } from "./files.js";

export type MdArray = {
  readonly device: string;
  /** active, inactive, recovering, resync, check, reshaping. */
  readonly state: string;
  readonly disksTotal: number;
  readonly disksActive: number;
  readonly disksFailed: number;
  readonly disksSpare: number;
  readonly blocksTotal: number;
  readonly blocksSynced: number;
};

/** Undefined where the kernel has no software RAID. */
export function readMdstat(path: string): MdArray[] | undefined {
  let lines: string[];
  try {
    lines = readLines(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const arrays: MdArray[] = [];
  for (const [i, line] of lines.entries()) {
    const [, device, state, disks] = /^(md\S*) : (\S+)(.*)$/.exec(line) ?? [];
    if (device === undefined) continue;
    const details: string[] = [];
    for (let k = i + 1; k < lines.length && /^\s+\S/.test(lines[k] as string); k++) details.push(lines[k] as string);
    arrays.push(parseArray({ device, state: state as string, disks: disks as string }, details));
  }
  return arrays;
}

type Head = { readonly device: string; readonly state: string; readonly disks: string };

const syncStates: Readonly<Record<string, string>> = {
  recovery: "recovering",
  resync: "resync",
  check: "check",
  reshape: "reshaping",
};

function parseArray({ device, state, disks }: Head, details: readonly string[]): MdArray {
  const status = details[0] ?? "";
  const blocksTotal = Number(/^\s*(\d+) blocks/.exec(status)?.[1] ?? 0);
  const [, total, active] = /\[(\d+)\/(\d+)\]/.exec(status) ?? [];
  const members = disks.match(/\S+\[\d+\]/g)?.length ?? 0;
  // Levels without redundancy say no [total/active]: all members are needed.
  const fallback = /\b(raid0|linear)\b/.test(disks) ? members : 0;
  // An inactive array needs none, whatever its line says.
  const inUse = (text: string | undefined): number => {
    if (state === "inactive") return 0;
    return text === undefined ? fallback : Number(text);
  };
  const sync = syncOf(details);
  const isIdle = sync === undefined || sync.state === undefined;
  return {
    device,
    state: isIdle ? state : (sync.state as string),
    disksTotal: inUse(total),
    disksActive: inUse(active),
    disksFailed: count(disks, "(F)"),
    disksSpare: count(disks, "(S)"),
    blocksTotal,
    blocksSynced: sync?.blocks ?? blocksTotal,
  };
}

function syncOf(details: readonly string[]): { state: string | undefined; blocks: number | undefined } | undefined {
  for (const line of details) {
    const word = /\b(recovery|resync|check|reshape)\b/.exec(line)?.[1];
    if (word === undefined) continue;
    const isWaiting = /=\s*(PENDING|DELAYED)/.test(line);
    const done = /\((\d+)\/\d+\)/.exec(line)?.[1];
    return { state: syncStates[word], blocks: isWaiting ? 0 : done === undefined ? undefined : Number(done) };
  }
  return undefined;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
