// The cache against a Map from key text to slot, over bodies that keep, drop, insert, shuffle and repeat lines.
import { labelsKey } from "@narthex/model";
import { encodeUtf8, type Random, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import { ParseError } from "./parse-error.js";
import { scanExposition } from "./parser.js";
import { SeriesCache } from "./series-cache.js";

const seed = Number(process.env["SEED"] ?? 20_260);
const scrapes = Number(process.env["STEPS"] ?? 400);

const keyForms: readonly ((n: number) => string)[] = [
  (n) => `m${n}`,
  (n) => `m${n}_total`,
  (n) => `m{n="${n}"}`,
  (n) => `m{n="${n}",text="a \\"b\\" {x} # "}`,
  (n) => `{"m.${n}",n="é${n}"}`,
];

function anyKey(random: Random): string {
  const form = keyForms[Math.floor(random() * keyForms.length)]!;
  return form(Math.floor(random() * 60));
}

function mutate(lines: string[], random: Random): string[] {
  const next = lines.filter(() => random() > 0.05);
  for (let n = Math.floor(random() * 4); n > 0; n--) next.splice(Math.floor(random() * next.length), 0, anyKey(random));
  if (random() < 0.05) next.sort(() => random() - 0.5);
  if (random() < 0.02) next.length = 0;
  return next;
}

class NaiveCache {
  slots: Map<string, number> = new Map();

  /** Checks the slots of one scrape's rows against the last one's. */
  scan(keys: string[], columns: ExpositionColumns, vanished: number[]): void {
    const next = new Map<string, number>();
    const newRows: number[] = [];
    keys.forEach((key, row) => {
      const slot = columns.slots[row]!;
      const known = next.get(key) ?? this.slots.get(key);
      if (known === undefined) newRows.push(row);
      else expect(slot, key).toBe(known);
      next.set(key, slot);
    });
    expect(columns.newRows).toEqual(newRows);
    expect(new Set(next.values()).size).toBe(next.size);
    const gone = [...this.slots].filter(([key]) => !next.has(key)).map(([, slot]) => slot);
    expect(new Set(vanished)).toEqual(new Set(gone));
    expect(vanished.length).toBe(gone.length);
    this.slots = next;
  }
}

/** A target, whose lines often stay as they are, and at times become those of another. */
interface Subject {
  readonly cache: SeriesCache;
  readonly naive: NaiveCache;
  keys: string[];
}

it(`maps keys to slots as a Map does (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const into = new ExpositionColumns();
  const subjects = Array.from(
    { length: 4 },
    (): Subject => ({ cache: new SeriesCache(into.lineLayouts), naive: new NaiveCache(), keys: [] }),
  );
  let shared = 0;
  for (let scrape = 0; scrape < scrapes; scrape++) {
    const subject = subjects[Math.floor(random() * subjects.length)] as Subject;
    const { cache, naive } = subject;
    if (random() < 0.1) subject.keys = subjects[Math.floor(random() * subjects.length)]!.keys;
    else if (random() < 0.4) subject.keys = mutate(subject.keys, random);
    const { keys } = subject;
    const body = encodeUtf8(keys.map((key, row) => `${key} ${row}\n`).join(""));
    if (random() < 0.1) {
      const broken = encodeUtf8(`${[...keys, anyKey(random)].map((key) => `${key} 1\n`).join("")}broken\n`);
      expect(() => scanExposition(broken, "PrometheusText0.0.4", { into, cache })).toThrow(ParseError);
    }
    const vanished = scanExposition(body, "PrometheusText0.0.4", { into, cache });
    naive.scan(keys, into, vanished);
    expect(cache.size).toBe(naive.slots.size);
    expect([...into.v.subarray(0, into.count)]).toEqual(keys.map((_, row) => row));
    if (subjects.some((other) => other !== subject && cache.layout && other.cache.layout === cache.layout)) shared++;
  }
  expect(shared).toBeGreaterThan(scrapes / 50);
});

it("reads the same rows with a cache and without", () => {
  const random = randomFrom(seed + 1);
  const cache = new SeriesCache();
  const cached = new ExpositionColumns();
  const plain = new ExpositionColumns();
  for (let n = 0; n < 100; n++) {
    // A name, then the same name with blanks and labels: the cached key is a prefix of the line.
    const body = encodeUtf8(random() < 0.5 ? 'm 1\nm2{a="b"} 1\n' : 'm {a="b"} 1\nm2 1\nm23 1\n');
    scanExposition(body, "PrometheusText0.0.4", { into: cached, cache });
    scanExposition(body, "PrometheusText0.0.4", { into: plain, cache: new SeriesCache() });
    const rows = (columns: ExpositionColumns): string[] =>
      Array.from({ length: columns.count }, (_, row) => labelsKey(columns.labelsAt(row)));
    expect(rows(cached)).toEqual(rows(plain));
  }
});
