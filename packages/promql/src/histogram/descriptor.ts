// Histograms as test files write them: `{{schema:1 count:4 sum:5 buckets:[1 2 1] offset:-1}}`. What is not said is 0 or
// empty; `buckets` and `n_buckets` start at index `offset` and `n_offset` and have no gaps.

import { type CounterResetHint, customBucketsSchema, type Histogram, type Span } from "@narthex/model";
import { parseFloatGo, printFloatG } from "@narthex/stdx";
import { compact, negativeSide, positiveSide, type Side } from "./spans.js";

export type HistogramDescriptor = {
  readonly histogram: Histogram;
  /** Whether `counter_reset_hint` was written; only then is it part of what a test expects. */
  readonly hasHint: boolean;
};

const numberKeys = ["schema", "sum", "count", "z_bucket", "z_bucket_w", "offset", "n_offset"] as const;
const listKeys = ["custom_values", "buckets", "n_buckets"] as const;
const hints: ReadonlySet<string> = new Set(["unknown", "reset", "not_reset", "gauge"]);

type Fields = {
  readonly numbers: Map<string, number>;
  readonly lists: Map<string, number[]>;
  hint: CounterResetHint | undefined;
};

/** Reads the text between `{{` and `}}`; throws Error "bad histogram descriptor …". */
export function parseHistogramDescriptor(body: string): HistogramDescriptor {
  const fields: Fields = { numbers: new Map(), lists: new Map(), hint: undefined };
  const field = /\s*([a-z_]+)\s*:\s*(?:\[([^\]]*)\]|([^\s[\]]+))\s*/y;
  while (field.lastIndex < body.length && body.slice(field.lastIndex).trim() !== "") {
    const start = field.lastIndex;
    const match = field.exec(body);
    if (!match) throw new Error(`bad histogram descriptor found: ${JSON.stringify(body.slice(start))}`);
    setField(fields, match[1] as string, { list: match[2], scalar: match[3] });
  }
  return { histogram: histogramFrom(fields), hasHint: fields.hint !== undefined };
}

function setField(fields: Fields, key: string, value: { list: string | undefined; scalar: string | undefined }): void {
  const { list, scalar } = value;
  if (list !== undefined && (listKeys as readonly string[]).includes(key)) {
    const items = list.split(/\s+/).filter((item) => item !== "");
    fields.lists.set(
      key,
      items.map((item) => numberFrom(key, item)),
    );
  } else if (scalar !== undefined && (numberKeys as readonly string[]).includes(key)) {
    fields.numbers.set(key, numberFrom(key, scalar));
  } else if (key === "counter_reset_hint" && hints.has(scalar ?? "")) {
    // Checked by the line above.
    fields.hint = scalar as CounterResetHint;
  } else {
    throw new Error(`bad histogram descriptor found: ${JSON.stringify(key)}`);
  }
}

function numberFrom(key: string, text: string): number {
  const value = parseFloatGo(text);
  if (value === undefined) throw new Error(`bad histogram descriptor: ${key} is no number: ${JSON.stringify(text)}`);
  return value;
}

function histogramFrom({ numbers, lists, hint }: Fields): Histogram {
  const number = (key: (typeof numberKeys)[number]): number => numbers.get(key) ?? 0;
  const list = (key: (typeof listKeys)[number]): number[] => lists.get(key) ?? [];
  return {
    schema: number("schema"),
    counterResetHint: hint ?? "unknown",
    zeroThreshold: number("z_bucket_w"),
    zeroCount: number("z_bucket"),
    count: number("count"),
    sum: number("sum"),
    positiveSpans: oneSpan(number("offset"), list("buckets").length),
    positiveBuckets: list("buckets"),
    negativeSpans: oneSpan(number("n_offset"), list("n_buckets").length),
    negativeBuckets: list("n_buckets"),
    customValues: list("custom_values"),
  };
}

function oneSpan(offset: number, length: number): Span[] {
  return length > 0 ? [{ offset, length }] : [];
}

/** The descriptor that reads back as the histogram, empty buckets at the ends dropped. */
export function printHistogramDescriptor(histogram: Histogram): string {
  const shown = compact(histogram);
  const parts: string[] = [];
  const addNumber = (key: string, value: number): void => {
    if (value !== 0) parts.push(`${key}:${printFloatG(value)}`);
  };
  addNumber("schema", shown.schema);
  addNumber("count", shown.count);
  addNumber("sum", shown.sum);
  addNumber("z_bucket", shown.zeroCount);
  addNumber("z_bucket_w", shown.zeroThreshold);
  if (shown.schema === customBucketsSchema) parts.push(`custom_values:${printList(shown.customValues)}`);
  if (shown.counterResetHint !== "unknown") parts.push(`counter_reset_hint:${shown.counterResetHint}`);
  parts.push(...printSide("", positiveSide(shown)), ...printSide("n_", negativeSide(shown)));
  return `{{${parts.join(" ")}}}`;
}

function printSide(prefix: string, side: Side): string[] {
  const first = side.indexes[0];
  if (first === undefined) return [];
  const counts: number[] = [];
  side.indexes.forEach((index, i) => {
    while (counts.length < index - first) counts.push(0);
    counts.push(side.counts[i] as number);
  });
  const buckets = `${prefix}buckets:${printList(counts)}`;
  return first === 0 ? [buckets] : [`${prefix}offset:${first}`, buckets];
}

function printList(values: readonly number[]): string {
  return `[${values.map(printFloatG).join(" ")}]`;
}
