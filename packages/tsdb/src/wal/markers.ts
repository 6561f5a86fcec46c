// Markers in the write-behind log: all of a series' samples before this place that chunk holds (docs/formats/wbl.md).
// Comes from: head/out-of-order, when a chunk went to chunks_head. Goes to: head/out-of-order-replay.
import { ByteReader, ByteWriter } from "@narthex/stdx";
import { recordType } from "./records.js";

/** The place of a chunk in chunks_head; file 0 stands for none, as Prometheus writes at a series' first chunk. */
export interface ChunkMarker {
  readonly ref: number;
  readonly file: number;
  readonly position: number;
}

export function encodeMarkers(markers: readonly ChunkMarker[]): Uint8Array {
  const writer = new ByteWriter(1 + 16 * markers.length);
  writer.u8(recordType.mmapMarkers);
  for (const { ref, file, position } of markers) {
    writer.u64(ref);
    writer.u32(file);
    writer.u32(position);
  }
  return writer.bytes();
}

export function decodeMarkers(record: Uint8Array): ChunkMarker[] {
  const reader = new ByteReader(record, 1);
  const markers: ChunkMarker[] = [];
  while (reader.remaining > 0) markers.push({ ref: reader.u64(), file: reader.u32(), position: reader.u32() });
  return markers;
}
