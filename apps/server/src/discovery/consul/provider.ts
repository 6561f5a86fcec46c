// consul_sd_configs: one blocking query on the catalog finds services, one for each of them finds its instances.
// Comes from: consul/api. Goes to: discovery/manager.
import { pause } from "../pause.js";
import type { Provider, ProviderWorld, TargetGroup } from "../provider.js";
import { reportFailure } from "../refresh.js";
import { type Blocking, ConsulApi } from "./api.js";
import type { ConsulSdConfig } from "./config.js";
import { serviceGroup } from "./targets.js";

/** After a failure; as Prometheus. */
const retryMs = 15_000;

export const consulProvider: Provider<ConsulSdConfig> = {
  name: "consul",
  start(config, world) {
    const watch = new ConsulWatch(config, world);
    return () => watch.close();
  },
};

class ConsulWatch {
  readonly #config: ConsulSdConfig;
  readonly #world: ProviderWorld;
  readonly #api: ConsulApi;
  readonly #controller = new AbortController();
  readonly #services = new Map<string, AbortController>();
  readonly #groups = new Map<string, TargetGroup>();
  #datacenter: string;

  constructor(config: ConsulSdConfig, world: ProviderWorld) {
    this.#config = config;
    this.#world = world;
    this.#api = new ConsulApi(config, world);
    this.#datacenter = config.datacenter;
    void this.#run();
  }

  close(): void {
    this.#controller.abort();
    for (const service of this.#services.values()) service.abort();
    this.#api.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller;
    while (this.#datacenter === "" && !signal.aborted) await this.#askDatacenter(signal);
    if (signal.aborted) return;
    const { services, tags } = this.#config;
    // Services that are named in full need no catalog.
    if (services.length > 0 && tags.length === 0) for (const name of services) this.#watchService(name);
    else await this.#watchCatalog(signal);
  }

  async #askDatacenter(signal: AbortSignal): Promise<void> {
    try {
      this.#datacenter = await this.#api.agentDatacenter(signal);
    } catch (error) {
      await this.#failed(error, signal);
    }
  }

  #watchCatalog(signal: AbortSignal): Promise<void> {
    return this.#follow(signal, {
      ask: (index) => this.#api.services(index, signal),
      apply: (services) => {
        const wanted = [...services].filter(([name, tags]) => this.#isWanted(name, tags)).map(([name]) => name);
        this.#keepOnly(new Set(wanted));
        for (const name of wanted) if (!this.#services.has(name)) this.#watchService(name);
        // A catalog without a wanted service is an answer too.
        if (wanted.length === 0) this.#update();
      },
    });
  }

  #isWanted(name: string, tags: readonly string[]): boolean {
    const { services, tags: wanted } = this.#config;
    return (services.length === 0 || services.includes(name)) && wanted.every((tag) => tags.includes(tag));
  }

  #keepOnly(names: ReadonlySet<string>): void {
    const gone = [...this.#services].filter(([name]) => !names.has(name));
    for (const [name, controller] of gone) {
      controller.abort();
      this.#services.delete(name);
      this.#groups.delete(name);
    }
    if (gone.length > 0 && names.size > 0) this.#update();
  }

  #watchService(name: string): void {
    const controller = new AbortController();
    const { signal } = controller;
    this.#services.set(name, controller);
    void this.#follow(signal, {
      ask: (index) => this.#api.instances(name, index, signal),
      apply: (instances) => {
        const service = { name, datacenter: this.#datacenter, tagSeparator: this.#config.tag_separator };
        this.#groups.set(name, serviceGroup(instances, service));
        this.#update();
      },
    });
  }

  /** Asks again and again, at most once in a refresh interval, and applies each answer that is news. */
  async #follow<T>(signal: AbortSignal, { ask, apply }: Query<T>): Promise<void> {
    const { clock } = this.#world;
    let last = 0;
    while (!signal.aborted) {
      const start = clock.now();
      try {
        const { value, index } = await ask(last);
        if (signal.aborted) return;
        if (index !== last || last === 0) apply(value);
        // An index that went back means a new history: begin again (Consul's "implementation details").
        last = index < last ? 0 : index;
      } catch (error) {
        await this.#failed(error, signal);
        continue;
      }
      await pause(clock, Math.max(0, start + this.#config.refresh_interval - clock.now()), signal);
    }
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    reportFailure(this.#world, error);
    await pause(this.#world.clock, retryMs, signal);
  }

  #update(): void {
    if (!this.#controller.signal.aborted) this.#world.update([...this.#groups.values()]);
  }
}

type Query<T> = {
  readonly ask: (index: number) => Promise<Blocking<T>>;
  readonly apply: (value: T) => void;
};
