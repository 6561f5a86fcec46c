// What can be wrong with the world of a TSDB; callers map these to messages and exit codes.
import { ByteRangeError } from "@narthex/stdx";

/** Bytes on disk that are not what they should be; `offset` is the byte in `file` where reading failed. */
export class CorruptionError extends Error {
  override readonly name = "CorruptionError";
  /** The message without its place. */
  readonly what: string;
  readonly file: string;
  readonly offset: number;

  constructor(what: string, place: { readonly file: string; readonly offset: number; readonly cause?: unknown }) {
    super(`${place.file}: byte ${place.offset}: ${what}`, { cause: place.cause });
    this.what = what;
    this.file = place.file;
    this.offset = place.offset;
  }
}

/** Runs a decoder of bytes that stand at `place`: bytes that end early, or numbers that cannot be, are corruption. */
export function decodedAt<T>(place: { readonly file: string; readonly offset: number }, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (!(cause instanceof ByteRangeError)) throw cause;
    throw new CorruptionError(cause.message, { ...place, cause });
  }
}

/** Another living process works on the data directory. */
export class DirectoryLockedError extends Error {
  override readonly name = "DirectoryLockedError";
}

/** Data of a kind that this version does not keep; nothing of it was taken. */
export class UnsupportedDataError extends Error {
  override readonly name = "UnsupportedDataError";
}

/** A histogram that contradicts itself; the text is Prometheus'. */
export class InvalidHistogramError extends Error {
  override readonly name = "InvalidHistogramError";
}
