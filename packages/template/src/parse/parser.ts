// Tokens → trees: one for the text itself and one for each {{define}} and {{block}} in it.
// Comes from: lex/lexer. Goes to: template-set. Names of variables and functions are checked here, as Go does.
import { scanTokens } from "../lex/lexer.js";
import { printToken, type Token } from "../lex/token.js";
import type { BranchNode, Node, TemplateNode, TemplateSource, TemplateTree } from "./ast.js";
import { type Cursor, expect, fail, failUnexpected, nested, next, nextWord, peekWord } from "./cursor.js";
import { unquote } from "./literal.js";
import { parsePipeline } from "./pipeline.js";

export interface ParseOptions {
  readonly hasFunction: (name: string) => boolean;
}

/** The trees of `source`, the text's own last. Throws TemplateError. */
export function parseTrees(source: TemplateSource, options: ParseOptions): TemplateTree[] {
  const parser: Parser = {
    trees: [],
    cursor: {
      source,
      tokens: scanTokens(source.text),
      hasFunction: options.hasFunction,
      variables: ["$"],
      index: 0,
      rangeDepth: 0,
      depth: 0,
    },
  };
  const nodes = parseTop(parser);
  addTree(parser, { name: source.name, source, nodes });
  return parser.trees;
}

interface Parser {
  readonly cursor: Cursor;
  readonly trees: TemplateTree[];
}

/** Of two definitions with content the second is an error; an empty one gives way. */
function addTree(parser: Parser, tree: TemplateTree): void {
  const at = parser.trees.findIndex(({ name }) => name === tree.name);
  const earlier = parser.trees[at];
  if (!earlier || isEmptyTree(earlier.nodes)) {
    if (earlier) parser.trees.splice(at, 1);
    parser.trees.push(tree);
  } else if (!isEmptyTree(tree.nodes)) {
    fail(parser.cursor, `template: multiple definition of template ${JSON.stringify(tree.name)}`);
  }
}

/** Whether nothing but space is in it. */
export function isEmptyTree(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}

function parseTop(parser: Parser): Node[] {
  const { cursor } = parser;
  const nodes: Node[] = [];
  for (;;) {
    const token = next(cursor);
    if (token.kind === "end") return nodes;
    if (token.kind === "leftDelim" && isKeyword(peekWord(cursor), "define")) {
      parseDefinition(parser);
      continue;
    }
    const parsed = parseNode(parser, token);
    if (parsed.kind === "end" || parsed.kind === "else") fail(cursor, `unexpected {{${parsed.kind}}}`, parsed.token);
    nodes.push(parsed);
  }
}

type Terminator = { readonly kind: "end"; readonly token: Token } | { readonly kind: "else"; readonly token: Token };

function isKeyword(token: Token, word: string): boolean {
  return token.kind === "keyword" && token.text === word;
}

function parseDefinition({ trees, cursor }: Parser): void {
  nextWord(cursor);
  const name = unquoteName(cursor, expect(cursor, ["string", "rawString"], "define clause"));
  expect(cursor, ["rightDelim"], "define clause");
  const parser: Parser = { trees, cursor };
  const nodes = parseDetached(parser, "define clause");
  addTree(parser, { name, source: cursor.source, nodes });
}

/** The body of a define or block: own variables, outside of any range. */
function parseDetached(parser: Parser, context: string): Node[] {
  const { cursor } = parser;
  const outer = { variables: cursor.variables.splice(0), rangeDepth: cursor.rangeDepth };
  cursor.variables.push("$");
  cursor.rangeDepth = 0;
  const { nodes, terminator } = parseList(parser);
  if (terminator.kind !== "end") fail(cursor, `unexpected {{else}} in ${context}`, terminator.token);
  cursor.variables.splice(0, cursor.variables.length, ...outer.variables);
  cursor.rangeDepth = outer.rangeDepth;
  return nodes;
}

/** Nodes up to {{end}} or {{else}}. */
function parseList(parser: Parser): { nodes: Node[]; terminator: Terminator } {
  const nodes: Node[] = [];
  return nested(parser.cursor, () => {
    for (;;) {
      const parsed = parseNode(parser, next(parser.cursor));
      if (parsed.kind === "end" || parsed.kind === "else") return { nodes, terminator: parsed };
      nodes.push(parsed);
    }
  });
}

