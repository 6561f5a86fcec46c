// One line of the notification log: what a receiver's integration was last told about an alert group.

export interface ReceiverKey {
  readonly groupName: string;
  readonly integration: string;
  readonly index: number;
}

/** What an integration remembers between notifications, such as the timestamp of a chat message. */
export type ReceiverValue = string | bigint | number;

export interface NotificationEntry {
  readonly groupKey: string;
  readonly receiver: ReceiverKey;
  readonly timestamp: number;
  /** Hashes of the alerts, see `alertHash`. */
  readonly firing: ReadonlySet<bigint>;
  readonly resolved: ReadonlySet<bigint>;
  readonly receiverData: Readonly<Record<string, ReceiverValue>>;
  readonly expiresAt: number;
}

/** The key peers know an entry by. */
export function entryKey(groupKey: string, receiver: ReceiverKey): string {
  return `${groupKey}:${receiver.groupName}/${receiver.integration}/${receiver.index}`;
}

export function isSubset(part: ReadonlySet<bigint>, whole: ReadonlySet<bigint>): boolean {
  if (part.size > whole.size) return false;
  for (const hash of part) if (!whole.has(hash)) return false;
  return true;
}
