// An OpenMetrics file of any size, parsed piece by piece: memory is that of one piece.
// Comes from: a file. Goes to: `tool tsdb create-blocks-from openmetrics`.
// A piece ends with a line. The type declared last is declared again in front of the next piece, for `le` and `quantile`
// are read by it.
import { encodeUtf8, grown } from "@narthex/stdx";
import type { ExpositionColumns } from "./columns.js";
import { ParseError } from "./parse-error.js";
import { parseExposition } from "./parser.js";

export interface ByteSource {
  /** Fills `target` from `position` on; returns how many bytes there were. */
  read(target: Uint8Array, position: number): number;
}

export interface PieceOptions {
  readonly pieceBytes?: number;
  /** Longer lines are refused. */
  readonly lineBytesMax?: number;
}

const newline = 0x0a;
const endMark = encodeUtf8("# EOF\n");
const typeMark = encodeUtf8("# TYPE ");

/** Fills `columns` with one piece after the other. Throws ParseError, whose line counts from the file's begin. */
export function* openMetricsPieces(
  source: ByteSource,
  columns: ExpositionColumns,
  options: PieceOptions = {},
): Generator<ExpositionColumns> {
  const { pieceBytes = 4 * 1024 * 1024, lineBytesMax = 64 * 1024 * 1024 } = options;
  let buffer = new Uint8Array(pieceBytes);
  let [held, position, linesBefore] = [0, 0, 0];
  let typeLine: Uint8Array = new Uint8Array(0);
  for (;;) {
    const count = source.read(buffer.subarray(held), position);
    position += count;
    held += count;
    const isLast = held < buffer.length;
    const end = isLast ? held : buffer.lastIndexOf(newline, held - 1) + 1;
    if (end === 0 && !isLast) {
      if (buffer.length >= lineBytesMax) {
        throw new ParseError(`line longer than ${lineBytesMax} bytes`, { line: linesBefore + 1, column: 1 });
      }
      buffer = grown(buffer, 2 * buffer.length);
      continue;
    }
    const piece = buffer.subarray(0, end);
    parsePiece(columns, { typeLine, piece, isLast, linesBefore });
    yield columns;
    if (isLast) return;
    linesBefore += countLines(piece);
    typeLine = lastTypeLine(piece) ?? typeLine;
    buffer.copyWithin(0, end, held);
    held -= end;
  }
}

interface Piece {
  readonly typeLine: Uint8Array;
  readonly piece: Uint8Array;
  readonly isLast: boolean;
  readonly linesBefore: number;
}

function parsePiece(columns: ExpositionColumns, { typeLine, piece, isLast, linesBefore }: Piece): void {
  const body = new Uint8Array(typeLine.length + piece.length + (isLast ? 0 : endMark.length));
  body.set(typeLine);
  body.set(piece, typeLine.length);
  if (!isLast) body.set(endMark, typeLine.length + piece.length);
  try {
    parseExposition(body, "OpenMetricsText1.0.0", columns);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const line = error.line + linesBefore - (typeLine.length > 0 ? 1 : 0);
    throw new ParseError(error.message, { line, column: error.column });
  }
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let i = bytes.indexOf(newline); i >= 0; i = bytes.indexOf(newline, i + 1)) lines++;
  return lines;
}

/** With its newline. */
function lastTypeLine(piece: Uint8Array): Uint8Array | undefined {
  for (let end = piece.length; end > 0; ) {
    const start = piece.lastIndexOf(newline, end - 2) + 1;
    if (typeMark.every((byte, i) => piece[start + i] === byte)) return piece.slice(start, end);
    end = start;
  }
  return undefined;
}
