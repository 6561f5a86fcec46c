// len, index and slice. Strings are indexed by byte, as in Go.
import { CallError } from "../errors.js";
import { type GoType, type ListValue, typeName, type Value } from "../value/value.js";

const byteType: GoType = { name: "uint8" };

function textOf(value: Value): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null && value.kind === "text" ? value.text : undefined;
}

export function lengthOf(value: Value): bigint {
  if (value === null) throw new CallError("len of nil pointer");
  if (value === undefined) throw new CallError("reflect: call of reflect.Value.Type on zero Value");
  const text = textOf(value);
  if (text !== undefined) return BigInt(Buffer.byteLength(text));
  if (typeof value === "object" && value.kind === "list") return BigInt(value.items.length);
  if (typeof value === "object" && value.kind === "map") return BigInt(value.entries.size);
  throw new CallError(`len of type ${typeName(value)}`);
}

export function indexInto([collection, ...indexes]: readonly Value[]): Value {
  if (collection === undefined || collection === null) throw new CallError("index of untyped nil");
  return indexes.reduce(indexOnce, collection);
}

function indexOnce(collection: Value, index: Value): Value {
  if (collection === undefined || collection === null) throw new CallError("index of nil pointer");
  const text = textOf(collection);
  if (text !== undefined) return byteAt(text, index);
  if (typeof collection === "object" && collection.kind === "list") {
    return collection.items[positionIn(index, collection.items.length - 1)];
  }
  if (typeof collection === "object" && collection.kind === "map") {
    if (index === undefined || index === null) throw new CallError("value is nil; should be of type string");
    const key = textOf(index);
    if (key === undefined) throw new CallError(`value has type ${typeName(index)}; should be string`);
    return collection.entries.has(key) ? collection.entries.get(key) : collection.type.zero;
  }
  throw new CallError(`can't index item of type ${typeName(collection)}`);
}

function byteAt(text: string, index: Value): Value {
  const bytes = Buffer.from(text);
  const position = positionIn(index, bytes.length - 1);
  return { kind: "integer", type: byteType, value: BigInt(bytes[position] as number) };
}

/** The index as a number from 0 to `last`. */
function positionIn(index: Value, last: number): number {
  if (index === undefined || index === null) throw new CallError("cannot index slice/array with nil");
  const position = typeof index === "object" && index.kind === "integer" ? index.value : index;
  if (typeof position !== "bigint") throw new CallError(`cannot index slice/array with type ${typeName(index)}`);
  if (position < 0n || position > BigInt(last)) throw new CallError(`index out of range: ${position}`);
  return Number(position);
}

export function sliceOf([collection, ...indexes]: readonly Value[]): Value {
  if (collection === undefined || collection === null) throw new CallError("slice of untyped nil");
  if (indexes.length > 3) throw new CallError(`too many slice indexes: ${indexes.length}`);
  const text = textOf(collection);
  if (typeof collection === "object" && collection.kind === "text") {
    return { ...collection, text: sliceText(collection.text, indexes) };
  }
  if (text !== undefined) return sliceText(text, indexes);
  if (typeof collection === "object" && collection.kind === "list") return sliceList(collection, indexes);
  throw new CallError(`can't slice item of type ${typeName(collection)}`);
}

function sliceText(text: string, indexes: readonly Value[]): string {
  if (indexes.length === 3) throw new CallError("cannot 3-index slice a string");
  const bytes = Buffer.from(text);
  const { start, end } = boundsOf(indexes, bytes.length);
  return bytes.subarray(start, end).toString("utf8");
}

function sliceList(list: ListValue, indexes: readonly Value[]): ListValue {
  const { start, end } = boundsOf(indexes, list.items.length);
  return { ...list, items: list.items.slice(start, end) };
}

function boundsOf(indexes: readonly Value[], length: number): { start: number; end: number } {
  const [start = 0, end = length, capacity = length] = indexes.map((index) => positionIn(index, length));
  if (start > end) throw new CallError(`invalid slice index: ${start} > ${end}`);
  if (end > capacity) throw new CallError(`invalid slice index: ${end} > ${capacity}`);
  return { start, end };
}
