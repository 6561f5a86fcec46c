// Keys of attributes → names of labels.
import { quote } from "@narthex/model";
import type { OtlpConfig } from "../config/otlp.js";
import { TranslationError } from "./error.js";
import { escapesNames } from "./metric-name.js";

type Options = Pick<
  OtlpConfig,
  "translation_strategy" | "label_name_underscore_sanitization" | "label_name_preserve_multiple_underscores"
>;

/** Throws TranslationError where nothing but underscores would be left. */
export function translateLabelName(key: string, options: Options): string {
  if (key === "") throw new TranslationError('normalization for label name "" resulted in empty name');
  if (!escapesNames(options.translation_strategy)) return key;
  const escaped = options.label_name_preserve_multiple_underscores ? key.replace(/[^a-zA-Z0-9]/gu, "_") : collapse(key);
  const name = withPrefix(escaped, options.label_name_underscore_sanitization);
  if (/[^_]/.test(name)) return name;
  throw new TranslationError(`normalization for label name ${quote(key)} resulted in invalid name ${quote(name)}`);
}

/** Reserved names keep their two underscores at both ends. */
function collapse(key: string): string {
  const isReserved = key.length >= 4 && key.startsWith("__") && key.endsWith("__");
  const inner = isReserved ? key.slice(2, -2) : key;
  const collapsed = inner.replace(/[^a-zA-Z0-9]+/gu, "_");
  return isReserved ? `__${collapsed}__` : collapsed;
}

function withPrefix(name: string, isPrefixed: boolean): string {
  if (/^\d/.test(name)) return `key_${name}`;
  return isPrefixed && /^_(?!_)/.test(name) ? `key${name}` : name;
}

/** Remembers names: a request has few keys, in many places. */
export class LabelNames {
  readonly #options: Options;
  readonly #names = new Map<string, string>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Throws TranslationError. */
  of(key: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = translateLabelName(key, this.#options);
    this.#names.set(key, name);
    return name;
  }
}
