// `receivers` of alertmanager.yml. What a list such as `slack_configs` may hold is the integration kind's to say.
import { type Decoder, d } from "@narthex/service";
import type { ConfiguredIntegration, KindContext } from "../notify/kind.js";
import { kinds, missingKinds } from "../notify/kinds.js";
import { checkSlackGlobals } from "../notify/slack/config.js";

export interface ReceiverConfig {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly integrations: readonly ConfiguredIntegration[];
}

export function receiverDecoder(context: KindContext): Decoder<ReceiverConfig> {
  const lists = kinds.map(
    (kind) => [`${kind.name}_configs`, d.withDefault(d.list(kind.decoder(context)), [])] as const,
  );
  const missing = missingKinds.map((name) => [`${name}_configs`, d.withDefault(missingDecoder(name), [])] as const);
  const shape = {
    name: d.withDefault(d.string, ""),
    labels: d.withDefault(d.map(d.string), {}),
    ...Object.fromEntries([...lists, ...missing]),
  };
  return d.refine(d.object("config.plain", shape), (fields, fail) => {
    if (fields.name === "") fail("missing name in receiver");
    const integrations = lists.flatMap(
      ([list]) => (fields as Record<string, unknown>)[list] as ConfiguredIntegration[],
    );
    return { name: fields.name, labels: { ...fields.labels, name: fields.name }, integrations };
  });
}

function missingDecoder(name: string): Decoder<readonly []> {
  return (node) => {
    if (node.isNull() || node.items()?.length === 0) return [];
    return node.fail(`receiver kind ${name} is not supported yet`);
  };
}

/** All receivers; names are unique. */
export function receiversDecoder(context: KindContext): Decoder<readonly ReceiverConfig[]> {
  const seen = new Set<string>();
  const unique = d.refine(receiverDecoder(context), (receiver, fail) => {
    if (seen.has(receiver.name)) fail(`notification config name ${JSON.stringify(receiver.name)} is not unique`);
    seen.add(receiver.name);
    return receiver;
  });
  return (node) => {
    checkSlackGlobals(context.global, (text) => node.fail(text));
    return d.list(unique)(node);
  };
}
