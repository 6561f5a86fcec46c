// A notification log entry on disk and between peers: nflogpb.MeshEntry. See docs/formats/alertmanager-state.md.
import { MessageWriter, ProtoReader } from "@narthex/formats";
import { encodeUtf8 } from "@narthex/stdx";
import { timestampBytes, timestampFrom } from "../disk/timestamp.js";
import type { NotificationEntry, ReceiverKey, ReceiverValue } from "./entry.js";

export function encodeEntry(entry: NotificationEntry): Uint8Array {
  const inner = new MessageWriter()
    .bytes(1, encodeUtf8(entry.groupKey))
    .message(2, encodeReceiver(entry.receiver))
    .message(5, timestampBytes(entry.timestamp))
    .packedUint64(6, entry.firing)
    .packedUint64(7, entry.resolved);
  for (const [key, value] of Object.entries(entry.receiverData)) inner.message(8, encodeReceiverDatum(key, value));
  return new MessageWriter().message(1, inner.finish()).message(2, timestampBytes(entry.expiresAt)).finish();
}

/** Throws where the bytes are no such message or it lacks its keys. */
export function decodeEntry(message: Uint8Array): NotificationEntry {
  let inner: Omit<NotificationEntry, "expiresAt"> | undefined;
  let expiresAt = 0;
  const fields = new ProtoReader(message);
  while (fields.next()) {
    if (fields.field === 1) inner = decodeInner(fields.message());
    else if (fields.field === 2) expiresAt = timestampFrom(fields.message());
  }
  if (!inner) throw new Error("entry without a notification");
  return { ...inner, expiresAt };
}

function encodeReceiver(receiver: ReceiverKey): Uint8Array {
  return new MessageWriter().text(1, receiver.groupName).text(2, receiver.integration).uint(3, receiver.index).finish();
}

function decodeInner(fields: ProtoReader): Omit<NotificationEntry, "expiresAt"> {
  let groupKey = "";
  let receiver: ReceiverKey | undefined;
  let timestamp = 0;
  const firing: bigint[] = [];
  const resolved: bigint[] = [];
  const receiverData: [string, ReceiverValue][] = [];
  while (fields.next()) {
    if (fields.field === 1) groupKey = fields.text();
    else if (fields.field === 2) receiver = decodeReceiver(fields.message());
    else if (fields.field === 5) timestamp = timestampFrom(fields.message());
    else if (fields.field === 6) fields.pushUnsigned64sExact(firing);
    else if (fields.field === 7) fields.pushUnsigned64sExact(resolved);
    else if (fields.field === 8) receiverData.push(decodeReceiverDatum(fields.message()));
  }
  if (!receiver) throw new Error("notification without a receiver");
  return {
    groupKey,
    receiver,
    timestamp,
    firing: new Set(firing),
    resolved: new Set(resolved),
    receiverData: Object.fromEntries(receiverData),
  };
}

function decodeReceiver(fields: ProtoReader): ReceiverKey {
  const receiver = { groupName: "", integration: "", index: 0 };
  while (fields.next()) {
    if (fields.field === 1) receiver.groupName = fields.text();
    else if (fields.field === 2) receiver.integration = fields.text();
    else if (fields.field === 3) receiver.index = fields.unsigned();
  }
  return receiver;
}

// map<string, ReceiverDataValue>; the value is a oneof { 1 string, 2 int64, 3 double }, set even where it is zero.
function encodeReceiverDatum(key: string, value: ReceiverValue): Uint8Array {
  const inner = new MessageWriter();
  if (typeof value === "string") inner.message(1, encodeUtf8(value));
  else if (typeof value === "bigint") inner.int(2, Number(value));
  else inner.double(3, value);
  return new MessageWriter().text(1, key).message(2, inner.finish()).finish();
}

function decodeReceiverDatum(fields: ProtoReader): [string, ReceiverValue] {
  let key = "";
  let value: ReceiverValue = "";
  while (fields.next()) {
    if (fields.field === 1) key = fields.text();
    else if (fields.field === 2) value = decodeReceiverValue(fields.message());
  }
  return [key, value];
}

function decodeReceiverValue(fields: ProtoReader): ReceiverValue {
  let value: ReceiverValue = 0n;
  while (fields.next()) {
    if (fields.field === 1) value = fields.text();
    else if (fields.field === 2) value = BigInt(fields.signedExact());
    else if (fields.field === 3) value = fields.double();
  }
  return value;
}
