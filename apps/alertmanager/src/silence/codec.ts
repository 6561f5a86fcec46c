// A silence on disk and on the wire between peers: silencepb.MeshSilence. See docs/formats/alertmanager-state.md.

import { MessageWriter, ProtoReader } from "@narthex/formats";
import type { Matcher } from "@narthex/model";
import { timestampBytes, timestampFrom } from "../disk/timestamp.js";
import { decodeMatcher, encodeMatcher } from "./matcher-codec.js";
import type { Silence } from "./silence.js";

/** A silence and the time from which it may be forgotten. */
export interface StoredSilence {
  readonly silence: Silence;
  readonly expiresAt: number;
}

export function encodeStoredSilence(stored: StoredSilence): Uint8Array {
  return new MessageWriter()
    .message(1, encodeSilence(stored.silence))
    .message(2, timestampBytes(stored.expiresAt))
    .finish();
}

/** Throws where the bytes are no such message or the silence has no id. */
export function decodeStoredSilence(message: Uint8Array): StoredSilence {
  let silence: Silence | undefined;
  let expiresAt = 0;
  const fields = new ProtoReader(message);
  while (fields.next()) {
    if (fields.field === 1) silence = decodeSilence(fields.message());
    else if (fields.field === 2) expiresAt = timestampFrom(fields.message());
  }
  if (!silence) throw new Error("entry without a silence");
  return { silence, expiresAt };
}

function encodeSilence(silence: Silence): Uint8Array {
  const writer = new MessageWriter().text(1, silence.id);
  // The first set stands where versions before 0.32 look for it.
  for (const matcher of silence.matcherSets[0] ?? []) writer.message(2, encodeMatcher(matcher));
  writer
    .message(3, timestampBytes(silence.startsAt))
    .message(4, timestampBytes(silence.endsAt))
    .message(5, timestampBytes(silence.updatedAt))
    .text(8, silence.createdBy)
    .text(9, silence.comment);
  for (const [key, value] of Object.entries(silence.annotations)) {
    writer.message(10, new MessageWriter().text(1, key).text(2, value).finish());
  }
  if (silence.matcherSets.length > 1) {
    for (const matchers of silence.matcherSets) writer.message(11, encodeMatcherSet(matchers));
  }
  return writer.finish();
}

function encodeMatcherSet(matchers: readonly Matcher[]): Uint8Array {
  const writer = new MessageWriter();
  for (const matcher of matchers) writer.message(1, encodeMatcher(matcher));
  return writer.finish();
}

function decodeSilence(fields: ProtoReader): Silence {
  const silence = { id: "", startsAt: 0, endsAt: 0, updatedAt: 0, createdBy: "", comment: "" };
  const annotations: [string, string][] = [];
  const firstSet: Matcher[] = [];
  const sets: Matcher[][] = [];
  while (fields.next()) {
    switch (fields.field) {
      case 1:
        silence.id = fields.text();
        break;
      case 2:
        firstSet.push(decodeMatcher(fields.message()));
        break;
      case 3:
        silence.startsAt = timestampFrom(fields.message());
        break;
      case 4:
        silence.endsAt = timestampFrom(fields.message());
        break;
      case 5:
        silence.updatedAt = timestampFrom(fields.message());
        break;
      case 8:
        silence.createdBy = fields.text();
        break;
      case 9:
        silence.comment = fields.text();
        break;
      case 10:
        annotations.push(decodeTextPair(fields.message()));
        break;
      case 11:
        sets.push(decodeMatcherSet(fields.message()));
    }
  }
  if (silence.id === "") throw new Error("silence without an id");
  const matcherSets = sets.length > 0 ? sets : [firstSet];
  return { ...silence, matcherSets, annotations: Object.fromEntries(annotations) };
}

function decodeMatcherSet(fields: ProtoReader): Matcher[] {
  const matchers: Matcher[] = [];
  while (fields.next()) if (fields.field === 1) matchers.push(decodeMatcher(fields.message()));
  return matchers;
}

function decodeTextPair(fields: ProtoReader): [string, string] {
  const pair: [string, string] = ["", ""];
  while (fields.next()) {
    if (fields.field === 1 || fields.field === 2) pair[fields.field - 1] = fields.text();
  }
  return pair;
}
