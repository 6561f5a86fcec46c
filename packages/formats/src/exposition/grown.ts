// Copies of columns with more room.

export function grownBytes(values: Uint8Array, size: number): Uint8Array {
  const larger = new Uint8Array(size);
  larger.set(values);
  return larger;
}

export function grownWords(values: Uint32Array, size: number): Uint32Array {
  const larger = new Uint32Array(size);
  larger.set(values);
  return larger;
}

export function grownFloats(values: Float64Array, size: number): Float64Array {
  const larger = new Float64Array(size);
  larger.set(values);
  return larger;
}
