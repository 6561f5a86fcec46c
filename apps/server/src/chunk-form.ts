// Which encodings new chunks have: by the configuration, then by the features. Goes to: storage, at the start, and the reloader.
import type { ChunkForm } from "@narthex/tsdb";
import type { Config } from "./config/config.js";
import type { EnabledFeatures } from "./features.js";

export function chunkFormOf({ chunkForm }: EnabledFeatures, config: Config): ChunkForm {
  return { ...chunkForm, floats: config.storage?.tsdb?.chunk_encoding?.floats ?? chunkForm.floats };
}
