// After the start, tells when the targets have answered for the first time, or why one does not.
import { createHttpClient, defaultHttpClientConfig } from "@narthex/service";

type Target = { readonly scrapeUrl: string; readonly health: string; readonly lastError: string };

export type FirstScrapeRequest = {
  readonly serverUrl: string;
  /** When the start began, ms since 1970. */
  readonly started: number;
  readonly print: (line: string) => void;
};

const pollMs = 500;
const waitMsMax = 120_000;

/** Returns a function that stops the watching. */
export function reportFirstScrape({ serverUrl, started, print }: FirstScrapeRequest): () => void {
  const client = createHttpClient(defaultHttpClientConfig);
  let timer: NodeJS.Timeout;
  const stop = (): void => {
    clearTimeout(timer);
    client.close();
  };
  const look = async (): Promise<void> => {
    const targets = await activeTargets(client, serverUrl);
    const isDone = targets.length > 0 && targets.every((target) => target.health !== "unknown");
    if (isDone) {
      for (const line of describe(targets, Date.now() - started)) print(line);
      stop();
    } else if (Date.now() - started < waitMsMax) schedule();
  };
  const schedule = (): void => {
    timer = setTimeout(() => {
      look().catch((error: unknown) => print(`Cannot ask the server for its targets: ${String(error)}`));
    }, pollMs);
  };
  schedule();
  return stop;
}

async function activeTargets(client: ReturnType<typeof createHttpClient>, serverUrl: string): Promise<Target[]> {
  const url = `${serverUrl}/api/v1/targets?state=active`;
  const { body } = await client.request({ url, timeoutMs: 5000, bodyBytesMax: 64 * 1024 * 1024 });
  return (JSON.parse(body.toString()) as { data: { activeTargets: Target[] } }).data.activeTargets;
}

function describe(targets: readonly Target[], tookMs: number): string[] {
  const down = targets.filter((target) => target.health !== "up");
  const count = `${targets.length - down.length} of ${targets.length}`;
  return [
    `First scrape: ${count} targets answered, ${(tookMs / 1000).toFixed(1)} s after the start.`,
    ...down.map((target) => `  down: ${target.scrapeUrl}: ${target.lastError}`),
  ];
}
