// google.protobuf.Timestamp, which silences and entries of the notification log hold. Whole milliseconds; finer parts are cut.
import { MessageWriter, type ProtoReader } from "@narthex/formats";

/** From milliseconds since 1970. */
export function timestampBytes(ms: number): Uint8Array {
  const seconds = Math.floor(ms / 1000);
  return new MessageWriter()
    .int(1, seconds)
    .int(2, (ms - seconds * 1000) * 1_000_000)
    .finish();
}

/** Milliseconds since 1970. */
export function timestampFrom(fields: ProtoReader): number {
  let ms = 0;
  while (fields.next()) {
    if (fields.field === 1) ms += fields.signed() * 1000;
    else if (fields.field === 2) ms += Math.floor(fields.signed() / 1_000_000);
  }
  return ms;
}
