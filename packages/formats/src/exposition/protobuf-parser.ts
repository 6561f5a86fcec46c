import type { Sink } from "./sink.js";
export function parseProtobuf(_body: Uint8Array, _sink: Sink): void {
  throw new Error("placeholder while the file is written");
}
