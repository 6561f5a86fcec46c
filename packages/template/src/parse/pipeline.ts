// Pipelines, commands and operands: what stands inside of one action.
import { printToken, type Token, type TokenKind } from "../lex/token.js";
import type { CommandNode, Operand, PipeNode } from "./ast.js";
import { type Cursor, fail, failUnexpected, nested, next, nextWord, peek, peekWord } from "./cursor.js";
import { parseCharacter, parseNumber, unquote } from "./literal.js";
import { printNode } from "./printer.js";

interface PipelineForm {
  /** "if", "range", "command", …: what errors call it. */
  readonly context: string;
  readonly close: "rightDelim" | "rightParen";
}

/** Up to and including the closing token. Declared variables stay in scope. */
export function parsePipeline(cursor: Cursor, form: PipelineForm): PipeNode {
  const { offset } = peekWord(cursor);
  const { variables, isAssign } = parseDeclarations(cursor, form.context);
  const commands = parseCommands(cursor, form);
  commands.forEach((command, i) => {
    if (i > 0 && isConstant(command.operands[0] as Operand)) {
      fail(cursor, `non executable command in pipeline stage ${i + 1}`);
    }
  });
  return { kind: "pipe", offset, isAssign, variables, commands };
}

function isConstant({ kind }: Operand): boolean {
  return kind === "bool" || kind === "dot" || kind === "nil" || kind === "number" || kind === "string";
}

interface Declarations {
  readonly variables: string[];
  readonly isAssign: boolean;
}

function parseDeclarations(cursor: Cursor, context: string): Declarations {
  const variables: string[] = [];
  for (;;) {
    const start = cursor.index;
    const token = peekWord(cursor);
    if (token.kind !== "variable") return { variables, isAssign: false };
    next(cursor);
    const following = peekWord(cursor);
    if (following.kind === "assign" || following.kind === "declare") {
      next(cursor);
      variables.push(token.text);
      if (following.kind === "declare") cursor.variables.push(token.text);
      return { variables, isAssign: following.kind === "assign" };
    }
    if (following.kind !== "character" || following.text !== ",") {
      cursor.index = start;
      return { variables, isAssign: false };
    }
    parseFurtherDeclaration(cursor, { token, variables, context });
  }
}

/** After the comma: only `range` takes two. */
function parseFurtherDeclaration(cursor: Cursor, state: { token: Token; variables: string[]; context: string }): void {
  const { token, variables, context } = state;
  next(cursor);
  variables.push(token.text);
  if (context !== "range" || variables.length > 1) fail(cursor, `too many declarations in ${context}`);
  const following = peekWord(cursor);
  if (following.kind !== "variable" && following.kind !== "rightDelim" && following.kind !== "rightParen") {
    fail(cursor, "range can only initialize variables");
  }
  cursor.variables.push(token.text);
}

function parseCommands(cursor: Cursor, { context, close }: PipelineForm): CommandNode[] {
  const commands: CommandNode[] = [];
  for (;;) {
    const token = peekWord(cursor);
    if (token.kind === close) {
      next(cursor);
      if (commands.length === 0) fail(cursor, `missing value for ${context}`, token);
      return commands;
    }
    if (!startsOperand(token.kind)) failUnexpected(cursor, token, context);
    commands.push(parseCommand(cursor));
  }
}

const operandStarts: ReadonlySet<TokenKind> = new Set([
  "bool",
  "char",
  "dot",
  "field",
  "identifier",
  "number",
  "nil",
  "rawString",
  "string",
  "variable",
  "leftParen",
]);

function startsOperand(kind: TokenKind): boolean {
  return operandStarts.has(kind);
}

/** Operands separated by space, up to a pipe, which it takes, or a closing token, which it leaves. */
function parseCommand(cursor: Cursor): CommandNode {
  const { offset } = peekWord(cursor);
  const operands: Operand[] = [];
  for (;;) {
    peekWord(cursor);
    const operand = parseOperand(cursor);
    if (operand) operands.push(operand);
    const token = next(cursor);
    if (token.kind === "space") continue;
    if (token.kind === "pipe") break;
    if (token.kind !== "rightDelim" && token.kind !== "rightParen") failUnexpected(cursor, token, "operand");
    cursor.index--;
    break;
  }
  if (operands.length === 0) fail(cursor, "empty command");
  return { kind: "command", offset, operands };
}

function parseOperand(cursor: Cursor): Operand | undefined {
  const term = parseTerm(cursor);
  const { offset, kind } = peek(cursor);
  if (!term || kind !== "field") return term;
  const names: string[] = [];
  while (peek(cursor).kind === "field") names.push(next(cursor).text.slice(1));
  switch (term.kind) {
    case "field":
      return { ...term, offset, names: [...term.names, ...names] };
    case "variable":
      return { ...term, offset, names: [...term.names, ...names] };
    case "bool":
    case "string":
    case "number":
    case "nil":
    case "dot":
      return fail(cursor, `unexpected . after term ${JSON.stringify(printNode(term))}`);
    case "identifier":
    case "pipe":
    case "chain":
      return { kind: "chain", offset, operand: term, names };
  }
}

/** Undefined, with nothing taken, where no operand begins. */
function parseTerm(cursor: Cursor): Operand | undefined {
  const token = nextWord(cursor);
  const { offset, text } = token;
  switch (token.kind) {
    case "identifier":
      if (!cursor.hasFunction(text)) fail(cursor, `function ${JSON.stringify(text)} not defined`, token);
      return { kind: "identifier", offset, name: text };
    case "dot":
    case "nil":
      return { kind: token.kind, offset };
    case "variable":
      if (!cursor.variables.includes(text)) fail(cursor, `undefined variable ${JSON.stringify(text)}`, token);
      return { kind: "variable", offset, variable: text, names: [] };
    case "field":
      return { kind: "field", offset, names: [text.slice(1)] };
    case "bool":
      return { kind: "bool", offset, value: text === "true" };
    case "char":
    case "number":
    case "string":
    case "rawString":
      return parseLiteral(cursor, token);
    case "leftParen":
      return nested(cursor, () => parsePipeline(cursor, { context: "parenthesized pipeline", close: "rightParen" }));
    case "error":
      return fail(cursor, printToken(token), token);
  }
  if (token.kind !== "end") cursor.index--;
  return undefined;
}

function parseLiteral(cursor: Cursor, token: Token): Operand {
  const { offset, text } = token;
  try {
    if (token.kind === "number") return { kind: "number", offset, text, ...parseNumber(text) };
    if (token.kind !== "char") return { kind: "string", offset, text, value: unquote(text) };
    const integer = parseCharacter(text);
    return { kind: "number", offset, text, integer, float: Number(integer), isFloatForm: false };
  } catch (error) {
    return fail(cursor, (error as Error).message, token);
  }
}
