import { labelsToRecord } from "@narthex/model";
import { encodeUtf8 } from "@narthex/stdx";
import { expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import { openMetricsPieces, type PieceOptions } from "./pieces.js";

function rows(text: string, options: PieceOptions): string[] {
  const bytes = encodeUtf8(text);
  const source = {
    read(target: Uint8Array, position: number): number {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return part.length;
    },
  };
  const found: string[] = [];
  for (const columns of openMetricsPieces(source, new ExpositionColumns(), options)) {
    for (let row = 0; row < columns.count; row++) {
      found.push(`${JSON.stringify(labelsToRecord(columns.labelsAt(row)))} ${columns.v[row]} ${columns.t[row]}`);
    }
  }
  return found;
}

const text = `# TYPE h histogram
h_bucket{le="1"} 1 1
h_bucket{le="2"} 2 1
h_bucket{le="+Inf"} 3 1
# TYPE g gauge
${Array.from({ length: 50 }, (_, i) => `g{i="${i}"} ${i} ${i}.5\n`).join("")}# EOF
`;

it.each([16, 17, 40, 64, 100, 500, 1_000_000])("reads the same in pieces of %i bytes", (pieceBytes) => {
  expect(rows(text, { pieceBytes })).toEqual(rows(text, {}));
});

it.each([
  ["a 1 1\n", "data does not end with # EOF", 2],
  [`${"a 1 1\n".repeat(20)}a{ 1\n# EOF\n`, "expected label name", 21],
  [`# TYPE a gauge\n${"a 1 1\n".repeat(20)}a x\n# EOF\n`, "strconv.ParseFloat", 22],
  [`${"a 1 1\n".repeat(20)}# EOF\n${"a 1 1\n".repeat(20)}# EOF\n`, "unexpected data after # EOF", 22],
])("says where the mistake is: %j", (wrong, message, line) => {
  for (const pieceBytes of [20, 64, 1_000_000]) {
    let error: unknown;
    try {
      rows(wrong, { pieceBytes });
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ message: expect.stringContaining(message), line });
  }
});

it("refuses a line that is longer than a line may be", () => {
  const long = `a{b="${"x".repeat(300)}"} 1 1\n# EOF\n`;
  expect(rows(long, { pieceBytes: 16, lineBytesMax: 512 })).toHaveLength(1);
  expect(() => rows(long, { pieceBytes: 16, lineBytesMax: 256 })).toThrow("line longer than 256 bytes");
});
