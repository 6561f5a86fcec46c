// file_sd_configs: target groups in JSON or YAML files, read again when a file changed and at each refresh interval.
// A file that cannot be read or decoded keeps its last good groups.
import { readFileSync, statSync } from "node:fs";
import { d, errorText, parseYamlFile } from "@narthex/service";
import { expandGlob } from "../config/glob.js";
import type { FileSdConfig } from "./file-config.js";
import type { Provider, ProviderWorld, TargetGroup } from "./provider.js";

/** How soon a changed file is noticed. Polled: notifications are lost on network and overlay file systems. */
const watchIntervalMs = 5000;
export const targetFileBytesMax: number = 64 * 1024 * 1024;

const groupList = d.list(
  d.object("targetgroup.Group", {
    targets: d.withDefault(d.list(d.string), []),
    labels: d.withDefault(d.map(d.string), {}),
  }),
);

export const fileProvider: Provider<FileSdConfig> = {
  name: "file",
  start(config, world) {
    const files = new TargetFiles(config, world);
    let cancel = (): void => {};
    const run = (): void => {
      files.refresh();
      cancel = world.clock.after(Math.min(watchIntervalMs, config.refresh_interval), run);
    };
    run();
    return () => cancel();
  },
};

type TargetFile = { readonly version: string; readonly readAt: number; readonly groups: readonly TargetGroup[] };

class TargetFiles {
  readonly #config: FileSdConfig;
  readonly #world: ProviderWorld;
  #files: ReadonlyMap<string, TargetFile> = new Map();
  #isFirst = true;

  constructor(config: FileSdConfig, world: ProviderWorld) {
    this.#config = config;
    this.#world = world;
  }

  refresh(): void {
    const paths = new Set(this.#config.files.flatMap(expandGlob));
    const files = new Map<string, TargetFile>();
    for (const path of paths) {
      const file = this.#read(path, this.#files.get(path));
      if (file) files.set(path, file);
    }
    const isSame =
      files.size === this.#files.size && [...files].every(([path, file]) => this.#files.get(path) === file);
    this.#files = files;
    if (isSame && !this.#isFirst) return;
    this.#isFirst = false;
    this.#world.update([...files.values()].flatMap(({ groups }) => groups));
  }

  #read(path: string, before: TargetFile | undefined): TargetFile | undefined {
    const now = this.#world.clock.now();
    try {
      const { mtimeMs, size } = statSync(path);
      const version = `${mtimeMs} ${size}`;
      if (before?.version === version && now - before.readAt < this.#config.refresh_interval) return before;
      return { version, readAt: now, groups: readTargetFile(path) };
    } catch (error) {
      this.#world.countFailure();
      this.#world.logger.error(
        { file: path, err: errorText(error) },
        "cannot read target file; its last good targets stand",
      );
      return before;
    }
  }
}

/** Throws ConfigError, and an Error where the file cannot be read or is too large. */
export function readTargetFile(path: string): TargetGroup[] {
  if (statSync(path).size > targetFileBytesMax) throw new Error(`${path} is larger than ${targetFileBytesMax} bytes`);
  return parseTargetFile(path, readFileSync(path, "utf8"));
}

/** Throws ConfigError. JSON is read as the YAML that it also is. */
export function parseTargetFile(path: string, text: string): TargetGroup[] {
  return parseYamlFile(path, text, groupList).map(({ targets, labels }, i) => ({
    source: `${path}:${i}`,
    targets: targets.map((address) => ({ __address__: address })),
    labels: { ...labels, __meta_filepath: path },
  }));
}
