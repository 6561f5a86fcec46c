// YAML text → a document, taken as Go's YAML takes it: lines within brackets and quotes may stand at any indentation.
// Goes to: yaml/node.
import { Composer, type Document, Lexer, type LineCounter, Parser } from "yaml";

/** Parts of the library's lexer that mind the indentation of later lines, where Go's does not; its types keep them to themselves. */
const looseParts = ["parseFlowCollection", "parseQuotedScalar"] as const;

type LexerInside = Record<(typeof looseParts)[number], () => Generator<string, unknown>> & {
  /** Less indented lines end what is being read. */
  indentNext: number;
};

function looseLexer(): Lexer {
  const lexer = new Lexer();
  // The parts are there; a release without them fails the tests beside.
  const inside = lexer as unknown as LexerInside;
  for (const part of looseParts) {
    const parse = inside[part].bind(lexer);
    inside[part] = function* () {
      const { indentNext } = inside;
      inside.indentNext = 0;
      const next = yield* parse();
      inside.indentNext = indentNext;
      return next;
    };
  }
  return lexer;
}

function* tokensOf(text: string, lines: LineCounter): Generator<Parameters<Composer["next"]>[0]> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of looseLexer().lex(text)) yield* parser.next(lexeme);
  yield* parser.end();
}

export type FirstDocument = {
  /** With what is wrong as its errors. */
  readonly document: Document;
  /** Where another one begins, which Go's Unmarshal does not look at. */
  readonly laterOffset: number | undefined;
};

/** `lines` learns where lines begin. */
export function parseYamlDocument(text: string, lines: LineCounter): FirstDocument {
  // Duplicate keys are reported by decode, in Prometheus' words.
  const composer = new Composer({ uniqueKeys: false, merge: true, version: "1.1" });
  const [first, second] = [...composer.compose(tokensOf(text, lines), true, text.length)];
  return { document: first as Document, laterOffset: second?.range[0] };
}
