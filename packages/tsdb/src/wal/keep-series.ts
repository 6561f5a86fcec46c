// Takes series out of a series record without decoding what stays: the record of a target of a million series is 100 MB, and
// its labels as texts would be five times that.
// Comes from: wal/checkpoint.
import { ByteReader, ByteWriter } from "@narthex/stdx";

/** The record with the series that are wanted alone; itself, borrowed, when all are, and undefined when none is. */
export function keepSeries(record: Uint8Array, isWanted: (ref: number) => boolean): Uint8Array | undefined {
  const reader = new ByteReader(record, 1);
  // With the type, which stays.
  let run = { start: 0, end: 1 };
  let kept: ByteWriter | undefined;
  while (reader.remaining > 0) {
    const start = reader.offset;
    const ref = reader.u64();
    for (let texts = 2 * reader.uvarint(); texts > 0; texts--) reader.skip(reader.uvarint());
    if (!isWanted(ref)) continue;
    if (run.end !== start) {
      kept ??= new ByteWriter(1024);
      kept.raw(record.subarray(run.start, run.end));
      run = { start, end: start };
    }
    run.end = reader.offset;
  }
  if (!kept && run.end === 1) return undefined;
  if (!kept) return record.subarray(0, run.end);
  kept.raw(record.subarray(run.start, run.end));
  return kept.bytes();
}
