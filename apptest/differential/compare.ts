// Whether two answers of the query API say the same: the same series, the same times, values within 1e-9 of each other.

export type Answer =
  | { readonly status: "success"; readonly data: AnswerData }
  | { readonly status: "error"; readonly errorType: string; readonly error: string };

type AnswerData = {
  readonly resultType: string;
  readonly result: readonly unknown[];
  readonly stats?: {
    readonly samples: {
      readonly totalQueryableSamples: number;
      readonly totalQueryableSamplesPerStep?: Counts;
    };
  };
};

type Series = {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: Points;
  readonly histogram?: HistogramPoint;
  readonly histograms?: readonly HistogramPoint[];
};

type HistogramPoint = readonly [
  number,
  {
    readonly count: string;
    readonly sum: string;
    readonly buckets?: readonly (readonly [rule: number, lower: string, upper: string, count: string])[];
  },
];

const relativeMax = 1e-9;

/** The first difference in words; undefined when there is none. */
export function difference(ours: Answer, theirs: Answer): string | undefined {
  if (ours.status === "error" || theirs.status === "error") {
    const [own, their] = [ours, theirs].map((answer) => (answer.status === "error" ? answer.errorType : "an answer"));
    if (own === their) return undefined;
    const texts = [ours, theirs].map((answer) => (answer.status === "error" ? answer.error : "")).join(" | ");
    return `${own} instead of ${their}: ${texts}`;
  }
  if (ours.data.resultType !== theirs.data.resultType) {
    return `type ${ours.data.resultType} instead of ${theirs.data.resultType}`;
  }
  if (theirs.data.resultType === "string") {
    const [own, their] = [ours, theirs].map(({ data }) => JSON.stringify(data.result));
    return own === their ? undefined : `${own} instead of ${their}`;
  }
  if (theirs.data.resultType === "scalar") return differenceInPoints([pointOf(ours.data)], [pointOf(theirs.data)]);
  const own = bySeries(ours.data.result as Series[]);
  const their = bySeries(theirs.data.result as Series[]);
  for (const key of their.keys()) if (!own.has(key)) return `no series ${key}`;
  for (const [key, series] of own) {
    const other = their.get(key);
    if (!other) return `series ${key} too many`;
    const found = differenceInPoints(points(series), points(other));
    if (found) return `${key}: ${found}`;
  }
  return undefined;
}

type Counts = readonly (readonly [number, number])[];

/** The first difference between the samples that steps looked at; ours are to be `factor` times theirs. */
export function differenceInCounts(ours: Answer, theirs: Answer, factor: number): string | undefined {
  if (ours.status === "error" || theirs.status === "error") return undefined;
  const own = ours.data.stats?.samples.totalQueryableSamplesPerStep ?? [];
  const their = theirs.data.stats?.samples.totalQueryableSamplesPerStep ?? [];
  if (their.length === 0) return "no counts to compare with";
  for (let i = 0; i < Math.max(own.length, their.length); i++) {
    const [ownTime, count] = own[i] ?? [];
    const [theirTime, other] = their[i] ?? [];
    if (ownTime !== theirTime) return `counts of ${ownTime} instead of ${theirTime}`;
    if (count !== factor * (other as number)) return `${count} samples instead of ${other} at step ${i}`;
  }
  return undefined;
}

function pointOf({ result }: AnswerData): Points[number] {
  return [Number(result[0]), String(result[1])];
}

/** The first place at which the series of two vectors differ. */
export function differenceInOrder(ours: Answer, theirs: Answer): string | undefined {
  if (ours.status === "error" || theirs.status === "error") return undefined;
  const [own, their] = [ours, theirs].map(({ data }) => [...bySeries(data.result as Series[]).keys()]);
  const at = (their ?? []).findIndex((key, i) => key !== own?.[i]);
  return at < 0 ? undefined : `${own?.[at]} instead of ${their?.[at]} at place ${at}`;
}

function bySeries(result: readonly Series[]): Map<string, Series> {
  return new Map(result.map((series) => [JSON.stringify(Object.entries(series.metric).sort()), series]));
}

function points({ value, values, histogram, histograms }: Series): Points {
  const all = histograms ?? (histogram ? [histogram] : []);
  return [...(values ?? (value ? [value] : [])), ...all.flatMap(numbersOf)];
}

/** All that a histogram says, as points of its time. */
function numbersOf([t, { count, sum, buckets = [] }]: HistogramPoint): Points {
  return [count, sum, ...buckets.flat()].map((number) => [t, String(number)]);
}

type Points = readonly (readonly [number, string])[];

function differenceInPoints(ours: Points, theirs: Points): string | undefined {
  const scale = largest(theirs);
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const [ownTime, own] = ours[i] ?? [];
    const [theirTime, their] = theirs[i] ?? [];
    if (ownTime !== theirTime) return `a point at ${ownTime} instead of ${theirTime}`;
    if (!isClose(Number(own), Number(their), scale)) return `${own} instead of ${their} at ${ownTime}`;
  }
  return undefined;
}

function largest(all: Points): number {
  return all.reduce((most, [, v]) => (Number.isFinite(Number(v)) ? Math.max(most, Math.abs(Number(v))) : most), 0);
}

// What cancellation leaves of large terms is noise in either system: it may be as large as 1e-9 of the series' largest value.
function isClose(a: number, b: number, scale: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  return Math.abs(a - b) <= relativeMax * Math.max(Math.abs(a), Math.abs(b), scale);
}
