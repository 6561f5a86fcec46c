// `narthex tool promql …`: prints expressions anew, or with other label matchers.
import { isLabelName, type MatchType, matcherFrom } from "@narthex/model";
import {
  deleteMatcher,
  type Expression,
  ParseError,
  parseExpression,
  prettyPrint,
  promqlFeatures,
  setMatcher,
} from "@narthex/promql";
import {
  booleanFlag,
  type FlagSpec,
  type FlagTable,
  type FlagValues,
  parseCommandLine,
  stringFlag,
  UsageError,
} from "@narthex/service";
import type { CommandLine, Run } from "../command.js";

const commonFlags: { readonly experimental: FlagSpec<boolean> } = {
  experimental: booleanFlag(false, "Accepted: in promtool these commands ask for it."),
};

const setFlags = {
  ...commonFlags,
  type: stringFlag("=", "Type of the label matcher to set.", { short: "t", choices: ["=", "!=", "=~", "!~"] }),
} satisfies FlagTable;

export const runPromqlFormat: Run = async (line) =>
  edit(line, { table: commonFlags, words: "<query>" }, ({ expression }) => expression);

export const runMatchersSet: Run = async (line) =>
  edit(line, { table: setFlags, words: "<query> <name> <value>" }, ({ expression, flags, words }) => {
    const [, name, value] = words as [string, string, string];
    if (!isLabelName(name, "utf8")) throw new UsageError(`${JSON.stringify(name)} is not a label name`);
    return setMatcher(expression, matcherFrom(flags.type as MatchType, name, value));
  });

export const runMatchersDelete: Run = async (line) =>
  edit(line, { table: commonFlags, words: "<query> <name>" }, ({ expression, words }) =>
    deleteMatcher(expression, words[1] as string),
  );

type Edit<T extends FlagTable> = (parsed: {
  readonly expression: Expression;
  readonly flags: FlagValues<T>;
  readonly words: readonly string[];
}) => Expression;

function edit<T extends FlagTable>(
  { name, summary, args }: CommandLine,
  usage: { readonly table: T; readonly words: string },
  change: Edit<T>,
): number {
  const request = { name: `narthex ${name}`, description: summary, args, ...usage, hasDashedWords: true };
  const { flags, words } = parseCommandLine(request);
  try {
    const expression = parseExpression(words[0] as string, { features: new Set(promqlFeatures) });
    process.stdout.write(`${prettyPrint(change({ expression, flags, words }))}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
