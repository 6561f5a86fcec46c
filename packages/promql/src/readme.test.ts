// The README's examples run, and every `expression; // → value` in them is true.
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { expect, it } from "vitest";
import * as library from "./index.js";
import * as testing from "./testing.js";

const modules: Readonly<Record<string, object>> = { "@narthex/promql": library, "@narthex/promql/testing": testing };
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code as string);

/** The example, which is our own text, as the body of a function of `modules` and `claim`. */
function functionOf(code: string): (from: typeof modules, claim: (found: unknown, value: unknown) => void) => void {
  const body = code
    .replaceAll(/^import (\{.*\}) from ("[^"]+");$/gm, "const $1 = from[$2];")
    .replaceAll(/^(\S.*); \/\/ → (.*)$/gm, "claim($1, $2);");
  return runInThisContext(`(from, claim) => {"use strict";\n${body}}`) as ReturnType<typeof functionOf>;
}

it.each(examples.map((code, i) => [i + 1, code] as const))("example %i", (_, code) => {
  let claims = 0;
  functionOf(code)(modules, (found, value) => {
    claims++;
    expect(found).toEqual(value);
  });
  expect(claims).toBe(code.split("// →").length - 1);
  expect(claims).toBeGreaterThan(0);
});
