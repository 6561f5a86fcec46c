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
  /** After the name. */
  readonly args: readonly string[];
};

/** Resolves with the exit code. */
export type Run = (line: CommandLine) => Promise<number>;

/** The command whose words begin `args`, the longest name first; undefined when there is none. */
export function findCommand(commands: readonly Command[], args: readonly string[]): Command | undefined {
  const byLength = [...commands].sort((a, b) => b.name.length - a.name.length);
  return byLength.find((command) => command.name.split(" ").every((word, i) => args[i] === word));
}

/** Commands whose names start with the words given: what the user may have meant. */
export function commandsUnder(commands: readonly Command[], words: readonly string[]): Command[] {
  return commands.filter((command) => words.every((word, i) => command.name.split(" ")[i] === word));
}

export function printCommands(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return commands.map((command) => `  narthex ${command.name.padEnd(width)}  ${command.summary}`).join("\n");
}
