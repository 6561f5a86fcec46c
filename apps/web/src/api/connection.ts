// Whether the server answers: one small store, written by request.ts and read by the banner in the shell.

export interface Connection {
  isLost: boolean;
  /** When the first failed request was noticed, ms since 1970; 0 while connected. */
  lostSince: number;
}

let connection: Connection = { isLost: false, lostSince: 0 };
const listeners = new Set<() => void>();

export function currentConnection(): Connection {
  return connection;
}

/** Calls `listener` at every change; returns how to stop. */
export function subscribeConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function reportUnreachable(): void {
  if (!connection.isLost) change({ isLost: true, lostSince: Date.now() });
}

export function reportReachable(): void {
  if (connection.isLost) change({ isLost: false, lostSince: 0 });
}

function change(next: Connection): void {
  connection = next;
  for (const listener of listeners) listener();
}
