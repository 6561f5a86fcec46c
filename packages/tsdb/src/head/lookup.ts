// The head as an index: what index/match.ts asks.
import { metricNameLabel } from "@narthex/model";
import type { PostingsSource } from "../index/match.js";
import { isAscending, noPostings } from "../index/postings.js";
import type { Head } from "./head.js";

const pairsPerStep = 512;

export function headIndex(head: Head): PostingsSource {
  const { pairs, symbols, series } = head;
  return {
    allPostings() {
      const refs = series.refs();
      // Rows are in order of refs until one is reused.
      return isAscending(refs) ? refs : refs.sort();
    },
    postings(name, value) {
      const pair = head.findPair(name, value);
      return pair < 0 ? noPostings : pairs.postings(pair);
    },
    *postingsWhere(name, prefix, isWanted) {
      const symbol = symbols.find(name);
      const found: Uint32Array[] = [];
      for (const pair of pairs.pairsOf(symbol)) {
        // Between two steps the last series of a pair may go, and its number may come to stand for another.
        if (!isPairOf(head, pair, symbol)) continue;
        const value = symbols.text(pairs.valueOf(pair));
        if (value.startsWith(prefix) && isWanted(value)) found.push(pairs.postings(pair));
        yield;
      }
      return found;
    },
    *valueParts(name) {
      const symbol = symbols.find(name);
      const all = pairs.pairsOf(symbol);
      for (let i = 0; i < all.length; i += pairsPerStep) {
        // As above.
        const here = all.slice(i, i + pairsPerStep).filter((pair) => isPairOf(head, pair, symbol));
        yield here.map((pair) => symbols.text(pairs.valueOf(pair)));
      }
    },
    names: () => [...pairs.names()].map((name) => symbols.text(name)),
    valueAt(ref, name) {
      const value = head.valueSymbol(series.slotOf(ref), symbols.find(name));
      return value < 0 ? "" : symbols.text(value);
    },
    namesAt: (ref) => head.labelsOf(series.slotOf(ref)).filter((_, i) => i % 2 === 0),
  };
}

/** One line of `/api/v1/status/tsdb`. */
export interface NamedCount {
  readonly name: string;
  readonly value: number;
}

export interface Cardinality {
  readonly seriesCountByMetricName: NamedCount[];
  readonly labelValueCountByLabelName: NamedCount[];
  readonly memoryInBytesByLabelName: NamedCount[];
  readonly seriesCountByLabelValuePair: NamedCount[];
}

/** The `limit` greatest of each kind, greatest first. A step is some pairs. */
export function* cardinalitySteps(head: Head, limit: number): Generator<void, Cardinality> {
  const { pairs, symbols } = head;
  const [byMetric, byPair, valueCounts, valueBytes] = [1, 2, 3, 4].map(() => new Greatest(limit)) as Greatests;
  const metricName = symbols.find(metricNameLabel);
  for (const name of pairs.names()) {
    const nameText = symbols.text(name);
    const all = pairs.pairsOf(name);
    let bytes = 0;
    for (const [i, pair] of all.entries()) {
      if (i % pairsPerStep === 0) yield;
      if (!isPairOf(head, pair, name)) continue;
      const value = symbols.text(pairs.valueOf(pair));
      const count = pairs.lengthOf(pair);
      bytes += value.length * count;
      byPair.add(count, () => `${nameText}=${value}`);
      if (name === metricName) byMetric.add(count, () => value);
    }
    valueCounts.add(all.length, () => nameText);
    valueBytes.add(bytes, () => nameText);
  }
  return {
    seriesCountByMetricName: byMetric.list(),
    labelValueCountByLabelName: valueCounts.list(),
    memoryInBytesByLabelName: valueBytes.list(),
    seriesCountByLabelValuePair: byPair.list(),
  };
}

type Greatests = [Greatest, Greatest, Greatest, Greatest];

/** Keeps the greatest of many counts; of equal ones those whose names come first. */
class Greatest {
  readonly #limit: number;
  /** Up to twice as many as are wanted. */
  #counts: NamedCount[] = [];
  /** The last of those wanted, once there are enough. */
  #least: NamedCount | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Most are too small, and need no name. */
  add(value: number, nameOf: () => string): void {
    if (this.#least && value < this.#least.value) return;
    const count = { name: nameOf(), value };
    if (this.#least && compareCounts(count, this.#least) > 0) return;
    this.#counts.push(count);
    if (this.#counts.length >= 2 * this.#limit) this.#prune();
  }

  list(): NamedCount[] {
    this.#prune();
    return this.#counts;
  }

  #prune(): void {
    this.#counts = this.#counts.sort(compareCounts).slice(0, this.#limit);
    if (this.#counts.length === this.#limit) this.#least = this.#counts.at(-1);
  }
}

function compareCounts(a: NamedCount, b: NamedCount): number {
  return b.value - a.value || (a.name < b.name ? -1 : 1);
}

/** Whether the pair still has series, and is one of the name. */
function isPairOf({ pairs }: Head, pair: number, name: number): boolean {
  return pairs.lengthOf(pair) > 0 && pairs.nameOf(pair) === name;
}
