// Every transition of every alert, on disk: appended to alert_history/current; when that is half of what may be kept, it
// becomes alert_history/previous, and the one before goes. A line is in the hands of the system when `record` returns, so
// it outlives the process; what a crash of the machine tears off the end is cut at the next start.
// Comes from: rules/group. Read by: history/read, for api/alert-history.
import { errorText, type Logger } from "@narthex/service";
import type { File, FileSystem } from "@narthex/stdx";
import { decodeTransition, encodeTransition, type Transition } from "./transition.js";

export type AlertHistoryOptions = {
  readonly fileSystem: FileSystem;
  /** The data directory. */
  readonly path: string;
  /** --rules.alert.history-size-max; 0 for no history. */
  readonly bytesMax: number;
  readonly logger: Logger;
};

export class AlertHistory {
  readonly #options: AlertHistoryOptions;
  readonly #folder: string;
  #file: File | undefined;
  #size = 0;
  recorded = 0;
  /** Transitions that could not be written. */
  lost = 0;

  constructor(options: AlertHistoryOptions) {
    this.#options = options;
    this.#folder = `${options.path}/alert_history`;
  }

  /** Cuts what is torn off the end. What goes wrong is logged: alerts matter more than their history. */
  open(): void {
    const { fileSystem, bytesMax, logger } = this.#options;
    if (bytesMax === 0) return;
    try {
      fileSystem.makeFolder(this.#folder);
      this.#file = fileSystem.open(this.#current, fileSystem.stat(this.#current) ? "update" : "create");
      this.#size = wholeSize(this.#file);
      const torn = this.#file.size() - this.#size;
      if (torn === 0) return;
      this.#file.truncate(this.#size);
      logger.warn({ file: this.#current, bytes: torn }, "the end of the alert history was torn; it is cut off");
    } catch (error) {
      this.#file = undefined;
      logger.error({ file: this.#current, err: errorText(error) }, "the alert history cannot be kept");
    }
  }

  record(transitions: readonly Transition[]): void {
    if (transitions.length === 0 || this.#options.bytesMax === 0) return;
    try {
      const file = this.#file;
      if (!file) throw new Error("the file is not open");
      const lines = Buffer.concat(transitions.map(encodeTransition));
      file.write(lines, this.#size);
      this.#size += lines.length;
      this.recorded += transitions.length;
      if (this.#size >= this.#options.bytesMax / 2) this.#rotate(file);
    } catch (error) {
      if (this.lost === 0) {
        this.#options.logger.error({ err: errorText(error) }, "alert transitions are missing in the alert history");
      }
      this.lost += transitions.length;
    }
  }

  /** Those that there are, the newest first. */
  files(): string[] {
    return [this.#current, this.#previous].filter((path) => this.#options.fileSystem.stat(path) !== undefined);
  }

  get fileSystem(): FileSystem {
    return this.#options.fileSystem;
  }

  close(): void {
    this.#file?.sync();
    this.#file?.close();
    this.#file = undefined;
  }

  get #current(): string {
    return `${this.#folder}/current`;
  }

  get #previous(): string {
    return `${this.#folder}/previous`;
  }

  #rotate(file: File): void {
    const { fileSystem } = this.#options;
    this.#file = undefined;
    file.sync();
    file.close();
    fileSystem.rename(this.#current, this.#previous);
    this.#file = fileSystem.open(this.#current, "create");
    this.#size = 0;
    fileSystem.syncFolder(this.#folder);
  }
}

/** Longer lines are no transitions of ours: labels and annotations have bounds of their own. */
export const lineBytesMax: number = 4 * 1024 * 1024;

/** Bytes up to the end of the last whole line. */
function wholeSize(file: File): number {
  const size = file.size();
  const tail = new Uint8Array(Math.min(size, lineBytesMax));
  file.read(tail, size - tail.length);
  let end = tail.lastIndexOf(0x0a) + 1;
  while (end > 0) {
    const start = end === 1 ? 0 : tail.lastIndexOf(0x0a, end - 2) + 1;
    if (decodeTransition(tail.subarray(start, end))) return size - tail.length + end;
    end = start;
  }
  return size - tail.length;
}
