// A file of JSON lines that a field of the configuration names: the query log, the log of failed scrapes. A reload opens it
// anew, so it may be rotated away. Comes from: query/log, scrape/failure-log.
import { close, createWriteStream, open, type WriteStream, write, writev } from "node:fs";
import { errorText, type Logger } from "@narthex/service";

/** Bytes that wait for the disk; further lines are left out, and counted as failures. */
export const waitingBytesMax: number = 16 * 1024 * 1024;

export type LogFileOptions = {
  readonly logger: Logger;
  /** "the query log" */
  readonly what: string;
  readonly onFailure: () => void;
};

export class LogFile {
  readonly #options: LogFileOptions;
  #stream: WriteStream | undefined;
  /** Resolves when the files of before have all their lines, or cannot have them. */
  #former: Promise<void> = Promise.resolve();

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#stream !== undefined;
  }

  /** Opens the file, also when it is the same; "" for none. */
  setFile(path: string): void {
    const former = this.close();
    if (path === "") return;
    const { logger, what, onFailure } = this.#options;
    // Where it is the same file, its lines stay in order.
    const openAfterFormer = (...args: Parameters<typeof open>): void => void former.then(() => open(...args));
    const fs = { open: openAfterFormer, write, writev, close };
    const stream = createWriteStream(path, { flags: "a", mode: 0o666, fs });
    stream.on("error", (error) => {
      onFailure();
      logger.error({ file: path, err: errorText(error) }, `${what} cannot be written`);
      if (this.#stream === stream) this.#stream = undefined;
    });
    this.#stream = stream;
  }

  write(entry: object): void {
    const stream = this.#stream;
    if (!stream) return;
    if (stream.writableLength > waitingBytesMax) this.#options.onFailure();
    else stream.write(`${JSON.stringify(entry)}\n`);
  }

  /** Resolves when all lines are in the file and those of before, or cannot be. */
  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream) {
      this.#former = new Promise<void>((resolve) => stream.on("close", resolve));
      stream.end();
    }
    await this.#former;
  }
}
