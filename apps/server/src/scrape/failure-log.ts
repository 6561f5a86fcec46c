// Failed scrapes, a line of JSON for each, to the file that scrape_failure_log_file names for a job or for all.
// Comes from: scrape/loop. A reload opens the files anew.
import type { Logger } from "@narthex/service";
import { LogFile } from "../log-file.js";

export type ScrapeFailure = {
  /** ms */
  readonly time: number;
  readonly error: string;
  readonly jobName: string;
  readonly url: string;
};

export class FailureLog {
  readonly #logger: Logger;
  readonly #onFailure: () => void;
  readonly #files = new Map<string, LogFile>();

  /** `onFailure`: a line could not be written. */
  constructor(logger: Logger, onFailure: () => void) {
    this.#logger = logger;
    this.#onFailure = onFailure;
  }

  /** Opens these files, also those that are open; closes the others. "" is none. */
  setFiles(paths: readonly string[]): void {
    const wanted = new Set(paths.filter((path) => path !== ""));
    for (const [path, file] of this.#files) {
      if (wanted.has(path)) continue;
      void file.close();
      this.#files.delete(path);
    }
    for (const path of wanted) this.#file(path).setFile(path);
  }

  write(path: string, { time, error, jobName, url }: ScrapeFailure): void {
    if (path === "") return;
    const entry = { time: new Date(time).toISOString(), level: "ERROR", msg: error, job_name: jobName, target: url };
    this.#files.get(path)?.write(entry);
  }

  /** Resolves when all lines are written. */
  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.map((file) => file.close()));
  }

  #file(path: string): LogFile {
    const known = this.#files.get(path);
    if (known) return known;
    const options = { logger: this.#logger, what: "the scrape failure log", onFailure: this.#onFailure };
    const file = new LogFile(options);
    this.#files.set(path, file);
    return file;
  }
}
