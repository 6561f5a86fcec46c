// What a configuration asks for that no code acts upon yet. Such a file is right, so `tool check config` passes it; a
// server that started with it would look configured and not be. Comes from: config/load. Goes to: reloader.
import type { Config } from "./config.js";

/** Names of sections and fields; empty where all of it is there. */
export function notThereYet(config: Config): string[] {
  const isUsed: Readonly<Record<string, boolean>> = {
    tracing: config.tracing !== undefined,
  };
  return Object.keys(isUsed).filter((name) => isUsed[name]);
}
