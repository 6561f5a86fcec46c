// serverset_sd_configs and nerve_sd_configs: members that write themselves into a tree of ZooKeeper, each a target group
// of its own. Goes to: discovery/manager.
import { pause } from "../pause.js";
import type { Provider, ProviderWorld, TargetGroup } from "../provider.js";
import { reportFailure } from "../refresh.js";
import type { ZookeeperSdConfig } from "./config.js";
import { type NodeEvent, ZookeeperConnection } from "./connection.js";
import { type ParseMember, parseNerveMember, parseServersetMember } from "./members.js";
import { NodeTree } from "./tree.js";

export const serversetProvider: Provider<ZookeeperSdConfig> = zookeeperProvider("serverset", parseServersetMember);
export const nerveProvider: Provider<ZookeeperSdConfig> = zookeeperProvider("nerve", parseNerveMember);

const retryMs = 1000;
const retryMaxMs = 10_000;

function zookeeperProvider(name: string, parse: ParseMember): Provider<ZookeeperSdConfig> {
  return {
    name,
    start(config, world) {
      const controller = new AbortController();
      void keepWatching({ config, world, parse, signal: controller.signal });
      return () => controller.abort();
    },
  };
}

type Watching = {
  readonly config: ZookeeperSdConfig;
  readonly world: ProviderWorld;
  readonly parse: ParseMember;
  readonly signal: AbortSignal;
};

/** One session after the other, each with the next server. */
async function keepWatching(watching: Watching): Promise<void> {
  const { config, world, signal } = watching;
  let failures = 0;
  for (let turn = 0; !signal.aborted; turn++) {
    const server = config.servers[turn % config.servers.length] as string;
    try {
      await watchOnce(watching, server, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      world.metrics.zookeeperFailures.inc();
      reportFailure(world, error);
    }
    await pause(world.clock, Math.min(retryMs * 2 ** failures++, retryMaxMs), signal);
  }
}

/** Rejects when the session ends. `onList` is called when the trees were read. */
async function watchOnce(
  { config, world, parse, signal }: Watching,
  server: string,
  onList: () => void,
): Promise<void> {
  const pending = new Events();
  const connection = await ZookeeperConnection.open({
    server,
    sessionTimeoutMs: config.timeout,
    clock: world.clock,
    onEvent: (event) => pending.push(event),
    onEnd: (error) => pending.fail(error),
  });
  const close = (): void => connection.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    const trees = config.paths.map((path) => new NodeTree(path, connection));
    await Promise.all(trees.map((tree) => tree.read()));
    onList();
    for (;;) {
      if (signal.aborted) return;
      world.metrics.zookeeperWatchers.set(trees.reduce((sum, tree) => sum + tree.size, 0));
      world.update(trees.flatMap((tree) => groupsOf(tree, parse, world)));
      for (const event of await pending.take()) for (const tree of trees) await tree.apply(event);
    }
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

function groupsOf(tree: NodeTree, parse: ParseMember, { logger }: ProviderWorld): TargetGroup[] {
  const groups: TargetGroup[] = [];
  for (const [path, data] of tree.data()) {
    // A node that only holds others says nothing itself.
    if (data.length === 0) continue;
    try {
      groups.push({ source: path, targets: [parse(data, path)], labels: {} });
    } catch (error) {
      logger.debug({ err: error, path }, "node says nothing of a member");
    }
  }
  return groups;
}

/** What was told since it was last taken. */
class Events {
  #events: NodeEvent[] = [];
  #error: Error | undefined;
  #wake = (): void => {};

  push(event: NodeEvent): void {
    this.#events.push(event);
    this.#wake();
  }

  fail(error: Error): void {
    this.#error = error;
    this.#wake();
  }

  /** Resolves when there is any; rejects when no more can come. */
  async take(): Promise<NodeEvent[]> {
    if (this.#events.length === 0 && !this.#error) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#error) throw this.#error;
    return this.#events.splice(0);
  }
}
