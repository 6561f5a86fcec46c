// Decides whether an integration has to be told: compares an alert group with what the notification log says it was
// told last. Comes from: notify/pipeline.
import { type Labels, labelEntries } from "@narthex/model";
import { encodeUtf8 } from "@narthex/stdx";
import { isSubset, type NotificationEntry } from "../nflog/entry.js";
import type { NotificationReason, NotifiedAlert } from "./notification.js";

export interface AlertHashes {
  readonly firing: ReadonlySet<bigint>;
  readonly resolved: ReadonlySet<bigint>;
}

/** xxHash64 of bytes. */
export type HashBytes = (bytes: Uint8Array) => bigint;

export function hashAlerts(alerts: readonly NotifiedAlert[], hash: HashBytes): AlertHashes {
  const firing = new Set<bigint>();
  const resolved = new Set<bigint>();
  for (const { alert, isFiring } of alerts) (isFiring ? firing : resolved).add(alertHash(alert.labels, hash));
  return { firing, resolved };
}

/** name 0xff value 0xff …: the log is shared with Alertmanager, so the bytes must be the same. */
function alertHash(labels: Labels, hash: HashBytes): bigint {
  const parts: Uint8Array[] = [];
  for (const pair of labelEntries(labels)) for (const text of pair) parts.push(encodeUtf8(text), separator);
  return hash(Buffer.concat(parts));
}

const separator = Uint8Array.of(0xff);

export interface DedupRequest {
  readonly entry: NotificationEntry | undefined;
  readonly hashes: AlertHashes;
  readonly sendResolved: boolean;
  readonly repeatIntervalMs: number;
  readonly now: number;
}

/** Why to notify; undefined where the integration knows already. */
export function notificationReason(request: DedupRequest): NotificationReason | undefined {
  const { entry, hashes, now } = request;
  const { firing, resolved } = hashes;
  // Nobody wants to hear that something nobody heard of is over.
  if (!entry) return firing.size > 0 ? "first notification" : undefined;
  if (!isSubset(firing, entry.firing)) return "new alerts in group";
  // Whether or not resolved alerts are sent, the log has to forget the firing ones.
  if (firing.size === 0) return entry.firing.size > 0 ? "all alerts resolved" : undefined;
  if (request.sendResolved && !isSubset(resolved, entry.resolved)) return "new resolved alerts";
  return entry.timestamp < now - request.repeatIntervalMs ? "repeat interval elapsed" : undefined;
}
