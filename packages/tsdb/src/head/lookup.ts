// The head as an index: what index/match.ts asks.
import { metricNameLabel } from "@narthex/model";
import type { PostingsSource } from "../index/match.js";
import { noPostings } from "../index/postings.js";
import type { Head } from "./head.js";

export function headIndex(head: Head): PostingsSource {
  const { pairs, symbols, series } = head;
  return {
    allPostings() {
      const refs = series.ref.subarray(1, series.slotEnd).filter((ref) => ref !== 0);
      return refs.sort();
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
        if (pairs.lengthOf(pair) === 0 || pairs.nameOf(pair) !== symbol) continue;
        const value = symbols.text(pairs.valueOf(pair));
        if (value.startsWith(prefix) && isWanted(value)) found.push(pairs.postings(pair));
        yield;
      }
      return found;
    },
    valuesOf: (name) => pairs.pairsOf(symbols.find(name)).map((pair) => symbols.text(pairs.valueOf(pair))),
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

/** The `limit` greatest of each kind, greatest first. */
export function headCardinality(head: Head, limit: number): Cardinality {
  const { pairs, symbols } = head;
  const metricNames = pairs.pairsOf(symbols.find(metricNameLabel));
  const byPair: NamedCount[] = [];
  const valueCounts: NamedCount[] = [];
  const valueBytes: NamedCount[] = [];
  for (const name of pairs.names()) {
    const nameText = symbols.text(name);
    let bytes = 0;
    for (const pair of pairs.pairsOf(name)) {
      const value = symbols.text(pairs.valueOf(pair));
      const count = pairs.lengthOf(pair);
      bytes += value.length * count;
      byPair.push({ name: `${nameText}=${value}`, value: count });
    }
    valueCounts.push({ name: nameText, value: pairs.pairsOf(name).length });
    valueBytes.push({ name: nameText, value: bytes });
  }
  return {
    seriesCountByMetricName: greatest(
      metricNames.map((pair) => ({ name: symbols.text(pairs.valueOf(pair)), value: pairs.lengthOf(pair) })),
      limit,
    ),
    labelValueCountByLabelName: greatest(valueCounts, limit),
    memoryInBytesByLabelName: greatest(valueBytes, limit),
    seriesCountByLabelValuePair: greatest(byPair, limit),
  };
}

function greatest(counts: NamedCount[], limit: number): NamedCount[] {
  return counts.sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1)).slice(0, limit);
}
