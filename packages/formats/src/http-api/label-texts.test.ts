import { type Labels, labelsFrom } from "@narthex/model";
import { decodeUtf8 } from "@narthex/stdx";
import { expect, test } from "vitest";
import { JsonWriter } from "./json-writer.js";
import { LabelTexts } from "./label-texts.js";
import { writeQueryResult } from "./query-result.js";

function printed(series: readonly Labels[], labelTexts?: LabelTexts, partBytesMax?: number): string {
  let text = "";
  const take = (part: Uint8Array): void => {
    text += decodeUtf8(part);
  };
  const parts = partBytesMax === undefined ? undefined : { bytesMax: partBytesMax, take };
  const writer = new JsonWriter(64, { labelTexts, parts });
  const points = series.map((labels, i) => ({ labels, t: 1000 * i, v: i / 3 }));
  writeQueryResult(writer, { type: "vector", points }, { bucketsOf: () => [] });
  return text + decodeUtf8(writer.bytes());
}

const series = Array.from({ length: 40 }, (_, i) => labelsFrom({ __name__: "up", job: `"${i}"`, city: "Zürich" }));
const made = series.map((_, i) => labelsFrom({ job: `j${i}` }));

test("answers are the same when labels were printed before, also when there is not room for all", () => {
  for (const bytesMax of [100, 1000, 100_000]) {
    const texts = new LabelTexts(bytesMax);
    for (const some of [series, series.slice(3, 9), made, series]) {
      expect(printed(some, texts), `${bytesMax} bytes`).toBe(printed(some));
      expect(printed(some, texts, 150), `${bytesMax} bytes, in parts`).toBe(printed(some));
    }
  }
});

test("texts are remembered of stored series, until there is no room left", () => {
  const texts = new LabelTexts(1000);
  const [first, second] = series as [Labels, Labels];
  printed([first], texts);
  printed(made, texts);
  expect(texts.find(made[0] as Labels)).toBeUndefined();
  expect(decodeUtf8(texts.find(first) ?? new Uint8Array())).toBe(
    '{"metric":{"__name__":"up","city":"Zürich","job":"\\"0\\""}',
  );
  printed(series, texts);
  expect(texts.find(first)).toBeUndefined();
  expect(texts.find(second)).toBeUndefined();
});
