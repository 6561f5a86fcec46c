import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeMarkers, encodeMarkers } from "./markers.js";

test("the documented marker has the documented bytes", () => {
  const text = readFileSync(new URL("../../../../docs/formats/wbl.md", import.meta.url), "utf8");
  const hex = /^ {4}(05 [0-9a-f ]+)$/m.exec(text)?.[1] ?? "";
  const marker = { ref: 7, file: 1, position: 8 };
  const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  expect(decodeMarkers(bytes)).toEqual([marker]);
  expect(encodeMarkers([marker])).toEqual(bytes);
});
