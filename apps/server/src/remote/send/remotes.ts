// The remotes of a configuration, each with the name that its metrics bear and a key that tells whether it changed.
import { createHash } from "node:crypto";
import { configKey } from "../../config/key.js";
import type { RemoteWriteConfig } from "../../config/remote-write.js";

export type Remote = {
  /** Equal for equal configs, secrets included. */
  readonly hash: string;
  /** As configured, or the beginning of the hash. */
  readonly name: string;
  /** Without a password. */
  readonly url: string;
  readonly config: RemoteWriteConfig;
};

/** Throws an Error for two that are the same. */
export function remotesOf(configs: readonly RemoteWriteConfig[]): Remote[] {
  const remotes = new Map<string, Remote>();
  for (const config of configs) {
    const hash = createHash("md5").update(configKey(config)).digest("hex");
    const url = withoutPassword(config.url);
    if (remotes.has(hash)) {
      throw new Error(`duplicate remote write configs are not allowed, found duplicate for URL: ${url}`);
    }
    remotes.set(hash, { hash, name: config.name || hash.slice(0, 6), url, config });
  }
  return [...remotes.values()];
}

/** As Prometheus prints such a URL. */
export function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.password === "") return text;
  url.password = "xxxxx";
  return url.href;
}
