// After the start, tells when the targets have answered for the first time, or why one does not.
import { type ActiveTarget, watchTargets } from "./active-targets.js";

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
  return watchTargets({
    serverUrl,
    pollMs,
    print,
    onLook(targets) {
      const tookMs = Date.now() - started;
      const isDone = targets.length > 0 && targets.every((target) => target.health !== "unknown");
      if (isDone) for (const line of describe(targets, tookMs)) print(line);
      return !isDone && tookMs < waitMsMax;
    },
  });
}

function describe(targets: readonly ActiveTarget[], tookMs: number): string[] {
  const down = targets.filter((target) => target.health !== "up");
  const count = `${targets.length - down.length} of ${targets.length}`;
  return [
    `First scrape: ${count} targets answered, ${(tookMs / 1000).toFixed(1)} s after the start.`,
    ...down.map((target) => `  down: ${target.scrapeUrl}: ${target.lastError}`),
  ];
}
