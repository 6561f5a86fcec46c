// The pools of all jobs. Comes from: config and discovery/manager. Goes to: scrape/pool; its state to api/targets.
import { ExpositionColumns } from "@narthex/formats";
import type { Metadata } from "@narthex/model";
import { noDiscovery } from "../config/discovery.js";
import { configKey } from "../config/key.js";
import type { ScrapeConfig } from "../config/scrape.js";
import type { DiscoveredTargets } from "../discovery/provider.js";
import { SampleRows } from "./columns.js";
import { bodyBytesMax } from "./fetch.js";
import type { MetadataSize } from "./metrics.js";
import { type PoolOptions, ScrapePool } from "./pool.js";
import type { ScrapeBuffers } from "./series.js";

export function newScrapeBuffers(): ScrapeBuffers {
  return { columns: new ExpositionColumns({ bytesMax: bodyBytesMax }), rows: new SampleRows() };
}

export class ScrapeManager {
  readonly #options: PoolOptions;
  readonly #pools = new Map<string, ScrapePool>();
  #configs: readonly ScrapeConfig[] = [];
  #targets: DiscoveredTargets = new Map();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Jobs that are gone end, changed ones reload, the others go on untouched. New ones wait for their targets. */
  apply(configs: readonly ScrapeConfig[]): void {
    const wanted = new Map(configs.map((config) => [config.job_name, config]));
    this.#configs = configs;
    this.#options.world.failureLog.setFiles(configs.map((config) => config.scrape_failure_log_file));
    for (const [name, pool] of this.#pools) {
      const config = wanted.get(name);
      if (!config) this.#remove(name, pool);
      else if (loopKey(config) !== loopKey(pool.config)) this.#reload(pool, config);
    }
  }

  update(targets: DiscoveredTargets): void {
    this.#targets = targets;
    for (const config of this.#configs) {
      const groups = this.#targets.get(config.job_name);
      if (groups) this.#pool(config)?.sync(groups);
    }
  }

  /** Resolves when all that is logged is written. */
  async close(): Promise<void> {
    for (const pool of this.#pools.values()) pool.close({ isGone: false });
    this.#pools.clear();
    await this.#options.world.failureLog.close();
  }

  /** By name. */
  pools(): [name: string, pool: ScrapePool][] {
    return [...this.#pools].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  metadataSizes(): MetadataSize[] {
    return this.pools().map(([job, pool]) => {
      const caches = pool.targets().map(({ metadata }) => metadata);
      const entries = caches.reduce((sum, { size }) => sum + size, 0);
      return { job, entries, bytes: caches.reduce((sum, { textLength }) => sum + textLength, 0) };
    });
  }

  /** Each metric's distinct metadata over all targets. */
  metadata(): Map<string, Metadata[]> {
    const all = new Map<string, Metadata[]>();
    for (const [, pool] of this.#pools) {
      for (const { metadata } of pool.targets()) {
        for (const [name, one] of metadata.metrics()) addDistinct(all, name, one);
      }
    }
    return all;
  }

  /** Undefined where the job's config cannot be used: then it is tried again with the next list of targets. */
  #pool(config: ScrapeConfig): ScrapePool | undefined {
    const known = this.#pools.get(config.job_name);
    if (known) return known;
    const { logger, metrics } = this.#options.world;
    try {
      const pool = new ScrapePool(config, this.#options);
      this.#pools.set(config.job_name, pool);
      return pool;
    } catch (error) {
      metrics.poolsFailed.inc();
      logger.error({ err: error, scrape_pool: config.job_name }, "error creating new scrape pool");
      return undefined;
    }
  }

  /** A job whose new config cannot be used goes on with the one it has. */
  #reload(pool: ScrapePool, config: ScrapeConfig): void {
    const { logger, metrics } = this.#options.world;
    try {
      pool.reload(config);
    } catch (error) {
      metrics.reloadsFailed.inc();
      logger.error({ err: error, scrape_pool: config.job_name }, "error reloading scrape pool");
    }
  }

  #remove(name: string, pool: ScrapePool): void {
    pool.close({ isGone: true });
    this.#pools.delete(name);
  }
}

// Where targets come from is discovery's: another list of them is no reason to start loops anew.
function loopKey(config: ScrapeConfig): string {
  return configKey({ ...config, ...noDiscovery });
}

function addDistinct(all: Map<string, Metadata[]>, name: string, one: Metadata): void {
  const known = all.get(name) ?? [];
  const isKnown = known.some(({ type, help, unit }) => type === one.type && help === one.help && unit === one.unit);
  if (!isKnown) all.set(name, [...known, one]);
}
