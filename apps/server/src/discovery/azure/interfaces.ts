// Network interfaces by their ids. They change seldom and each is a request of its own, so they are kept for some
// refreshes. Goes to: azure/provider.
import type { Clock } from "@narthex/stdx";
import type { Json } from "../json.js";
import type { MechanismMetrics } from "../mechanism-metrics.js";

const keptMax = 5000;

export type InterfacesOptions = {
  readonly clock: Clock;
  readonly metrics: MechanismMetrics;
  readonly refreshIntervalMs: number;
  /** Undefined where there is none of this id. */
  readonly fetch: (id: string, signal: AbortSignal) => Promise<Json | undefined>;
};

type Kept = { readonly json: Json; readonly endsAt: number };

export class Interfaces {
  readonly #options: InterfacesOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: InterfacesOptions) {
    this.#options = options;
  }

  async get(id: string, signal: AbortSignal): Promise<Json | undefined> {
    const { clock, metrics, fetch } = this.#options;
    const kept = this.#kept.get(id);
    if (kept && clock.now() < kept.endsAt) {
      metrics.azureCacheHits.inc();
      return kept.json;
    }
    const json = await fetch(id, signal);
    this.#kept.delete(id);
    if (json) this.#keep(id, json);
    return json;
  }

  #keep(id: string, json: Json): void {
    const { clock, refreshIntervalMs } = this.#options;
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= keptMax && oldest !== undefined) this.#kept.delete(oldest);
    // Ten refreshes, and up to three more by the id, so that they do not all end together.
    const spread = (hashOf(id) % 1000) / 1000;
    this.#kept.set(id, { json, endsAt: clock.now() + refreshIntervalMs * (10 + 3 * spread) });
  }
}

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) >>> 0;
  return hash;
}
