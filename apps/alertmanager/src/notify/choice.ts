// "X or X_file" pairs of receivers: the entry's own, else the global ones, never both of a pair.
import type { Secret } from "@narthex/service";

export interface SecretChoice {
  readonly inline: Secret | undefined;
  readonly file: string | undefined;
}

export function isChosen(choice: SecretChoice): boolean {
  return (choice.inline !== undefined && choice.inline.reveal() !== "") || Boolean(choice.file);
}

/** `own` where it is given, else `fallback`. */
export function chooseSecret(own: SecretChoice, fallback: SecretChoice): SecretChoice {
  return isChosen(own) ? own : fallback;
}

/** Calls `fail` where both of a pair are given. */
export function checkPair(name: string, choice: SecretChoice, fail: (text: string) => never): void {
  if (choice.inline && choice.file) fail(`at most one of ${name} & ${name}_file must be configured`);
}
