// Replays a file of the log in the head's memory, a window at a time (kernel/append/log.ts): the kernel takes fragments, records and
// rows as far as they are plain, so that nothing is done here for a record whose samples the head has.
// Comes from: wal/folder, at a start. Goes to: head/append-kernel; other records go to head/replay.
import type { File } from "@narthex/stdx";
import { pageBytes } from "../wal/page.js";
import type { AppendKernel, ReplayTarget } from "./append-kernel.js";
import type { HeadMemory } from "./memory.js";

/** The signatures in kernel/append/log.ts. */
interface Functions {
  readonly openWindow: (bytes: number, pageUsed: number) => void;
  readonly readLog: (minTime: number, takesSamples: boolean) => number;
  readonly recordLength: () => number;
  readonly recordPosition: () => number;
  readonly skipRecord: () => void;
}

/** Where the samples go. */
export interface LogTarget {
  readonly head: ReplayTarget & { writeClosedChunks(): void };
  /** Appends what the kernel keeps; undefined while records of samples must go the plain way. */
  readonly appendKernel: AppendKernel | undefined;
  readonly onUnknown: (sampleCount: number) => void;
  readonly pause: () => Promise<void>;
}

export class LogKernel {
  readonly #target: LogTarget;
  readonly #functions: Functions;
  readonly #window: Uint8Array;
  readonly #record: Uint8Array;
  readonly #outcome: { readonly stopped: number; readonly rowsPart: number; readonly otherRecord: number };

  constructor({ buffer, kernel }: HeadMemory, target: LogTarget) {
    this.#target = target;
    this.#functions = kernel.functions as unknown as Functions;
    this.#window = new Uint8Array(buffer, kernel.constant("windowAt"), kernel.constant("windowBytesMax"));
    this.#record = new Uint8Array(buffer, kernel.constant("recordAt"), kernel.constant("recordBytesMax"));
    this.#outcome = {
      stopped: kernel.constant("stopped"),
      rowsPart: kernel.constant("rowsPart"),
      otherRecord: kernel.constant("otherRecord"),
    };
  }

  /** As wal/folder's RecordKernel. */
  async read(
    file: File,
    start: number,
    visit: (record: Uint8Array, offset: number) => Promise<void> | void,
  ): Promise<number> {
    const { openWindow, recordPosition } = this.#functions;
    for (let offset = start; ; ) {
      openWindow(file.read(this.#window, offset), offset % pageBytes);
      await this.#readWindow((record) => visit(record, offset + recordPosition()));
      const read = recordPosition();
      if (read === 0) return offset;
      offset += read;
      await this.#target.pause();
    }
  }

  async #readWindow(visit: (record: Uint8Array) => Promise<void> | void): Promise<void> {
    const { readLog, recordLength, skipRecord } = this.#functions;
    const { stopped, rowsPart, otherRecord } = this.#outcome;
    const { head, onUnknown } = this.#target;
    let unknown = 0;
    for (;;) {
      const { appendKernel } = this.#target;
      const outcome = readLog(head.minValidTime, appendKernel !== undefined);
      if (outcome === stopped) return;
      if (outcome === otherRecord) {
        // The kernel's memory is written to while the record is read.
        const pending = visit(this.#record.slice(0, recordLength()));
        if (pending) await pending;
        skipRecord();
        continue;
      }
      unknown += appendKernel?.appendKept(head) ?? 0;
      if (outcome === rowsPart) continue;
      // Of a record that turns out to be damaged, plain code says what there is.
      onUnknown(unknown);
      unknown = 0;
      head.writeClosedChunks();
    }
  }
}
