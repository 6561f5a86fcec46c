// alertmanager.yml → Config. Sections are decoded in the order in which they depend on each other, not as written:
// receivers fall back on `global`, routes name receivers and time intervals.
import { type Decoder, d, parseYamlFile, YamlFile, type YamlNode } from "@narthex/service";
import type { MatcherParser } from "../matchers/parse.js";
import { type ConfiguredInterval, timeIntervalDecoder } from "../time-interval/decode.js";
import { fileDecoders } from "./file.js";
import { type GlobalConfig, globalDecoder } from "./global.js";
import { type InhibitRuleConfig, inhibitRuleDecoder } from "./inhibit.js";
import { type ReceiverConfig, receiversDecoder } from "./receiver.js";
import { type RouteConfig, rootRouteDecoder } from "./route.js";

export interface NamedIntervals {
  readonly name: string;
  readonly intervals: readonly ConfiguredInterval[];
}

export interface Config {
  readonly global: GlobalConfig;
  readonly route: RouteConfig;
  readonly receivers: readonly ReceiverConfig[];
  readonly inhibitRules: readonly InhibitRuleConfig[];
  readonly muteTimeIntervals: readonly NamedIntervals[];
  readonly timeIntervals: readonly NamedIntervals[];
  /** Globs, absolute. */
  readonly templates: readonly string[];
}

export interface ConfigSource {
  readonly file: string;
  readonly text: string;
  readonly parseMatchers: MatcherParser;
}

/** Bytes of a config file. */
export const configBytesMax: number = 10 * 1024 * 1024;

/** Throws ConfigError, which names file, line and column. */
export function parseConfig(source: ConfigSource): Config {
  return parseYamlFile(source.file, source.text, (root) => decodeConfig(root, source));
}

const asNode = d.optional((node: YamlNode) => node);

const sectionsDecoder = d.object("config.plain", {
  global: asNode,
  route: asNode,
  receivers: asNode,
  inhibit_rules: asNode,
  mute_time_intervals: asNode,
  time_intervals: asNode,
  templates: asNode,
  tracing: asNode,
  event_recorder: asNode,
});

function decodeConfig(root: YamlNode, { file: configFile, parseMatchers }: ConfigSource): Config {
  const sections = sectionsDecoder(root);
  for (const name of ["tracing", "event_recorder"] as const) sections[name]?.fail(`${name} is not supported yet`);
  const file = fileDecoders(configFile);
  // An absent `global` is an empty one: the decoder fills in the defaults.
  const global = globalDecoder(file)(sections.global ?? new YamlFile(configFile, "").root());
  const receivers = optionalList(sections.receivers, receiversDecoder({ global, file }));
  const muteTimeIntervals = namedIntervals(sections.mute_time_intervals, "mute time interval", []);
  const timeIntervals = namedIntervals(sections.time_intervals, "time interval", muteTimeIntervals);
  const intervalNames = [...muteTimeIntervals, ...timeIntervals].map((interval) => interval.name);
  const references = {
    parseMatchers,
    // Names of receivers that are wrong otherwise count too: one mistake is told once.
    receivers: new Set(sections.receivers ? namesIn(sections.receivers) : []),
    timeIntervals: new Set(intervalNames),
  };
  const routeNode = sections.route ?? root.fail("no route provided in config");
  return {
    global,
    route: rootRouteDecoder(references)(routeNode),
    receivers,
    inhibitRules: optionalList(sections.inhibit_rules, d.list(inhibitRuleDecoder(parseMatchers))),
    muteTimeIntervals,
    timeIntervals,
    templates: optionalList(sections.templates, d.list(file.path)),
  };
}

function namesIn(node: YamlNode): string[] {
  const fields = (node.items() ?? []).flatMap((item) => item.fields() ?? []);
  return fields.filter((field) => field.key === "name").flatMap((field) => field.value.text() ?? []);
}

function optionalList<T>(node: YamlNode | undefined, decoder: Decoder<readonly T[]>): readonly T[] {
  return node ? decoder(node) : [];
}

function namedIntervals(
  node: YamlNode | undefined,
  what: string,
  earlier: readonly NamedIntervals[],
): readonly NamedIntervals[] {
  const seen = new Set(earlier.map((interval) => interval.name));
  const decoder = d.object("config.plain", {
    name: d.withDefault(d.string, ""),
    time_intervals: d.withDefault(d.list(timeIntervalDecoder), []),
  });
  const named = d.refine(decoder, ({ name, time_intervals: intervals }, fail) => {
    if (name === "") fail(`missing name in ${what}`);
    if (seen.has(name)) fail(`${what} ${JSON.stringify(name)} is not unique`);
    seen.add(name);
    return { name, intervals };
  });
  return optionalList(node, d.list(named));
}
