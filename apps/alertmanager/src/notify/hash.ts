import xxhash from "xxhash-wasm";
import type { HashBytes } from "./dedup.js";

/** xxHash64, as Alertmanager hashes alerts for the notification log. */
export async function loadHash(): Promise<HashBytes> {
  const api = await xxhash();
  return (bytes) => api.h64Raw(bytes);
}
