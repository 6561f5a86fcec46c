// Gives a series its open float chunk back as it was: bytes to the arena, the encoder's state from the chunk's end.
// Comes from: head/replay, with a chunk of a snapshot. Appending its samples again would cost four times as much.
import { type ChunkData, chunkEncoding } from "../chunk/encoding.js";
import { readXorTail } from "../chunk/xor-tail.js";
import { pieceDataBytes } from "./arena.js";
import { chunkBytesMax, chunkSamplesTarget, type Head } from "./head.js";

const cutPredictedAt = chunkSamplesTarget / 4;

/** False where it cannot go on as it is: samples that the head must not have, or a chunk larger than ours are. */
export function resumeFloats(head: Head, slot: number, chunk: ChunkData): boolean {
  const { series } = head;
  const { xor } = series;
  if (chunk.encoding !== chunkEncoding.xor || chunk.end - chunk.start > chunkBytesMax) return false;
  const tail = readXorTail(chunk, { marked: cutPredictedAt });
  if (!tail || tail.firstTime <= head.lastTime(slot) || tail.firstTime < head.minValidTime) return false;
  head.beginChunk(slot, tail.firstTime, chunkEncoding.xor);
  if (tail.count > cutPredictedAt) {
    xor.t[slot] = tail.markedTime;
    head.predictCut(slot);
  }
  xor.t[slot] = tail.t;
  xor.delta[slot] = tail.delta;
  xor.high[slot] = tail.high;
  xor.low[slot] = tail.low;
  xor.leading[slot] = tail.leading;
  xor.trailing[slot] = tail.trailing;
  xor.bits[slot] = tail.bits;
  xor.count[slot] = tail.count;
  storeBytes(head, slot, chunk.bytes.subarray(chunk.start, chunk.start + xor.byteLength(slot)));
  head.minTime = Math.min(head.minTime, tail.firstTime);
  head.maxTime = Math.max(head.maxTime, tail.t);
  return true;
}

function storeBytes(head: Head, slot: number, bytes: Uint8Array): void {
  const { series, arena } = head;
  let place = series.openPlace[slot]!;
  let pieces = 1;
  for (let at = 0; at < bytes.length; at += pieceDataBytes) {
    if (at > 0) {
      place = arena.allocate(place);
      pieces++;
    }
    const slab = arena.slab(place);
    const to = arena.dataOffset(place) - at;
    const end = Math.min(bytes.length, at + pieceDataBytes);
    // Pieces are small: a view of each would cost more than its bytes.
    for (let i = at; i < end; i++) slab[to + i] = bytes[i]!;
  }
  series.openPlace[slot] = place;
  series.openPieces[slot] = pieces;
  // The last byte's rest is zero in every chunk that was written bit by bit; ours relies on it.
  const used = series.xor.bits[slot]! & 7;
  if (used === 0) return;
  const at = arena.dataOffset(place) + ((bytes.length - 1) % pieceDataBytes);
  arena.slab(place)[at]! &= 0xff << (8 - used);
}
