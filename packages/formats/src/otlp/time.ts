// Nanoseconds since 1970 in 64 bits → whole microseconds.
import type { ProtoReader } from "../protobuf/reader.js";

/** Of the fixed64 at hand; digits below a microsecond are cut off. */
export function readTimeUs(reader: ProtoReader): number {
  const high = reader.fixedHigh();
  // 2^32 ns are 4,294,967 µs and 296 ns: so no product loses a digit.
  return high * 4_294_967 + Math.floor((high * 296 + reader.fixedLow()) / 1000);
}
