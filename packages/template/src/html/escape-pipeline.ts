// Adds escapers to the end of a pipeline, so that the value passes through them before it is printed.
import type { CommandNode, IdentifierNode, PipeNode } from "../parse/ast.js";
import type { EscaperName } from "./escapers.js";

/** The predefined escaper that does what an escaper does; it then takes that one's place. */
const equivalents: Partial<Record<EscaperName, string>> = {
  _html_template_attrescaper: "html",
  _html_template_htmlescaper: "html",
  _html_template_rcdataescaper: "html",
  _html_template_urlescaper: "urlquery",
  _html_template_urlnormalizer: "urlquery",
};

export function appendEscapers(pipe: PipeNode, escapers: readonly EscaperName[]): PipeNode {
  const last = pipe.commands.at(-1);
  const first = last?.operands[0];
  const predefined =
    first?.kind === "identifier" && (first.name === "html" || first.name === "urlquery") ? first.name : undefined;
  if (!last || predefined === undefined) return append(pipe, pipe.commands, escapers);
  const names = escapers.map((escaper) => (equivalents[escaper] === predefined ? predefined : escaper));
  const isReplaced = names.includes(predefined);
  const before = pipe.commands.slice(0, -1);
  // {{html .A .B}} as the only command: its arguments are gathered, and html becomes a command of its own.
  if (before.length === 0 && last.operands.length > 1) {
    return append(pipe, [gather(last)], isReplaced ? names : [predefined, ...names]);
  }
  return append(pipe, isReplaced ? before : pipe.commands, names);
}

function gather(command: CommandNode): CommandNode {
  const { offset, operands } = command;
  return { ...command, operands: [{ kind: "identifier", offset, name: "_eval_args_" }, ...operands.slice(1)] };
}

function append(pipe: PipeNode, commands: readonly CommandNode[], names: readonly string[]): PipeNode {
  return { ...pipe, commands: [...commands, ...names.map((name) => commandOf(name, pipe.offset))] };
}

function commandOf(name: string, offset: number): CommandNode {
  const identifier: IdentifierNode = { kind: "identifier", offset, name };
  return { kind: "command", offset, operands: [identifier] };
}
