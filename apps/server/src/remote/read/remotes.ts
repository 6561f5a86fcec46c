// The servers that queries read from besides our own storage, as remote_read names them. What they send is fetched before a
// query is evaluated, for the times and matchers of all that it selects: evaluation never waits.
// Comes from: query/runner. Goes to: a query worker, with the query. What goes wrong with a remote is a warning.
import { createHash } from "node:crypto";
import type { ReadHints } from "@narthex/formats";
import type { Matcher } from "@narthex/model";
import { matchersKey } from "@narthex/tsdb";
import type { RemoteReadConfig } from "../../config/remote-read.js";
import { shownUrl } from "../../config/url.js";
import type { ReadSurroundings } from "./asked.js";
import type { RemoteAnswer, RemoteData, TimeSpan } from "./data.js";
import type { readMetrics } from "./metrics.js";
import { Remote, RemoteReadError } from "./remote.js";

/** Of all answers that queries hold, waiting for a worker or at work there. */
export const heldBytesMax: number = 1024 * 1024 * 1024;

export type RemotesOptions = {
  /** From when on the local storage has all there is, in ms. */
  readonly localStart: () => number;
  readonly metricsOf: ReturnType<typeof readMetrics>;
  readonly stopwatchMs: () => number;
};

export type WantedSelection = TimeSpan & { readonly matchers: readonly Matcher[] };

export type ReadOptions = {
  readonly signal: AbortSignal;
  /** What PromQL makes of the samples. */
  readonly hints: Pick<ReadHints, "step" | "func">;
};

/** The receiver's until `release`. */
export type HeldData = { readonly data: RemoteData; readonly release: () => void };

/** Throws an Error for two of the same. */
export function checkRemotes(configs: readonly RemoteReadConfig[]): void {
  const seen = new Set<string>();
  for (const config of configs) {
    const key = keyOf(config);
    if (!seen.has(key)) seen.add(key);
    else {
      throw new Error(
        `duplicate remote read configs are not allowed, found duplicate for URL: ${shownUrl(config.url)}`,
      );
    }
  }
}

/** Equal for equal configs. */
function keyOf(config: RemoteReadConfig): string {
  return createHash("md5").update(JSON.stringify(config)).digest("hex");
}

export class Remotes {
  readonly #options: RemotesOptions;
  #remotes: readonly Remote[] = [];
  #externalLabels: Readonly<Record<string, string>> = {};
  #heldBytes = 0;

  constructor(options: RemotesOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#remotes.length === 0;
  }

  /** Queries that are at work get their answers. Throws an Error where the environment names a proxy that is none. */
  apply(configs: readonly RemoteReadConfig[], externalLabels: Readonly<Record<string, string>>): void {
    const { metricsOf, stopwatchMs } = this.#options;
    this.#externalLabels = externalLabels;
    const remotes = configs.map((config) => {
      const name = config.name === "" ? keyOf(config).slice(0, 6) : config.name;
      return new Remote({ config, metrics: metricsOf({ name, url: shownUrl(config.url) }), stopwatchMs });
    });
    for (const remote of this.#remotes) remote.retire();
    this.#remotes = remotes;
  }

  /** Whether the local storage alone does not answer this. */
  isWanted(range: TimeSpan): boolean {
    if (this.isEmpty) return false;
    const localStart = this.#options.localStart();
    return this.#remotes.some((remote) => remote.isWanted(range, localStart));
  }

  /** Undefined where there is nobody to ask. Rejects with the signal's reason when it is aborted first. */
  async read(wanted: readonly WantedSelection[], options: ReadOptions): Promise<HeldData | undefined> {
    if (!wanted.some((selection) => this.isWanted(selection))) return undefined;
    const selections = joined(wanted);
    const surroundings = { externalLabels: this.#externalLabels, localStart: this.#options.localStart() };
    const holder = new Holder((bytes) => this.#hold(bytes));
    try {
      const outcomes = await Promise.all(
        this.#remotes.map((remote, number) =>
          readAll({ remote, number, holder }, selections, { ...options, surroundings }),
        ),
      );
      const data = {
        selections: [...selections].map(([key, { start, end }]) => ({ key, start, end })),
        answers: outcomes.flatMap((outcome) => (typeof outcome === "string" ? [] : outcome)),
        warnings: outcomes.filter((outcome) => typeof outcome === "string"),
      };
      return { data, release: () => holder.release() };
    } catch (error) {
      holder.release();
      throw error;
    }
  }

  #hold(bytes: number): void {
    if (this.#heldBytes + bytes > heldBytesMax) {
      throw new RemoteReadError(`queries hold more than ${heldBytesMax} bytes of remotes' answers`);
    }
    this.#heldBytes += bytes;
  }

  close(): void {
    for (const remote of this.#remotes) remote.close();
    this.#remotes = [];
  }
}

/** What one query holds of the bytes that there may be. */
class Holder {
  readonly #hold: (bytes: number) => void;
  #bytes = 0;
  #isReleased = false;

  constructor(hold: (bytes: number) => void) {
    this.#hold = hold;
  }

  /** Throws RemoteReadError. */
  take(bytes: number): void {
    if (this.#isReleased) return;
    this.#hold(bytes);
    this.#bytes += bytes;
  }

  release(): void {
    this.#hold(-this.#bytes);
    this.#bytes = 0;
    this.#isReleased = true;
  }
}

type Reading = { readonly remote: Remote; readonly number: number; readonly holder: Holder };

/** Answers to all selections, or why there are none. */
async function readAll(
  { remote, number, holder }: Reading,
  selections: ReadonlyMap<string, WantedSelection>,
  { signal, hints, surroundings }: ReadOptions & { readonly surroundings: ReadSurroundings },
): Promise<RemoteAnswer[] | string> {
  const others = new AbortController();
  const ended = AbortSignal.any([signal, others.signal]);
  const readOne = async ([key, selection]: readonly [string, WantedSelection]): Promise<RemoteAnswer[]> => {
    const asked = remote.asked(selection, surroundings);
    if (!asked) return [];
    const { query, addedLabels: droppedLabels } = asked;
    const { start, end } = query;
    const { type, body } = await remote.read({ ...query, hints: { ...hints, start, end } }, ended);
    holder.take(body.byteLength);
    const { chunked_read_limit: frameBytesMax } = remote.config;
    return [{ remote: number, key, range: { start, end }, type, body, frameBytesMax, droppedLabels }];
  };
  try {
    return (await Promise.all([...selections].map(readOne))).flat();
  } catch (error) {
    if (!(error instanceof RemoteReadError)) throw error;
    // Nobody wants the others now.
    others.abort(error);
    return error.message;
  }
}

/** One selection for equal matchers, over all their times. */
function joined(wanted: readonly WantedSelection[]): Map<string, WantedSelection> {
  const byKey = new Map<string, WantedSelection>();
  for (const { matchers, start, end } of wanted) {
    const key = matchersKey(matchers);
    const known = byKey.get(key);
    const range = { start: Math.min(start, known?.start ?? start), end: Math.max(end, known?.end ?? end) };
    byKey.set(key, { matchers, ...range });
  }
  return byKey;
}
