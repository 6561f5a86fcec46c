// The remotes of a configuration, each with the name that its metrics bear and a key that tells whether it changed.
import { createHash } from "node:crypto";
import { configKey } from "../../config/key.js";
import type { RemoteWriteConfig } from "../../config/remote-write.js";
import { shownUrl } from "../../config/url.js";

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
export function checkRemoteWrites(configs: readonly RemoteWriteConfig[]): void {
  const hashes = new Set<string>();
  for (const { hash, url } of remotesOf(configs)) {
    if (hashes.has(hash)) {
      throw new Error(`duplicate remote write configs are not allowed, found duplicate for URL: ${url}`);
    }
    hashes.add(hash);
  }
}

/** REQUIRES: no two are the same. */
export function remotesOf(configs: readonly RemoteWriteConfig[]): Remote[] {
  return configs.map((config) => {
    const hash = createHash("md5").update(configKey(config)).digest("hex");
    return { hash, name: config.name || hash.slice(0, 6), url: shownUrl(config.url), config };
  });
}

type Named = Pick<Remote, "hash" | "name" | "url">;

/** Takes out of the list what this remote was with another config: the one of the same name, or else of the same URL. */
export function takeNamesake<T extends Named>(others: T[], { hash, name, url }: Named): T | undefined {
  const ways = [
    (other: Named) => other.hash === hash,
    (other: Named) => other.name === name,
    (other: Named) => other.url === url,
  ];
  for (const isSame of ways) {
    const at = others.findIndex(isSame);
    if (at >= 0) return others.splice(at, 1)[0];
  }
  return undefined;
}
