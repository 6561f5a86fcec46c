// A command of the `narthex` program: a name of one or more words, a line of help, what it runs.
export type Command = {
  /** Words as typed: "exporter node". */
  readonly name: string;
  readonly summary: string;
  /** Imports what the command runs, so that a command loads no other's code. */
  readonly load: () => Promise<Run>;
};

/** What the user typed. */
export type CommandLine = {
  readonly name: string;
  readonly summary: string;
  /** Without the words of the name. */
  readonly args: readonly string[];
};

/** Resolves with the exit code. */
export type Run = (line: CommandLine) => Promise<number>;

export type FoundCommand = { readonly command: Command; readonly args: readonly string[] };

/**
 * The command whose words begin `args`, the longest name first; undefined when there is none. As in promtool and amtool,
 * flags may stand between the words; those of `valueFlags` take the argument behind them along.
 */
export function findCommand(
  commands: readonly Command[],
  args: readonly string[],
  valueFlags: ReadonlySet<string>,
): FoundCommand | undefined {
  const words = wordPlaces(args, valueFlags);
  const byLength = [...commands].sort((a, b) => b.name.length - a.name.length);
  const command = byLength.find(({ name }) => name.split(" ").every((word, i) => args[words[i] ?? -1] === word));
  if (!command) return undefined;
  const taken = new Set(words.slice(0, command.name.split(" ").length));
  return { command, args: args.filter((_, i) => !taken.has(i)) };
}

/** Where in `args` the words stand. */
function wordPlaces(args: readonly string[], valueFlags: ReadonlySet<string>): number[] {
  const places: number[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") break;
    if (!arg.startsWith("-")) places.push(i);
    else if (valueFlags.has(arg)) i++;
  }
  return places;
}

/** Commands whose names start with the words given: what the user may have meant. */
export function commandsUnder(commands: readonly Command[], words: readonly string[]): Command[] {
  return commands.filter((command) => words.every((word, i) => command.name.split(" ")[i] === word));
}

export function printCommands(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return commands.map((command) => `  narthex ${command.name.padEnd(width)}  ${command.summary}`).join("\n");
}
