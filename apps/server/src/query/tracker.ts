// The file queries.active: which queries run, so that after a crash the log can name them. As Prometheus keeps it: a "["
// and one entry of 1,000 bytes for each query that may run, JSON and a comma, zeros where none runs.
// Comes from: query/runner. Goes to: the log, at the next start.
import { decodeUtf8, encodeUtf8, type File, type FileSystem } from "@narthex/stdx";

const entryBytes = 1000;

export class QueryTracker {
  readonly #entriesMax: number;
  readonly #free: number[];
  #file: File | undefined;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
    this.#free = Array.from({ length: entriesMax }, (_, i) => entriesMax - 1 - i);
  }

  /** Makes the file anew; returns the entries that the last run left, as they stood there. Queries before it are not noted. */
  open(fileSystem: FileSystem, folder: string): string[] {
    const path = `${folder}/queries.active`;
    const unfinished = unfinishedOf(fileSystem, path);
    this.#file = fileSystem.open(path, "replace");
    const empty = new Uint8Array(1 + this.#entriesMax * entryBytes);
    empty[0] = "[".charCodeAt(0);
    this.#file.write(empty, 0);
    return unfinished;
  }

  /** Notes a query; call what is returned at its end. One that finds no place is not noted. */
  begin(expression: string, startTime: number): () => void {
    const file = this.#file;
    const entry = file && this.#free.pop();
    if (file === undefined || entry === undefined) return () => undefined;
    const at = 1 + entry * entryBytes;
    file.write(entryOf(expression, startTime), at);
    return () => {
      file.write(new Uint8Array(entryBytes), at);
      this.#free.push(entry);
    };
  }

  close(): void {
    this.#file?.close();
  }
}

function entryOf(expression: string, startTime: number): Uint8Array {
  const entry = new Uint8Array(entryBytes);
  let text = expression;
  let json = jsonOf(text, startTime);
  // A long query is cut until its JSON fits, with the comma.
  while (json.length > entryBytes - 1) {
    const excess = json.length - (entryBytes - 1);
    text = [...text].slice(0, Math.max(0, [...text].length - Math.max(1, Math.ceil(excess / 6)))).join("");
    json = jsonOf(text, startTime);
  }
  entry.set(json);
  entry[json.length] = ",".charCodeAt(0);
  return entry;
}

function jsonOf(query: string, startTime: number): Uint8Array {
  return encodeUtf8(JSON.stringify({ query, timestamp_sec: Math.floor(startTime / 1000) }));
}

function unfinishedOf(fileSystem: FileSystem, path: string): string[] {
  const size = fileSystem.stat(path)?.size;
  if (size === undefined) return [];
  const bytes = new Uint8Array(size);
  const file = fileSystem.open(path, "read");
  file.read(bytes, 0);
  file.close();
  const entries: string[] = [];
  for (let at = 1; at < bytes.length; at += entryBytes) {
    const end = bytes.indexOf(0, at);
    const entry = decodeUtf8(bytes.subarray(at, end < 0 ? at + entryBytes : Math.min(end, at + entryBytes)));
    if (entry !== "") entries.push(entry.replace(/,$/, ""));
  }
  return entries;
}
