// A file of protobuf messages, each after its length as a varint: Alertmanager's `silences` and `nflog`.
//   [length uvarint][message] [length uvarint][message] …
// Alertmanager rewrites the file every 15 minutes; here each change is appended at once, so that a kill loses nothing.
// Where a key stands twice the last message wins, for Alertmanager's reader as for ours. `rewrite` compacts.
import {
  ByteRangeError,
  ByteReader,
  ByteWriter,
  type File,
  type FileSystem,
  readWholeFile,
  writeFileAtomically,
} from "@narthex/stdx";

/** Bytes of one message; a longer one is taken for damage. */
export const entryBytesMax: number = 16 * 1024 * 1024;

export interface Damage {
  /** Where the first byte that could not be read stands. */
  readonly offset: number;
  readonly reason: string;
  /** A copy of the whole file as it was found. */
  readonly keptAt: string;
}

export interface OpenedEntryFile<T> {
  readonly file: EntryFile;
  readonly entries: T[];
  /** What followed the readable part, such as a half-written last message after a crash. */
  readonly damage: Damage | undefined;
}

export interface EntryFileRequest<T> {
  readonly fileSystem: FileSystem;
  readonly path: string;
  /** Throws where the bytes are no such message. */
  readonly decode: (message: Uint8Array) => T;
}

/** Reads what stands at `path`, if anything, and opens it for appending. Throws where the folder is not writable. */
export function openEntryFile<T>(request: EntryFileRequest<T>): OpenedEntryFile<T> {
  const { fileSystem, path } = request;
  const bytes = fileSystem.stat(path) ? readWholeFile(fileSystem, path) : new Uint8Array(0);
  const { entries, end, reason } = decodeEntries(bytes, request.decode);
  const keptAt = `${path}.damaged`;
  if (reason !== undefined) writeFileAtomically(fileSystem, keptAt, bytes);
  if (reason !== undefined || bytes.length === 0) writeFileAtomically(fileSystem, path, bytes.subarray(0, end));
  const damage = reason === undefined ? undefined : { offset: end, reason, keptAt };
  return { file: new EntryFile(fileSystem, path, end), entries, damage };
}

function decodeEntries<T>(
  bytes: Uint8Array,
  decode: (message: Uint8Array) => T,
): { entries: T[]; end: number; reason: string | undefined } {
  const reader = new ByteReader(bytes);
  const entries: T[] = [];
  let end = 0;
  try {
    while (reader.remaining > 0) {
      const length = reader.uvarint();
      if (length > entryBytesMax) throw new ByteRangeError(`message of ${length} bytes`, end);
      entries.push(decode(reader.take(length)));
      end = reader.offset;
    }
  } catch (error) {
    if (error instanceof Error) return { entries, end, reason: error.message };
    throw error;
  }
  return { entries, end, reason: undefined };
}

export class EntryFile {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  #file: File;
  #size: number;
  #isSynced = true;
  // After a failed write, bytes of an unfinished message may stand behind #size.
  #hasRest = false;

  constructor(fileSystem: FileSystem, path: string, size: number) {
    this.#fileSystem = fileSystem;
    this.#path = path;
    this.#file = fileSystem.open(path, "update");
    this.#size = size;
  }

  get sizeBytes(): number {
    return this.#size;
  }

  /** When it returns the operating system has the message, so the process may be killed; `sync` makes it durable. */
  append(message: Uint8Array): void {
    if (message.length > entryBytesMax) throw new Error(`message of ${message.length} bytes, limit ${entryBytesMax}`);
    const framed = frame([message]);
    try {
      if (this.#hasRest) this.#file.truncate(this.#size);
      this.#hasRest = true;
      this.#isSynced = false;
      this.#file.write(framed, this.#size);
    } catch (error) {
      throw new Error(`cannot append to ${this.#path}`, { cause: error });
    }
    this.#hasRest = false;
    this.#size += framed.length;
  }

  sync(): void {
    if (this.#isSynced) return;
    try {
      this.#file.sync();
    } catch (error) {
      throw new Error(`cannot sync ${this.#path}`, { cause: error });
    }
    this.#isSynced = true;
  }

  /** Replaces the content, whole or not at all; durable when it returns. */
  rewrite(messages: Iterable<Uint8Array>): void {
    const bytes = frame(messages);
    try {
      writeFileAtomically(this.#fileSystem, this.#path, bytes);
      this.#file.close();
      this.#file = this.#fileSystem.open(this.#path, "update");
    } catch (error) {
      throw new Error(`cannot rewrite ${this.#path}`, { cause: error });
    }
    this.#size = bytes.length;
    this.#isSynced = true;
    this.#hasRest = false;
  }

  close(): void {
    this.#file.close();
  }
}

function frame(messages: Iterable<Uint8Array>): Uint8Array {
  const writer = new ByteWriter();
  for (const message of messages) {
    writer.uvarint(message.length);
    writer.raw(message);
  }
  return writer.bytes();
}
