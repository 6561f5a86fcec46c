// The least of a protobuf writer, for bodies in tests: a message is a list of fields.
import { encodeUtf8 } from "@narthex/stdx";

export type Field = readonly number[];

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return bytes;
}

export function integer(field: number, value: number): Field {
  return [...varint(field << 3), ...varint(value)];
}

export function zigzag(field: number, value: number): Field {
  return integer(field, value < 0 ? -2 * value - 1 : 2 * value);
}

export function double(field: number, value: number): Field {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return [...varint((field << 3) | 1), ...new Uint8Array(view.buffer)];
}

/** A fixed64 or sfixed64. */
export function fixed(field: number, value: bigint): Field {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt.asIntN(64, value), true);
  return [...varint((field << 3) | 1), ...new Uint8Array(view.buffer)];
}

export function bytes(field: number, content: ArrayLike<number>): Field {
  return [...varint((field << 3) | 2), ...varint(content.length), ...Array.from(content)];
}

export function string(field: number, content: string): Field {
  return bytes(field, encodeUtf8(content));
}

export function message(field: number, ...fields: Field[]): Field {
  return bytes(field, fields.flat());
}

/** Repeated sint64, packed. */
export function packedZigzags(field: number, values: readonly number[]): Field {
  return bytes(field, values.flatMap((value) => varint(value < 0 ? -2 * value - 1 : 2 * value)));
}

/** Repeated double, packed. */
export function packedDoubles(field: number, values: readonly number[]): Field {
  return bytes(field, values.flatMap((value) => double(1, value).slice(1)));
}

/** Repeated fixed64, packed. */
export function packedFixed(field: number, values: readonly bigint[]): Field {
  return bytes(field, values.flatMap((value) => fixed(1, value).slice(1)));
}

/** Repeated uint64, packed. */
export function packedIntegers(field: number, values: readonly number[]): Field {
  return bytes(field, values.flatMap((value) => varint(value)));
}

/** Messages with their lengths before them, as a scrape body has them. */
export function delimited(...messages: readonly (readonly Field[])[]): Uint8Array {
  return Uint8Array.from(
    messages.flatMap((fields) => {
      const content = fields.flat();
      return [...varint(content.length), ...content];
    }),
  );
}
