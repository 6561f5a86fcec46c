// A long body of remote write, in pieces: decoded and stored in one go, 32 MiB would hold the thread that scrapes for seconds.
// Comes from: api/remote-write. Goes to: remote/pieces. All of the body is decoded before anything of it
// is stored, so that a damaged one leaves nothing behind; where that would take much memory it is decoded again for storing.
import { decodeSnappySteps, decodeWriteSteps, type ReceivedSeries, type WriteVersion } from "@narthex/formats";
import { Slots } from "@narthex/stdx";
import { pauses } from "@narthex/tsdb";
import { storePieces } from "./pieces.js";
import type { ReceiverOptions, Written } from "./receiver.js";
import { writeRules } from "./write-rules.js";

/** Decoded by snappy: what is shorter takes some milliseconds, and is stored at once, as one batch. */
export const shortBytesMax: number = 128 * 1024;
/** Decoded by snappy: of what is longer, series are not held until all are decoded. They take about ten times as much. */
const heldBytesMax = 4 * 1024 * 1024;

/** One at a time: together they would hold the thread for as long as they are many. */
const slots = new Slots(1);

/** Rejects with SnappyError and ByteRangeError, and where the storage cannot be written; of earlier pieces all is then stored. */
export function storeLongBody(body: Uint8Array, version: WriteVersion, options: ReceiverOptions): Promise<Written> {
  return slots.run(async () => {
    const message = await decompressed(body);
    const held = await decodeAll(message, version);
    return storePieces(held ?? decodeWriteSteps(message, version), writeRules[version], options);
  });
}

async function decompressed(body: Uint8Array): Promise<Uint8Array> {
  const pause = pauses();
  const steps = decodeSnappySteps(body);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await pause();
  }
}

/** Series between two looks at the clock. */
const checkedSeries = 16;

/** All series; undefined where they are too many to be held. */
async function decodeAll(message: Uint8Array, version: WriteVersion): Promise<ReceivedSeries[] | undefined> {
  const pause = pauses();
  const held: ReceivedSeries[] | undefined = message.length <= heldBytesMax ? [] : undefined;
  let count = 0;
  for (const series of decodeWriteSteps(message, version)) {
    if (series) held?.push(series);
    if (series === undefined || ++count % checkedSeries === 0) await pause();
  }
  return held;
}
