// Configs on their way to another thread, which takes plain data only: secrets go as what they are, marked, and are
// secrets again over there. What `pack` returns must go nowhere but to a thread of this process.
import { Secret } from "@narthex/service";

const mark = "\u0000secret";

export function pack(value: unknown): unknown {
  if (value instanceof Secret) return { [mark]: value.reveal() };
  if (Array.isArray(value)) return value.map(pack);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, pack(field)]));
}

export function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack);
  if (typeof value !== "object" || value === null) return value;
  if (mark in value) return new Secret(String(value[mark]));
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, unpack(field)]));
}
