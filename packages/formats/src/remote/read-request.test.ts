import { expect, it } from "vitest";
import { bytes, type Field, integer, message, string } from "../exposition/testdata/proto-encoder.js";
import {
  decodeReadRequest,
  encodeReadRequest,
  negotiateReadResponse,
  readMatchersMax,
  readMatchersTotalMax,
  readQueriesMax,
  readTypesMax,
} from "./read-request.js";

function decode(...fields: Field[]): ReturnType<typeof decodeReadRequest> {
  return decodeReadRequest(Uint8Array.from(fields.flat()));
}

const matcher = (type: number, name: string, value: string): Field =>
  message(3, integer(1, type), string(2, name), string(3, value));
const start = integer(1, -5);
const end = integer(2, 1_700_000_000_123);

it("reads queries with their matchers and hints, and the answers that are accepted, packed or not", () => {
  const hints = message(4, integer(1, 15_000), string(2, "rate"), integer(3, 1), integer(4, 2), string(5, "job"));
  const first = message(1, start, end, matcher(0, "a", "b"), matcher(1, "c", ""), matcher(2, "d", "e.*"), hints);
  expect(decode(first, message(1, matcher(3, "é", "f")), bytes(2, [1, 0]), integer(2, 7))).toEqual({
    queries: [
      {
        start: -5,
        end: 1_700_000_000_123,
        matchers: [
          { type: "=", name: "a", value: "b" },
          { type: "!=", name: "c", value: "" },
          { type: "=~", name: "d", value: "e.*" },
        ],
        hints: { start: 1, end: 2, step: 15_000, func: "rate" },
      },
      { start: 0, end: 0, matchers: [{ type: "!~", name: "é", value: "f" }], hints: undefined },
    ],
    acceptedTypes: [1, 0, 7],
  });
});

it("says what is wrong with a request, and where", () => {
  const whole = message(1, matcher(2, "a", "b"));
  const cases: [Field, string][] = [
    [whole.slice(0, -1), "unexpected end of data at byte 2"],
    [message(1, matcher(4, "a", "b")), "invalid matcher type 4 at byte 12"],
    [message(1, string(1, "x")), "wrong wire type 2 for field 1 at byte 5"],
    [[0x00], "illegal protobuf tag at byte 1"],
  ];
  for (const [request, text] of cases) expect(() => decode(request)).toThrow(text);
});

it("has at most so many queries and matchers", () => {
  const queries = Array.from({ length: readQueriesMax }, () => message(1, end));
  expect(decode(...queries).queries.length).toBe(readQueriesMax);
  expect(() => decode(...queries, message(1))).toThrow(`more than ${readQueriesMax} queries at byte`);
  const matchers = Array.from({ length: readMatchersMax + 1 }, () => matcher(0, "a", "b"));
  expect(() => decode(message(1, ...matchers))).toThrow(`more than ${readMatchersMax} matchers at byte`);
  const full = message(1, ...matchers.slice(1));
  const many = Array.from({ length: readMatchersTotalMax / readMatchersMax }, () => full);
  expect(decode(...many).queries.length).toBe(many.length);
  expect(() => decode(...many, message(1, matcher(0, "a", "b")))).toThrow(`more than ${readMatchersTotalMax} matchers`);
  const types = bytes(2, new Uint8Array(readTypesMax));
  expect(() => decode(types)).toThrow(`more than ${readTypesMax} bytes of response types`);
});

it("answers with the first type that is known, and with samples where none is asked for", () => {
  expect(negotiateReadResponse([])).toBe("SAMPLES");
  expect(negotiateReadResponse([0, 1])).toBe("SAMPLES");
  expect(negotiateReadResponse([9, 1, 0])).toBe("STREAMED_XOR_CHUNKS");
  expect(negotiateReadResponse([9])).toBeUndefined();
});

it("writes requests that it reads", () => {
  const queries = [
    {
      start: -5,
      end: 1_700_000_000_123,
      matchers: [
        { type: "=", name: "a", value: "b" },
        { type: "!~", name: "é", value: "" },
      ],
      hints: { start: -5, end: 7, step: 15_000, func: "series" },
    },
    { start: 0, end: 0, matchers: [], hints: undefined },
  ] as const;
  expect(decodeReadRequest(encodeReadRequest(queries, ["STREAMED_XOR_CHUNKS", "SAMPLES"]))).toEqual({
    queries,
    acceptedTypes: [1, 0],
  });
});
