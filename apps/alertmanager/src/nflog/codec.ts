// A notification log entry on disk and between peers: nflogpb.MeshEntry. See docs/formats/alertmanager-state.md.
import { MessageWriter } from "@narthex/formats";
import { decodeUtf8, encodeUtf8 } from "@narthex/stdx";
import { doubleFrom, messageFields, timestampBytes, timestampFrom, uint64Values } from "../disk/protobuf.js";
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
  for (const field of messageFields(message)) {
    if (field.number === 1) inner = decodeInner(field.bytes);
    else if (field.number === 2) expiresAt = timestampFrom(field.bytes);
  }
  if (!inner) throw new Error("entry without a notification");
  return { ...inner, expiresAt };
}

function encodeReceiver(receiver: ReceiverKey): Uint8Array {
  return new MessageWriter().text(1, receiver.groupName).text(2, receiver.integration).uint(3, receiver.index).finish();
}

function decodeInner(message: Uint8Array): Omit<NotificationEntry, "expiresAt"> {
  let groupKey = "";
  let receiver: ReceiverKey | undefined;
  let timestamp = 0;
  const firing = new Set<bigint>();
  const resolved = new Set<bigint>();
  const receiverData: [string, ReceiverValue][] = [];
  for (const field of messageFields(message)) {
    if (field.number === 1) groupKey = decodeUtf8(field.bytes);
    else if (field.number === 2) receiver = decodeReceiver(field.bytes);
    else if (field.number === 5) timestamp = timestampFrom(field.bytes);
    else if (field.number === 6) for (const hash of uint64Values(field)) firing.add(hash);
    if (field.number === 7) for (const hash of uint64Values(field)) resolved.add(hash);
    if (field.number === 8) receiverData.push(decodeReceiverDatum(field.bytes));
  }
  if (!receiver) throw new Error("notification without a receiver");
  return { groupKey, receiver, timestamp, firing, resolved, receiverData: Object.fromEntries(receiverData) };
}

function decodeReceiver(message: Uint8Array): ReceiverKey {
  const receiver = { groupName: "", integration: "", index: 0 };
  for (const field of messageFields(message)) {
    if (field.number === 1) receiver.groupName = decodeUtf8(field.bytes);
    else if (field.number === 2) receiver.integration = decodeUtf8(field.bytes);
    else if (field.number === 3) receiver.index = Number(field.value);
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

function decodeReceiverDatum(message: Uint8Array): [string, ReceiverValue] {
  let key = "";
  let value: ReceiverValue = "";
  for (const field of messageFields(message)) {
    if (field.number === 1) key = decodeUtf8(field.bytes);
    else if (field.number === 2) value = decodeReceiverValue(field.bytes);
  }
  return [key, value];
}

function decodeReceiverValue(message: Uint8Array): ReceiverValue {
  let value: ReceiverValue = 0n;
  for (const field of messageFields(message)) {
    if (field.number === 1) value = decodeUtf8(field.bytes);
    else if (field.number === 2) value = BigInt.asIntN(64, field.value);
    else if (field.number === 3) value = doubleFrom(field.value);
  }
  return value;
}
