// local_sd_configs: programs of this machine whose /metrics answers in a format that is scraped. Each port that begins to
// listen is asked once; one that does not answer so is asked again a few times, ever later, since programs listen before they
// are ready. Our own ports are left out: whoever starts us names them.
// Comes from: /proc. Goes to: discovery/manager.
import type { Provider, ProviderWorld, TargetGroup } from "../provider.js";
import { refreshRegularly } from "../refresh.js";
import type { LocalSdConfig } from "./config.js";
import { type Listener, readListeners } from "./listeners.js";
import { createProbe, isWorthAsking, type Probe } from "./probe.js";
import { findHolders, type Process, readProcess, socketsOf } from "./process.js";

/** When a port that gave no metrics is asked again, in ms after each failure; then no more. */
const retryDelaysMs: readonly number[] = [15_000, 60_000, 10 * 60_000];
/** Ports asked in one refresh, the others wait for the next; and at the same time. */
export const probesMax = 50;
export const probesAtOnceMax = 4;
/** Ports that are looked at; a machine that listens on more is no place for guesses. */
export const listenersMax = 2000;

export type LocalMachine = {
  readonly procfs: string;
  readonly ownPid: string;
  readonly createProbe: () => { readonly probe: Probe; readonly close: () => void };
};

export const localProvider: Provider<LocalSdConfig> = providerOf({
  procfs: "/proc",
  ownPid: String(process.pid),
  createProbe,
});

export function providerOf(machine: LocalMachine): Provider<LocalSdConfig> {
  return {
    name: "local",
    start(config, world) {
      const { probe, close } = machine.createProbe();
      const search = new Search(machine, { config, world, probe });
      const refresh = (signal: AbortSignal): Promise<readonly TargetGroup[] | undefined> => search.refresh(signal);
      const stop = refreshRegularly({ intervalMs: config.refresh_interval, world, refresh });
      return () => {
        stop();
        close();
      };
    },
  };
}

type Known =
  | { readonly listener: Listener; readonly process: Process | undefined; readonly state: "target" }
  | { readonly listener: Listener; readonly failures: number; readonly askAt: number; readonly state: "silent" };

type SearchOptions = { readonly config: LocalSdConfig; readonly world: ProviderWorld; readonly probe: Probe };

class Search {
  readonly #machine: LocalMachine;
  readonly #options: SearchOptions;
  /** What is known of each address that somebody listens on. */
  #known = new Map<string, Known>();
  #isUnavailable = false;

  constructor(machine: LocalMachine, options: SearchOptions) {
    this.#machine = machine;
    this.#options = options;
  }

  async refresh(signal: AbortSignal): Promise<readonly TargetGroup[] | undefined> {
    const listeners = await this.#listeners();
    if (listeners === undefined) return [];
    const before = this.#known;
    this.#known = new Map();
    for (const listener of listeners) {
      const known = before.get(listener.address);
      if (known?.listener.inode === listener.inode) this.#known.set(listener.address, known);
    }
    await this.#askDue(listeners, signal);
    return this.#groups();
  }

  /** Undefined on machines that do not tell: there nothing is found, which is said once. */
  async #listeners(): Promise<Listener[] | undefined> {
    const { procfs, ownPid } = this.#machine;
    const { config, world } = this.#options;
    let all: Listener[];
    try {
      all = await readListeners(procfs);
    } catch (error) {
      if (!this.#isUnavailable)
        world.logger.info({ err: error }, "no local targets are looked for: /proc/net is needed");
      this.#isUnavailable = true;
      return undefined;
    }
    const own = new Set(await socketsOf(procfs, ownPid));
    const excluded = new Set(config.exclude_ports);
    return all
      .filter(({ inode, port }) => !own.has(inode) && !excluded.has(port) && isWorthAsking(port))
      .slice(0, listenersMax);
  }

  async #askDue(listeners: readonly Listener[], signal: AbortSignal): Promise<void> {
    const now = this.#options.world.clock.now();
    const isSilentAndDue = (known: Known | undefined): boolean => known?.state === "silent" && known.askAt <= now;
    const due = [
      ...listeners.filter(({ address }) => !this.#known.has(address)),
      ...listeners.filter(({ address }) => isSilentAndDue(this.#known.get(address))),
    ];
    const answering: Listener[] = [];
    const ask = async (listener: Listener): Promise<void> => {
      if (await this.#options.probe(listener.address, signal)) answering.push(listener);
      else this.#noteSilence(listener);
    };
    for (let i = 0; i < Math.min(due.length, probesMax); i += probesAtOnceMax) {
      await Promise.all(due.slice(i, Math.min(i + probesAtOnceMax, probesMax)).map(ask));
      signal.throwIfAborted();
    }
    if (answering.length > 0) await this.#noteTargets(answering);
  }

  #noteSilence(listener: Listener): void {
    const known = this.#known.get(listener.address);
    const failures = known?.state === "silent" ? known.failures + 1 : 1;
    const askAt = this.#options.world.clock.now() + (retryDelaysMs[failures - 1] ?? Infinity);
    this.#known.set(listener.address, { listener, failures, askAt, state: "silent" });
  }

  async #noteTargets(listeners: readonly Listener[]): Promise<void> {
    const { procfs } = this.#machine;
    const holders = await findHolders(procfs, new Set(listeners.map(({ inode }) => inode)));
    for (const listener of listeners) {
      const pid = holders.get(listener.inode);
      const process = pid === undefined ? undefined : await readProcess(procfs, pid);
      this.#known.set(listener.address, { listener, process, state: "target" });
      this.#options.world.logger.info({ address: listener.address, process: process?.name }, "found a local target");
    }
  }

  #groups(): TargetGroup[] {
    const groups: TargetGroup[] = [];
    for (const known of this.#known.values()) if (known.state === "target") groups.push(groupOf(known));
    return groups;
  }
}

function groupOf({ listener, process }: Known & { readonly state: "target" }): TargetGroup {
  const { address, port } = listener;
  const labels = {
    // The job's own name would say no more than that it was found.
    job: process?.name ?? `port-${port}`,
    instance: address.startsWith("127.0.0.1:") ? `localhost:${port}` : address,
    __meta_local_port: String(port),
    __meta_local_process_id: process?.pid ?? "",
    __meta_local_process_name: process?.name ?? "",
  };
  return { source: address, targets: [{ __address__: address }], labels };
}
