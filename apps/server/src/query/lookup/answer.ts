// Answers a lookup: the whole body of the API's answer.
// Comes from: query/evaluate, on a worker. Goes to: the socket, as it is.
import { type JsonParts, JsonWriter, writeLabels } from "@narthex/formats";
import { compareLabels, type Labels, labelsKey } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { cutWarning, writeTexts } from "../answer.js";
import { federatedBody } from "./federation.js";
import {
  type LabelsLookup,
  type Lookup,
  type LookupSource,
  matcherSets,
  type SeriesLookup,
  selectionsOf,
} from "./lookup.js";
import { readBody } from "./remote-read.js";

type Body = Uint8Array<ArrayBuffer>;

/** Returns the end of the body, or all of it where no part was taken; the caller's own. */
export function answerLookup(lookup: Lookup, source: LookupSource, parts?: JsonParts): Body {
  switch (lookup.kind) {
    case "series":
      return seriesBody(lookup, source, parts);
    case "labels":
      return labelsBody(lookup, source, parts);
    case "federation":
      return federatedBody(lookup, source, parts);
    case "read":
      return readBody(lookup, source, parts);
  }
}

function seriesBody(lookup: SeriesLookup, { queryable, checkpoint, warnings }: LookupSource, parts?: JsonParts): Body {
  const { sets, range, limit } = lookup;
  const querier = queryable.querier(range);
  try {
    // One more than asked for tells whether something was left out.
    const selection = { ...range, sorted: true, limit: limit === 0 ? 0 : limit + 1 };
    const found = matcherSets(sets).map((matchers) => {
      checkpoint();
      return querier.select({ ...selection, matchers }).map(({ labels }) => labels);
    });
    const series = found.length === 1 ? (found[0] as Labels[]) : distinct(found.flat());
    return listBody(series, limit, { write: writeLabels, parts, warnings });
  } finally {
    querier.close();
  }
}

function distinct(series: readonly Labels[]): Labels[] {
  const unique = new Map(series.map((labels) => [labelsKey(labels), labels]));
  return [...unique.values()].sort(compareLabels);
}

function labelsBody(lookup: LabelsLookup, { queryable, checkpoint }: LookupSource, parts?: JsonParts): Body {
  const { name: wanted, range, limit, warnings } = lookup;
  const texts = new Set<string>();
  const querier = queryable.querier(range);
  try {
    for (const selection of selectionsOf(lookup)) {
      checkpoint();
      for (const { labels } of querier.select(selection)) {
        for (let i = 0; i < labels.length; i += 2) {
          if (wanted === undefined) texts.add(labels[i]!);
          else if (labels[i] === wanted) texts.add(labels[i + 1]!);
        }
      }
    }
  } finally {
    querier.close();
  }
  return listBody([...texts].sort(compareUtf8), limit, {
    write: (writer, text) => writer.string(text),
    parts,
    warnings,
  });
}

type ListForm<T> = {
  readonly write: (writer: JsonWriter, item: T) => void;
  readonly parts?: JsonParts | undefined;
  readonly warnings?: readonly string[] | undefined;
};

/** The first `limit` items, with a warning where there are more; 0 for all. */
function listBody<T>(items: readonly T[], limit: number, { write, parts, warnings = [] }: ListForm<T>): Body {
  const isCut = limit > 0 && items.length > limit;
  const writer = new JsonWriter(undefined, { parts });
  writer.raw('{"status":"success","data":[');
  (isCut ? items.slice(0, limit) : items).forEach((item, i) => {
    if (i > 0) writer.raw(",");
    write(writer, item);
  });
  writer.raw("]");
  writeTexts(writer, "warnings", [...warnings, ...(isCut ? [cutWarning] : [])]);
  writer.raw("}");
  return writer.bytes();
}
