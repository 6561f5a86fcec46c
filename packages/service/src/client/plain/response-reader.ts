// Reads one response out of whatever pieces the socket delivers: head, then the body as the head frames it.
// Comes from: plain/connection. Goes to: the body's buffer, without a copy of its own in between.
// Pure: no socket, no clock. A state is left only at its end, so that pieces may be cut anywhere.
import { BodyLimitError } from "../errors.js";
import { BodyBuffer, type BufferPool } from "./buffer-pool.js";
import type { KnownHead } from "./known-head.js";
import {
  addHeaderLine,
  type HeadMeaning,
  headMeaning,
  MalformedResponseError,
  parseStatusLine,
  type ResponseHead,
} from "./response-head.js";

/** Of status line and headers together, and of trailers. */
export const headBytesMax: number = 64 * 1024;
export const headerCountMax = 1000;
/** Of a chunk's size and its extensions. */
const chunkLineBytesMax = 4096;
/** Responses that only announce the real one. */
const interimCountMax = 5;
/** Where the caller sets no bound. */
const bodyBytesMaxDefault = 1024 * 1024 * 1024;
// A stated length is believed only so far before the bytes have come.
const reservedBytesMax = 1024 * 1024;

const newline = 0x0a;
const headEndMark = "\r\n\r\n";

type State = "status" | "headers" | "length" | "chunkSize" | "chunkData" | "chunkEnd" | "trailers" | "close" | "done";

export type ResponseBounds = {
  readonly method: string;
  /** 0 for no bound of the caller's. */
  readonly bodyBytesMax: number;
  /** Whether nobody will look at the body: the response then ends with its head, and the connection with it. */
  readonly leavesBody?: ((head: ResponseHead) => boolean) | undefined;
  /** Of a request that is sent again and again. */
  readonly knownHead?: KnownHead | undefined;
};

export class ResponseReader {
  readonly body: BodyBuffer;
  /** Of the final response, not of a 1xx; there once the response is done. */
  meaning: HeadMeaning | undefined;
  #head: ResponseHead | undefined;
  readonly #bounds: ResponseBounds;
  readonly #bodyBytesMax: number;
  #state: State = "status";
  /** Beginning of a line whose end has not come. */
  #partial = "";
  /** The whole head, where it came in one piece and was not known. */
  #headText = "";
  /** Bytes that the lines in work may still take. */
  #lineBytesLeft = headBytesMax;
  #lineEnd = 0;
  /** Whether the body's end shows without the connection's. */
  #isFramed = true;
  #headerCount = 0;
  #interimCount = 0;
  /** Bytes of the body or chunk in work that have not come. */
  #bytesLeft = 0;

  constructor(pool: BufferPool, bounds: ResponseBounds) {
    this.body = new BodyBuffer(pool);
    this.#bounds = bounds;
    this.#bodyBytesMax = bounds.bodyBytesMax || bodyBytesMaxDefault;
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  /** Whether the connection may be used again; for a response that is done. */
  get isPersistent(): boolean {
    return this.#isFramed && this.meaning?.isPersistent === true;
  }

  /** Returns how many of the bytes, up to `end`, belong to the response. Throws MalformedResponseError, BodyLimitError. */
  push(bytes: Buffer, end: number): number {
    let at = this.#recallHead(bytes, end);
    while (at < end && this.#state !== "done") at = this.#step(bytes, at, end);
    return at;
  }

  /** Takes a head that is known at the start of the response; returns where the body starts, or 0. */
  #recallHead(bytes: Buffer, end: number): number {
    const { knownHead } = this.#bounds;
    const isStart = this.#state === "status" && this.#lineBytesLeft === headBytesMax;
    if (knownHead === undefined || !isStart) return 0;
    const headEnd = bytes.indexOf(headEndMark, 0, "latin1");
    if (headEnd < 0 || headEnd + headEndMark.length > Math.min(end, headBytesMax)) return 0;
    const text = bytes.toString("latin1", 0, headEnd);
    const meaning = knownHead.recall(text);
    if (meaning === undefined) {
      this.#headText = text;
      return 0;
    }
    this.#beginBody(meaning);
    return headEnd + headEndMark.length;
  }

  /** The connection has ended. Throws MalformedResponseError where the response has not. */
  finish(): void {
    if (this.#state === "close") this.#state = "done";
    if (this.#state !== "done") throw new MalformedResponseError("the connection ended before the response did");
  }

  #step(bytes: Buffer, at: number, bytesEnd: number): number {
    switch (this.#state) {
      case "length":
      case "chunkData":
        return this.#readCounted(bytes, at, bytesEnd);
      case "close":
        this.#append(bytes, at, bytesEnd);
        return bytesEnd;
      default:
        return this.#readLine(bytes, at, bytesEnd);
    }
  }

  #readCounted(bytes: Buffer, at: number, bytesEnd: number): number {
    const end = Math.min(bytesEnd, at + this.#bytesLeft);
    this.#append(bytes, at, end);
    this.#bytesLeft -= end - at;
    if (this.#bytesLeft > 0) return end;
    if (this.#state === "length") this.#state = "done";
    else this.#enterLine("chunkEnd", chunkLineBytesMax);
    return end;
  }

  #append(bytes: Buffer, start: number, end: number): void {
    this.#checkBody(this.body.length + end - start);
    this.body.append(bytes, start, end);
  }

  #checkBody(length: number): void {
    if (length > this.#bodyBytesMax) {
      throw new BodyLimitError(`body longer than ${this.#bodyBytesMax} bytes`, { status: this.meaning?.head.status });
    }
  }

  #readLine(bytes: Buffer, at: number, bytesEnd: number): number {
    const line = this.#takeLine(bytes, at, bytesEnd);
    if (line !== undefined) this.#takeUp(line);
    return this.#lineEnd;
  }

  /** The line without its end, or undefined while that has not come. */
  #takeLine(bytes: Buffer, start: number, bytesEnd: number): string | undefined {
    const found = bytes.indexOf(newline, start);
    const at = found < bytesEnd ? found : -1;
    const end = at < 0 ? bytesEnd : at + 1;
    this.#lineBytesLeft -= end - start;
    if (this.#lineBytesLeft < 0) throw new MalformedResponseError(`${this.#place()} too long`);
    this.#lineEnd = end;
    const text = this.#partial + bytes.toString("latin1", start, end);
    this.#partial = at < 0 ? text : "";
    if (at < 0) return undefined;
    if (!text.endsWith("\r\n")) throw new MalformedResponseError("a line does not end in CR LF");
    return text.slice(0, -2);
  }

  #place(): string {
    return this.#state === "chunkSize" || this.#state === "chunkEnd" ? "chunk size" : "header";
  }

