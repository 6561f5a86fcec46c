import type { Decoder } from "@narthex/service";

/** A decoder for each field: written out as a type, so that a section's type stands in one place and is exported. */
export type ShapeOf<T> = { readonly [Key in keyof T]: Decoder<T[Key]> };

/** A decoded value with the place it came from, for checks that need other parts of the file first. */
export type Located<T> = { readonly value: T; readonly fail: (text: string) => never };

export function located<T>(decoder: Decoder<T>): Decoder<Located<T>> {
  return (node) => ({ value: decoder(node), fail: (text) => node.fail(text) });
}

/** Items of a list where null is a mistake of its own. */
export function nonNull<T>(decoder: Decoder<T>, text: string): Decoder<T> {
  return (node) => (node.isNull() ? node.fail(text) : decoder(node));
}
