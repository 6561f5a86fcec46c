import { createHash } from "node:crypto";

/** What services know an alert group by: the same in every Alertmanager, and no longer than they allow. */
export function groupHash(groupKey: string): string {
  return createHash("sha256").update(groupKey).digest("hex");
}
