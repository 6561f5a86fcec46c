// Keeps the store in a file: read at start, written within an interval after a change, and at the end.
// Written whole or not at all (temporary file, fsync, rename), so that a crash leaves the last version.
import { dirname } from "node:path";
import { errorText, type Logger } from "@narthex/service";
import { type Clock, type FileSystem, readWholeFile, writeFileAtomically } from "@narthex/stdx";
import type { Group } from "../store/group.js";
import { decodeGroups, encodeGroups, PersistenceError } from "./format.js";

export type KeeperOptions = {
  /** Nothing is kept where this is empty. */
  readonly file: string;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly fileSystem: FileSystem;
  readonly logger: Logger;
};

export class Keeper {
  readonly #options: KeeperOptions;
  #groups: () => Iterable<Group> = () => [];
  #cancel: (() => void) | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /**
   * What an earlier run left. A file that cannot be understood is put aside under another name, never overwritten.
   * `groups` tells what to write from now on.
   */
  open(groups: () => Iterable<Group>): Group[] {
    this.#groups = groups;
    const { file, fileSystem, logger, clock } = this.#options;
    if (file === "") return [];
    fileSystem.makeFolder(dirname(file));
    if (fileSystem.stat(file) === undefined) return [];
    try {
      return decodeGroups(readWholeFile(fileSystem, file));
    } catch (error) {
      if (!(error instanceof PersistenceError)) throw error;
      const aside = `${file}.unreadable-${clock.now()}`;
      fileSystem.rename(file, aside);
      logger.error({ file, aside, err: errorText(error) }, "cannot read persisted metrics; starting without them");
      return [];
    }
  }

  /** Call after every change. */
  noteChange(): void {
    if (this.#options.file === "" || this.#cancel !== undefined) return;
    this.#cancel = this.#options.clock.after(this.#options.intervalMs, () => {
      this.#cancel = undefined;
      this.#writeOrRetry();
    });
  }

  /** Writes what is not written yet. Throws where that fails. */
  close(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    this.#write();
  }

  #writeOrRetry(): void {
    try {
      this.#write();
    } catch (error) {
      this.#options.logger.error({ err: errorText(error) }, "cannot persist metrics; trying again");
      this.noteChange();
    }
  }

  #write(): void {
    const { file, fileSystem } = this.#options;
    try {
      writeFileAtomically(fileSystem, file, encodeGroups(this.#groups()));
    } catch (cause) {
      throw new Error(`cannot write ${file}`, { cause });
    }
  }
}
