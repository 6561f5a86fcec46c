import { readFileSync } from "node:fs";
import type { Secret } from "../yaml/secret.js";

/** The secret as it is now: written in the config, or in a file that is read at each use so that rotation needs no reload. */
export function secretText(inline: Secret | string | undefined, file: string | undefined): string {
  if (inline !== undefined && inline !== "") return typeof inline === "string" ? inline : inline.reveal();
  return file ? secretFileText(file) : "";
}

export function secretFileText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new Error(`cannot read the secret file ${path}`, { cause: error });
  }
}
