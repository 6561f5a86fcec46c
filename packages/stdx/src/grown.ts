// More room for columns that grow row by row.

const growth = 1.5;

/**
 * The column, or a longer copy of it where it has less than `length` elements: of half as many again at least. Floats are copied
 * bit for bit: whatever a NaN says survives.
 */
export function grown<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(column: T, length: number): T {
  if (length <= column.length) return column;
  const make = column.constructor as new (length: number) => T;
  const longer = new make(Math.max(length, Math.ceil(growth * column.length)));
  longer.set(column as never);
  return longer;
}
