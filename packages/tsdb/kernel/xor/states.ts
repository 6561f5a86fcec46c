// Who wants only the end of a chunk, as instant queries do, must decode it from its begin; so states in between are remembered, from
// query to query, one in front of each 32nd sample, and the one where somebody stopped who wanted the last sample up to a time:
// the next query of its kind asks for that one or for one a little later. Of each chunk:
//
//   owner f64 | place f64 | state of the last stop | its number of samples i32 | turn i32 | unused<8> | four states
//   state: time f64, delta f64, value u64, bit in the chunk i32 (0: no state), window i32
//
// A chunk has two records to choose from; where both are taken, they make room in turns.
// Goes to: ../xor.

/** Where they stand: 3 MiB. A record begins where a line of the processor's caches does. */
const recordsAt: i32 = 196608;
const recordBytes: i32 = 192;
/** Of pairs of records. */
const recordsBits: i32 = 13;
/** About a chunk and a half. */
const placeBits: i32 = 8;
export const stateBits: i32 = 5;
export const stateMask: i32 = 31;
export const statesMax: i32 = 4;
const stateAt: i32 = 64;
const stateBytes: i32 = 32;
const stopAt: i32 = 16;
const stopCountAt: i32 = 48;
/** Of the first of two records: 0 where that one makes room next. */
const turnAt: i32 = 52;

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
export function knownRecord(owner: f64, place: f64): i32 {
  const first: i32 = recordsOf(owner, place);
  if (first == 0 || isOf(first, owner, place)) return first;
  const second: i32 = first + recordBytes;
  return isOf(second, owner, place) ? second : 0;
}

/** The chunk's record, empty where it had none yet; 0 where nothing is to be remembered of it. */
export function recordOf(owner: f64, place: f64): i32 {
  const known: i32 = knownRecord(owner, place);
  if (known != 0) return known;
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

/** The last stop's state; `stopCount` says how many samples are decoded there. */
@inline
export function stopOf(record: i32): i32 {
  return record + stopAt;
}

@inline
export function stopCount(record: i32): i32 {
  return load<i32>(record, stopCountAt);
}

@inline
export function keepStopCount(record: i32, count: i32): void {
  store<i32>(record, count, stopCountAt);
}

/** Where the sample behind the state begins; 0 where nothing is remembered. */
@inline
export function bitOf(state: i32): i32 {
  return load<i32>(state, 24);
}

@inline
export function keepPlace(state: i32, bit: i32, window: i32): void {
  store<i32>(state, bit, 24);
  store<i32>(state, window, 28);
}

@inline
export function keepSample(state: i32, t: f64, delta: f64, value: u64): void {
  store<f64>(state, t);
  store<f64>(state, delta, 8);
  store<u64>(state, value, 16);
}
