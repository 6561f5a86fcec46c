// Where each queue stood when the server was last at work, in a file of the data directory, for those who wish to go on there:
// --storage.remote.resume. Comes from: send/sender. Without it samples that were not sent by then never are, as in Prometheus.
import { decodeUtf8, encodeUtf8, type FileSystem, readWholeFile, writeFileAtomically } from "@narthex/stdx";
import { type Json, parseJson } from "../../discovery/json.js";
import type { Begin } from "./protocol.js";
import type { Remote } from "./remotes.js";

/** A remote, and where its queue is to begin. */
export type Place = Pick<Remote, "hash" | "name" | "url"> & { readonly begin: Begin };

export class Places {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  #saved = "";

  constructor(fileSystem: FileSystem, path: string) {
    this.#fileSystem = fileSystem;
    this.#path = path;
  }

  /** Empty where there is no file. Throws an Error for one that cannot be read. */
  load(): Place[] {
    if (!this.#fileSystem.stat(this.#path)) return [];
    try {
      return parseJson(decodeUtf8(readWholeFile(this.#fileSystem, this.#path)))
        .list()
        .map(placeFrom);
    } catch (cause) {
      throw new Error(`cannot read ${this.#path}, where remote write is to go on`, { cause });
    }
  }

  /** Throws what the disk throws. */
  save(places: readonly Place[]): void {
    const kept = places.map(({ hash, name, url, begin }) => ({ hash, name, url, begin }));
    const text = JSON.stringify(kept);
    if (text === this.#saved) return;
    writeFileAtomically(this.#fileSystem, this.#path, encodeUtf8(text));
    this.#saved = text;
  }
}

function placeFrom(entry: Json): Place {
  const [hash = "", name = "", url = ""] = ["hash", "name", "url"].map((key) => entry.at(key).text());
  const [segment = 0, offset = 0, startTime = 0] = ["segment", "offset", "startTime"].map((key) =>
    entry.at("begin", key).number(),
  );
  return { hash, name, url, begin: { segment, offset, startTime } };
}
