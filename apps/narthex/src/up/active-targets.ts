// The server's targets, as its API tells them. Goes to: first-scrape, found-programs.
import { createHttpClient, defaultHttpClientConfig } from "@narthex/service";

export type ActiveTarget = {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
};

export type TargetWatch = {
  readonly serverUrl: string;
  /** Of one job, or of all where it is left out. */
  readonly scrapePool?: string;
  readonly pollMs: number;
  /** Takes the targets as they are now; returns whether to look again. */
  readonly onLook: (targets: readonly ActiveTarget[]) => boolean;
  readonly print: (line: string) => void;
};

/** Looks again and again; a look that fails is told, and the last. Returns a function that stops the watching. */
export function watchTargets({ serverUrl, scrapePool, pollMs, onLook, print }: TargetWatch): () => void {
  const client = createHttpClient(defaultHttpClientConfig);
  const pool = scrapePool === undefined ? "" : `&scrapePool=${encodeURIComponent(scrapePool)}`;
  const url = `${serverUrl}/api/v1/targets?state=active${pool}`;
  let timer: NodeJS.Timeout;
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    clearTimeout(timer);
    client.close();
  };
  const look = async (): Promise<void> => {
    const { body } = await client.request({ url, timeoutMs: 5000, bodyBytesMax: 64 * 1024 * 1024 });
    const { data } = JSON.parse(body.toString()) as { data: { activeTargets: ActiveTarget[] } };
    if (isStopped) return;
    if (onLook(data.activeTargets)) schedule();
    else stop();
  };
  const schedule = (): void => {
    timer = setTimeout(() => {
      look().catch((error: unknown) => {
        if (!isStopped) print(`Cannot ask the server for its targets: ${String(error)}`);
      });
    }, pollMs);
  };
  schedule();
  return stop;
}
