/** JSON as Go's encoder writes it: what could end a script element in HTML is escaped. */
export function printGoJson(value: unknown, indent?: string): string {
  const escapes: Readonly<Record<string, string>> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026" };
  return JSON.stringify(value, undefined, indent).replace(/[<>&]/g, (character) => escapes[character] as string);
}
