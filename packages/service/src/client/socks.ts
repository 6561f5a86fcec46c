// SOCKS 5 (RFC 1928) with user and password (RFC 1929): CONNECT by name, so that the proxy resolves it.
// client: 5 n methods… | server: 5 method | [client: 1 n user n password | server: 1 0] |
// client: 5 1 0 3 n host port | server: 5 reply 0 type address port
import { connect, type Socket } from "node:net";
import { lookupName } from "../dns/lookup.js";
export type DialTarget = { readonly host: string; readonly port: number };

const replies: Readonly<Record<number, string>> = {
  1: "general failure",
  2: "not allowed by its rules",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "time to live expired",
  7: "command not supported",
  8: "address type not supported",
};

export async function dialSocks(proxy: URL, target: DialTarget, signal: AbortSignal): Promise<Socket> {
  const host = proxy.hostname.replace(/^\[|\]$/g, "");
  const socket = connect({ host, port: Number(proxy.port || 1080), lookup: lookupName });
  const abort = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await connected(socket);
    await authenticate(socket, proxy);
    await askFor(socket, target);
    return socket;
  } catch (error) {
    socket.destroy();
    throw new Error(`proxy ${proxy.host}: ${(error as Error).message}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
}

async function authenticate(socket: Socket, proxy: URL): Promise<void> {
  const hasLogin = proxy.username !== "";
  socket.write(Buffer.from(hasLogin ? [5, 2, 0, 2] : [5, 1, 0]));
  const [version, method] = await readExactly(socket, 2);
  if (version !== 5) throw new Error("does not speak SOCKS 5");
  if (method === 0) return;
  if (method !== 2 || !hasLogin) throw new Error("accepts none of our ways to authenticate");
  const user = lengthPrefixed(decodeURIComponent(proxy.username));
  const password = lengthPrefixed(decodeURIComponent(proxy.password));
  socket.write(Buffer.concat([Buffer.from([1]), user, password]));
  const [, status] = await readExactly(socket, 2);
  if (status !== 0) throw new Error("refused our user name and password");
}

async function askFor(socket: Socket, { host, port }: DialTarget): Promise<void> {
  const portBytes = Buffer.from([port >> 8, port & 255]);
  socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3]), lengthPrefixed(host), portBytes]));
  const [, reply, , addressType, first] = await readExactly(socket, 5);
  if (reply !== 0) throw new Error(`SOCKS request failed: ${replies[reply as number] ?? `reply ${reply}`}`);
  // The bound address is of no use to us, but stands before the stream; `first` is its first byte.
  const restBytes = addressType === 1 ? 3 : addressType === 4 ? 15 : (first as number);
  await readExactly(socket, restBytes + 2);
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new Error("SOCKS names are at most 255 bytes long");
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function readExactly(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const attempt = (): void => {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes === null) return;
      settle();
      if (bytes.length < length) reject(new Error("closed the connection"));
      else resolve(bytes);
    };
    const fail = (error?: Error): void => {
      settle();
      reject(error ?? new Error("closed the connection"));
    };
    const ended = (): void => fail();
    const settle = (): void => {
      socket.off("readable", attempt).off("error", fail).off("end", ended).off("close", ended);
    };
    socket.on("readable", attempt).on("error", fail).on("end", ended).on("close", ended);
    attempt();
  });
}
