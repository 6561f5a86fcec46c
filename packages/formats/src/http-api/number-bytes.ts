// Numbers as ASCII bytes in the query API's spelling, written into a buffer that has room; each returns where it ended.
import { printFloatApi } from "@narthex/stdx";

/** The longest number there is: sign, 17 digits, point, exponent or zeros, and some room. */
export const numberBytesMax = 40;

const zero = 0x30;
const minus = 0x2d;
const dot = 0x2e;

export function writeFloat(bytes: Uint8Array, at: number, value: number): number {
  // Small integers: most counters. -0 is none of them.
  if (value === (value | 0) && (value !== 0 || 1 / value > 0)) return writeInteger(bytes, at, value);
  return writeAscii(bytes, at, printFloatApi(value));
}

/** Milliseconds as seconds, with three decimals where they are not all zero. */
export function writeTime(bytes: Uint8Array, start: number, t: number): number {
  const ms = Math.abs(t);
  let at = start;
  if (t < 0) bytes[at++] = minus;
  at = writeInteger(bytes, at, Math.floor(ms / 1000));
  const rest = ms % 1000;
  if (rest === 0) return at;
  bytes[at++] = dot;
  bytes[at++] = zero + Math.floor(rest / 100);
  bytes[at++] = zero + (Math.floor(rest / 10) % 10);
  bytes[at++] = zero + (rest % 10);
  return at;
}

/** REQUIRES: ASCII. */
export function writeAscii(bytes: Uint8Array, at: number, text: string): number {
  const { length } = text;
  for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + length;
}

function writeInteger(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  if (value < 0) bytes[at++] = minus;
  let rest = Math.abs(value);
  let digits = 1;
  for (let bound = 10; bound <= rest; bound *= 10) digits++;
  const end = at + digits;
  for (let i = end - 1; i >= at; i--) {
    const tenth = Math.floor(rest / 10);
    bytes[i] = zero + (rest - tenth * 10);
    rest = tenth;
  }
  return end;
}
