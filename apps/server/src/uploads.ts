// Which blocks an uploader has not taken yet: joined with others before, they would never be uploaded.
// Comes from: the file that Thanos' sidecar keeps, {"version": 1, "uploaded": ["<ulid>", …]}. Goes to: storage.
import { readFileSync } from "node:fs";
import { errorText, type Logger } from "@narthex/service";
import type { BlockMeta } from "@narthex/tsdb";

/** Prometheus: main.go, exludeBlocksPendingUpload; without a file that can be read all blocks of the first level wait. */
export function heldBackUntilUploaded(path: string, logger: Logger): (meta: BlockMeta) => boolean {
  return ({ ulid, compaction }) => {
    if (compaction.level > 1) return false;
    try {
      return !uploadedIn(path).includes(ulid);
    } catch (error) {
      logger.warn({ path, err: errorText(error) }, "cannot read which blocks were uploaded");
      return true;
    }
  };
}

function uploadedIn(path: string): unknown[] {
  const { uploaded } = JSON.parse(readFileSync(path, "utf8")) as { readonly uploaded?: unknown };
  if (uploaded === undefined || uploaded === null) return [];
  if (!Array.isArray(uploaded)) throw new Error("'uploaded' is no list");
  return uploaded;
}
