// A new file that is written from its beginning to its end, in large pieces.
import type { ByteWriter, File, FileSystem } from "@narthex/stdx";

const pieceBytes = 1 << 20;

export class OutputFile {
  readonly #file: File;
  #buffer = new Uint8Array(pieceBytes);
  #used = 0;
  #written = 0;
  #isOpen = true;

  constructor(fileSystem: FileSystem, path: string) {
    this.#file = fileSystem.open(path, "create");
  }

  /** Where the next byte will stand. */
  get offset(): number {
    return this.#written + this.#used;
  }

  write(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#buffer.length) this.#flush();
    if (bytes.length > this.#buffer.length) {
      this.#file.write(bytes, this.#written);
      this.#written += bytes.length;
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Makes room for so many bytes that follow; returns where they go in `buffer`. Then `use` what was written. */
  reserve(count: number): number {
    if (this.#used + count > this.#buffer.length) this.#flush();
    if (count > this.#buffer.length) this.#buffer = new Uint8Array(count);
    return this.#used;
  }

  /** Borrowed until the next call. */
  get buffer(): Uint8Array {
    return this.#buffer;
  }

  /** Bytes of the buffer up to `end` have been written. */
  use(end: number): void {
    this.#used = end;
  }

  /** Writes what the writer holds and empties it. */
  drain(writer: ByteWriter): void {
    this.write(writer.bytes());
    writer.clear();
  }

  /** Zeros up to the next multiple of `alignment`. */
  align(alignment: number): void {
    const rest = this.offset % alignment;
    if (rest === 0) return;
    const start = this.reserve(alignment - rest);
    const end = start + alignment - rest;
    this.#buffer.fill(0, start, end);
    this.use(end);
  }

  #flush(): void {
    this.#file.write(this.#buffer.subarray(0, this.#used), this.#written);
    this.#written += this.#used;
    this.#used = 0;
  }

  /** Returns when everything is on the disk. */
  finish(): void {
    this.#flush();
    this.#file.sync();
    this.abandon();
  }

  /** Gives up; what was written is left for the caller to remove. */
  abandon(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }
}
