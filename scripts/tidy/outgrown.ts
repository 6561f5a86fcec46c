// Files ("path") and functions ("path#name") past the limit, with their present lines. Entries may only shrink.
export const outgrown: Readonly<Record<string, number>> = {};

// Functions ("path#name") that take more than three parameters, with their number and the reason beside it.
export const functionParametersAllowed: Readonly<Record<string, number>> = {
  // The hot loop of ingestion: primitive arguments, so that nothing is allocated per sample.
  "packages/tsdb/src/chunk/xor-encode.ts#appendXor": 5,
  "packages/tsdb/src/chunk/xor-encode.ts#writeXor": 5,
  "packages/tsdb/src/chunk/xor-encode.ts#writeMiddle": 6,
};