  #takeUp(line: string): void {
    if (this.#state === "status") {
      this.#head = parseStatusLine(line);
      this.#state = "headers";
    } else if (this.#state === "headers") {
      if (line === "") this.#endHead(this.#head as ResponseHead);
      else this.#addHeader(line);
    } else if (this.#state === "chunkSize") this.#beginChunk(line);
    else if (this.#state === "chunkEnd") this.#endChunk(line);
    else if (line === "") this.#state = "done";
    else this.#dropTrailer(line);
  }

  #addHeader(line: string): void {
    this.#countHeader();
    addHeaderLine((this.#head as ResponseHead).headers, line);
  }

  // Trailers mean nothing to any caller; they are still checked, being part of the framing.
  #dropTrailer(line: string): void {
    this.#countHeader();
    addHeaderLine({}, line);
  }

  #countHeader(): void {
    if (++this.#headerCount > headerCountMax) throw new MalformedResponseError("too many headers");
  }

  #endHead(head: ResponseHead): void {
    if (head.status < 200) {
      this.#skipInterim(head);
      return;
    }
    const meaning = headMeaning(head, this.#bounds.method);
    if (this.#headText !== "") this.#bounds.knownHead?.remember(this.#headText, meaning);
    this.#beginBody(meaning);
  }

  #beginBody(meaning: HeadMeaning): void {
    const { head, framing } = meaning;
    this.meaning = meaning;
    const isEmpty = framing.kind === "none" || (framing.kind === "length" && framing.length === 0);
    const isLeft = !isEmpty && this.#bounds.leavesBody?.(head) === true;
    this.#isFramed = framing.kind !== "close" && !isLeft;
    if (isEmpty || isLeft) this.#state = "done";
    else if (framing.kind === "close") this.#state = "close";
    else if (framing.kind === "chunked") this.#enterLine("chunkSize", chunkLineBytesMax);
    else {
      this.#checkBody(framing.length);
      this.body.reserve(Math.min(framing.length, reservedBytesMax));
      this.#bytesLeft = framing.length;
      this.#state = "length";
    }
  }

  #skipInterim(head: ResponseHead): void {
    if (head.status === 101) throw new MalformedResponseError("an upgrade that nobody asked for");
    if (++this.#interimCount > interimCountMax) throw new MalformedResponseError("too many 1xx responses");
    this.#headText = "";
    this.#headerCount = 0;
    this.#enterLine("status", headBytesMax);
  }

  #beginChunk(line: string): void {
    const match = /^([0-9a-fA-F]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line);
    if (!match) throw new MalformedResponseError(`chunk size ${JSON.stringify(line.slice(0, 80))}`);
    const size = Number.parseInt(match[1] as string, 16);
    this.#checkBody(this.body.length + size);
    this.#bytesLeft = size;
    if (size === 0) this.#enterLine("trailers", headBytesMax);
    else this.#state = "chunkData";
  }

  #endChunk(line: string): void {
    if (line !== "") throw new MalformedResponseError("a chunk is longer than its size");
    this.#enterLine("chunkSize", chunkLineBytesMax);
  }

  #enterLine(state: State, bytesMax: number): void {
    this.#state = state;
    this.#lineBytesLeft = bytesMax;
  }
}
