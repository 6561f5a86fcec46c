// Who wants only the end of a chunk, as instant queries do, must decode it from its begin; so states in between are remembered, from
// query to query, one in front of each 32nd sample. Of each chunk:
//
//   owner f64 | place f64 | three states of: time f64, delta f64, value u64, bit in the chunk i32 (0: no state), window i32 | unused
//
// A chunk has two records to choose from; where both are taken, they make room in turns.
// Goes to: ../xor.

/** Where they stand: 2 MiB. */
const recordsAt: i32 = 196608;
const recordBytes: i32 = 128;
/** Of pairs of records. */
const recordsBits: i32 = 13;
/** About a chunk and a half. */
const placeBits: i32 = 8;
export const stateBits: i32 = 5;
export const stateMask: i32 = 31;
export const statesMax: i32 = 3;
const stateAt: i32 = 16;
const stateBytes: i32 = 32;
/** Behind the states of the first of two records: 0 where that one makes room next. */
const turnAt: i32 = 112;

/** The first of the two records that a chunk may have; 0 where nothing is to be remembered of it. */
function recordsOf(owner: f64, place: f64): i32 {
  if (owner == 0) return 0;
  // What is read one after the other has its records one after the other: chunks of a segment by where they stand, open ones by their
  // series. Strewn about, they cost a processor's caches more than decoding a third of a chunk.
  const near: u64 = owner < 0 ? <u64>(-owner) >> 1 : (<u64>place >> placeBits) + <u64>owner * 0x9e3779b97f4a7c15;
  return recordsAt + <i32>(near & ((1 << recordsBits) - 1)) * (2 * recordBytes);
}

@inline
function isOf(record: i32, owner: f64, place: f64): bool {
  return load<f64>(record) == owner && load<f64>(record, 8) == place;
}

/** The chunk's record; 0 where it has none. */
export function knownRecord(key: i32): i32 {
  const owner: f64 = load<f64>(key);
  const place: f64 = load<f64>(key, 8);
  const first: i32 = recordsOf(owner, place);
  if (first == 0 || isOf(first, owner, place)) return first;
  const second: i32 = first + recordBytes;
  return isOf(second, owner, place) ? second : 0;
}

/** The chunk's record, empty where it had none yet; 0 where nothing is to be remembered of it. */
export function recordOf(key: i32): i32 {
  const known: i32 = knownRecord(key);
  if (known != 0) return known;
  const owner: f64 = load<f64>(key);
  const place: f64 = load<f64>(key, 8);
  const first: i32 = recordsOf(owner, place);
  if (first == 0) return 0;
  // They make room in turns.
  const record: i32 = load<i32>(first, turnAt) == 0 ? first : first + recordBytes;
  memory.fill(record, 0, recordBytes);
  store<i32>(first, record == first ? 1 : 0, turnAt);
  store<f64>(record, owner);
  store<f64>(record, place, 8);
  return record;
}

/** Of a record, the state behind `number` times 32 samples. */
@inline
export function stateOf(record: i32, number: i32): i32 {
  return record + stateAt + (number - 1) * stateBytes;
}

@inline
export function keepSample(state: i32, t: f64, delta: f64, value: u64): void {
  store<f64>(state, t);
  store<f64>(state, delta, 8);
  store<u64>(state, value, 16);
}
