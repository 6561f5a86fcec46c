// Sockets that listen for TCP on this machine, as Linux tells in /proc/net/tcp and tcp6.
// Comes from: the kernel. Goes to: local/provider.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { joinHostPort } from "../label-name.js";

export type Listener = {
  /** host:port to connect to; the loopback address where the socket takes every address. */
  readonly address: string;
  readonly port: number;
  /** Names the socket; another process on the same port has another. */
  readonly inode: string;
};

const listenState = "0A";

/** One for each address; of an address that several sockets share, the first. Rejects where there is no such file. */
export async function readListeners(procfs: string): Promise<Listener[]> {
  const tcp = await readFile(join(procfs, "net", "tcp"), "utf8");
  // Absent where the kernel knows no IPv6.
  const tcp6 = await readFile(join(procfs, "net", "tcp6"), "utf8").catch(() => "");
  const listeners = new Map<string, Listener>();
  for (const line of [...tcp.split("\n"), ...tcp6.split("\n")]) {
    const listener = parseLine(line);
    if (listener && !listeners.has(listener.address)) listeners.set(listener.address, listener);
  }
  return [...listeners.values()];
}

//   sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt   uid  timeout inode
function parseLine(line: string): Listener | undefined {
  const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
  const [hexAddress, hexPort] = local.split(":");
  if (state !== listenState || !hexAddress || !hexPort || !inode) return undefined;
  const port = Number.parseInt(hexPort, 16);
  return { address: joinHostPort(hostFrom(hexAddress), port), port, inode };
}

/** The address in words of 32 bits, each with its lowest byte first. */
function hostFrom(hex: string): string {
  const bytes = [...hex.matchAll(/.{8}/g)].flatMap(([word]) =>
    [...word.matchAll(/../g)].map(([byte]) => Number.parseInt(byte, 16)).reverse(),
  );
  // A socket for every IPv6 address takes IPv4 as well, unless it was asked not to.
  if (bytes.every((byte) => byte === 0)) return "127.0.0.1";
  if (bytes.length === 4) return bytes.join(".");
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (isMapped) return bytes.slice(12).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  // The URL parser spells an address as everybody does.
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
