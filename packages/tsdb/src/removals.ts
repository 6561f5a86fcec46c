// Files on their way out, while the thread goes on: a disk takes tens of milliseconds to let go of a large one.
// Comes from: block/blocks and head/chunk-files. Whoever has time asks for the end.
import type { FileSystem } from "@narthex/stdx";

export class Removals {
  readonly #fileSystem: FileSystem;
  #running: Promise<unknown> = Promise.resolve();
  #failures: unknown[] = [];

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem;
  }

  /** REQUIRES: nothing takes the path's name again before `settled`. */
  start(path: string): void {
    const removal = this.#fileSystem.startRemoving(path).catch((error: unknown) => this.#failures.push(error));
    this.#running = Promise.all([this.#running, removal]);
  }

  /** Resolves when all that was started has ended; rejects with the first failure since the last call. */
  async settled(): Promise<void> {
    await this.#running;
    const [first] = this.#failures.splice(0);
    if (first !== undefined) throw first;
  }
}
