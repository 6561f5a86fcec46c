// Values under one printf verb, compound ones element by element: Go's fmt.
import { compareUtf8 } from "@narthex/stdx";
import {
  type IntegerValue,
  type ListValue,
  type MapValue,
  type StructValue,
  typeName,
  type Value,
} from "../value/value.js";
import { type Directive, pad, plainDirective } from "./directive.js";
import { formatBoolean, formatFloatVerb, formatInteger, formatText } from "./scalar.js";

/** As fmt.Sprint prints one operand, and as an action prints it. */
export function printValue(value: Value): string {
  if (typeof value === "string") return value;
  return formatValue(value, "v", plainDirective);
}

/** What a pointer points to: actions and escapers show that. */
export function dereferenced(value: Value): Value {
  const isPointer = typeof value === "object" && value?.kind === "struct" && value.type.isPointer && !value.type.print;
  return isPointer ? { ...value, type: { ...value.type, isPointer: false } } : value;
}

export function formatValue(value: Value, verb: string, directive: Directive): string {
  return formatAt(value, { verb, directive, depth: 0, isRaw: false });
}

interface Format {
  readonly verb: string;
  readonly directive: Directive;
  /** Levels of lists, maps and structs around the value. */
  readonly depth: number;
  /** Inside of a bad verb's report String methods are not called. */
  readonly isRaw: boolean;
}

/** Levels that are printed; data from outside may nest, but not endlessly. */
const depthMax = 100;

function formatAt(value: Value, format: Format): string {
  const { verb, directive, depth } = format;
  if (depth > depthMax) return "...";
  if (verb === "T") return formatText(typeName(value), "s", directive) as string;
  if (value === undefined || value === null) return formatNil(verb, format);
  const text = verb === "p" ? undefined : formatKind(value, format);
  return text ?? formatBadVerb(value, format);
}

function formatNil(verb: string, { directive, depth }: Format): string {
  if (depth > 0) return directive.sharpV ? "interface {}(nil)" : "<nil>";
  return verb === "v" ? pad("<nil>", { ...directive, zero: false }) : `%!${verb}(<nil>)`;
}

function formatBadVerb(value: Value, format: Format): string {
  return `%!${format.verb}(${typeName(value)}=${formatAt(value, { ...format, verb: "v", isRaw: true })})`;
}

const textVerbs = "vsxXq";

function formatKind(value: NonNullable<Value>, format: Format): string | undefined {
  const { verb, directive } = format;
  switch (typeof value) {
    case "boolean":
      return formatBoolean(value, verb, directive);
    case "number":
      return formatFloatVerb(value, verb, directive);
    case "bigint":
      return formatInteger(value, { verb }, directive);
    case "string":
      return formatText(value, verb, directive);
  }
  if (value.type.print && textVerbs.includes(verb) && !directive.sharpV && !format.isRaw) {
    return formatText(value.type.print(value), verb, directive);
  }
  switch (value.kind) {
    case "text":
      return formatText(value.text, verb, directive);
    case "integer":
      return formatNamedInteger(value, format);
    case "list":
      return formatList(value, format);
    case "map":
      return formatMap(value, format);
    case "struct":
      return formatStruct(value, format);
    case "time":
      return formatText(value.type.print?.(value) ?? "", "v", directive);
    case "function":
      // Go prints an address, which would differ from run to run.
      return value.type.name;
  }
}

function formatNamedInteger({ value, type }: IntegerValue, { verb, directive }: Format): string | undefined {
  return formatInteger(value, { verb, isUnsigned: type.name.startsWith("uint") }, directive);
}

function formatList({ items, type }: ListValue, format: Format): string {
  const inner = { ...format, depth: format.depth + 1 };
  if (format.directive.sharpV) return `${type.name}{${items.map((item) => formatAt(item, inner)).join(", ")}}`;
  return `[${items.map((item) => formatAt(item, inner)).join(" ")}]`;
}

function formatMap({ entries, type }: MapValue, format: Format): string {
  const inner = { ...format, depth: format.depth + 1 };
  const pairs = sortedKeys(entries).map((key) => `${formatAt(key, inner)}:${formatAt(entries.get(key), inner)}`);
  return format.directive.sharpV ? `${type.name}{${pairs.join(", ")}}` : `map[${pairs.join(" ")}]`;
}

export function sortedKeys(entries: ReadonlyMap<string, Value>): string[] {
  return [...entries.keys()].sort(compareUtf8);
}

function formatStruct({ fields, type }: StructValue, format: Format): string {
  const inner = { ...format, depth: format.depth + 1 };
  const goSyntax = format.directive.sharpV;
  const isNamed = format.directive.plusV || goSyntax;
  const parts = [...fields].map(([name, field]) =>
    isNamed ? `${name}:${formatAt(field, inner)}` : formatAt(field, inner),
  );
  const pointer = type.isPointer && format.depth === 0 ? "&" : "";
  if (goSyntax) return `${pointer}${type.name.replace(/^\*/, "")}{${parts.join(", ")}}`;
  return `${pointer}{${parts.join(" ")}}`;
}
