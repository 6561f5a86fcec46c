// Fields that Prometheus has and no code here acts upon yet. They are refused by name: a field that is silently ignored
// would make a server that looks configured and is not.
import { type Decoder, d, type OptionalDecoder } from "@narthex/service";

/** Refuses any value but null. */
export function unsupported(field: string): OptionalDecoder<undefined> {
  const refuse: Decoder<undefined> = (node) => node.fail(`not supported yet: ${field}`);
  return d.optional(refuse);
}

/** Decodes, and refuses every value but the default. */
export function unsupportedUnless<T>(decoder: Decoder<T>, initial: T, field: string): OptionalDecoder<T> {
  const check = (value: T, fail: (text: string) => never): T =>
    value === initial ? value : fail(`not supported yet: ${field} other than ${JSON.stringify(initial)}`);
  return d.withDefault(d.refine(decoder, check), initial);
}
