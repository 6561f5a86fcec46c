import { labelsFrom, type Metadata } from "@narthex/model";
import { expect, it } from "vitest";
import { bytes, double, type Field, integer, message, string } from "../exposition/testdata/proto-encoder.js";
import { encodeWriteRequest, type WriteRequest } from "./write-request.js";

const request: WriteRequest = {
  series: [
    { labels: labelsFrom({ __name__: "a_bucket", le: "1" }), samples: [{ t: 1_700_000_000_123, v: 2.5 }] },
    { labels: labelsFrom({ __name__: "b" }), samples: [{ t: -5, v: Number.NaN }] },
  ],
  metadata: new Map<string, Metadata>([["a", { type: "histogram", help: "A.", unit: "" }]]),
};

function sample(t: readonly number[], v: number): Field {
  return message(2, double(1, v), [...t]);
}

const late = integer(2, 1_700_000_000_123);
// -5 as int64: ten bytes of two's complement.
const early = [0x10, 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];

it("encodes version 1: labels as texts, metadata by family", () => {
  const pair = (name: string, value: string): Field => message(1, string(1, name), string(2, value));
  expect([...encodeWriteRequest(request, "prometheus.WriteRequest")]).toEqual([
    ...message(1, pair("__name__", "a_bucket"), pair("le", "1"), sample(late, 2.5)),
    ...message(1, pair("__name__", "b"), sample(early, Number.NaN)),
    ...message(3, integer(1, 3), string(2, "a"), string(4, "A.")),
  ]);
});

it("encodes version 2: labels as symbols, metadata with each series", () => {
  const symbols = ["", "__name__", "a_bucket", "le", "1", "A.", "b"];
  expect([...encodeWriteRequest(request, "io.prometheus.write.v2.Request")]).toEqual([
    ...symbols.flatMap((symbol) => string(4, symbol)),
    ...message(5, bytes(1, [1, 2, 3, 4]), sample(late, 2.5), message(5, integer(1, 3), integer(3, 5))),
    ...message(5, bytes(1, [1, 6]), sample(early, Number.NaN), message(5)),
  ]);
});