function parseNode(parser: Parser, token: Token): Node | Terminator {
  if (token.kind === "text") return { kind: "text", offset: token.offset, text: token.text };
  if (token.kind === "leftDelim") return parseAction(parser);
  return failUnexpected(parser.cursor, token, "input");
}

function parseAction(parser: Parser): Node | Terminator {
  const { cursor } = parser;
  const token = peekWord(cursor);
  if (token.kind !== "keyword") {
    const pipe = parsePipeline(cursor, { context: "command", close: "rightDelim" });
    return { kind: "action", offset: token.offset, pipe };
  }
  nextWord(cursor);
  switch (token.text) {
    case "if":
    case "with":
    case "range":
      return parseBranch(parser, { kind: token.text, offset: peekWord(cursor).offset });
    case "template":
      return parseTemplateCall(cursor);
    case "block":
      return parseBlock(parser);
    case "break":
    case "continue":
      return parseLoopExit(cursor, token.text);
    case "end":
      expect(cursor, ["rightDelim"], "end");
      return { kind: "end", token };
    case "else":
      return parseElse(cursor, token);
  }
  return failUnexpected(cursor, token, "command");
}

/** {{else if …}} and {{else with …}} leave their keyword for the branch that they continue. */
function parseElse(cursor: Cursor, token: Token): Terminator {
  const following = peekWord(cursor);
  if (!isKeyword(following, "if") && !isKeyword(following, "with")) expect(cursor, ["rightDelim"], "else");
  return { kind: "else", token };
}

function parseBranch(parser: Parser, { kind, offset }: Pick<BranchNode, "kind" | "offset">): BranchNode {
  const { cursor } = parser;
  const variableCount = cursor.variables.length;
  const pipe = parsePipeline(cursor, { context: kind, close: "rightDelim" });
  if (kind === "range") cursor.rangeDepth++;
  const { nodes: body, terminator } = parseList(parser);
  if (kind === "range") cursor.rangeDepth--;
  const otherwise = terminator.kind === "else" ? parseOtherwise(parser, kind) : undefined;
  cursor.variables.length = variableCount;
  return { kind, offset, pipe, body, otherwise };
}

function parseOtherwise(parser: Parser, kind: BranchNode["kind"]): Node[] {
  const { cursor } = parser;
  const token = peekWord(cursor);
  if (kind !== "range" && isKeyword(token, kind)) {
    nextWord(cursor);
    return [nested(cursor, () => parseBranch(parser, { kind, offset: peekWord(cursor).offset }))];
  }
  if (token.kind === "keyword") failUnexpected(cursor, token, "input");
  const { nodes, terminator } = parseList(parser);
  if (terminator.kind === "else") fail(cursor, "expected end; found {{else}}", terminator.token);
  return nodes;
}

function parseTemplateCall(cursor: Cursor): TemplateNode {
  const context = "template clause";
  const token = nextWord(cursor);
  const name = parseName(cursor, token, context);
  const hasPipe = peekWord(cursor).kind !== "rightDelim";
  const pipe = hasPipe ? parsePipeline(cursor, { context, close: "rightDelim" }) : undefined;
  if (!pipe) next(cursor);
  return { kind: "template", offset: token.offset, name, pipe };
}

function parseBlock(parser: Parser): TemplateNode {
  const { cursor } = parser;
  const context = "block clause";
  const token = nextWord(cursor);
  const name = parseName(cursor, token, context);
  const pipe = parsePipeline(cursor, { context, close: "rightDelim" });
  const nodes = parseDetached(parser, context);
  addTree(parser, { name, source: cursor.source, nodes });
  return { kind: "template", offset: token.offset, name, pipe };
}

function parseName(cursor: Cursor, token: Token, context: string): string {
  if (token.kind !== "string" && token.kind !== "rawString") failUnexpected(cursor, token, context);
  return unquoteName(cursor, token);
}

function unquoteName(cursor: Cursor, token: Token): string {
  try {
    return unquote(token.text);
  } catch (error) {
    return fail(cursor, (error as Error).message, token);
  }
}

function parseLoopExit(cursor: Cursor, kind: "break" | "continue"): Node {
  const token = peekWord(cursor);
  if (token.kind !== "rightDelim") fail(cursor, `unexpected ${printToken(token)} in {{${kind}}}`, token);
  next(cursor);
  if (cursor.rangeDepth === 0) fail(cursor, `{{${kind}}} outside {{range}}`, token);
  return { kind, offset: token.offset };
}
