// The document beside Prometheus' own: the same paths, methods and parameters.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { openapiDocument } from "./openapi.js";

type Operation = { readonly parameters?: readonly { readonly name: string; readonly required?: boolean }[] };
type Document = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const file = join(process.env["CORPORA"] ?? join(root, "../shared/corpora"), "api/prometheus-openapi-3.1.yaml");

function linesOf({ paths }: Document): string[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters = [] }]) => {
      const names = parameters.map(({ name, required }) => `${name}${required ? "!" : ""}`);
      return `${method} ${path} ${names.sort().join(" ")}`;
    }),
  );
}

test("the version is the one that is asked for", () => {
  expect(openapiDocument("3.2")).toMatchObject({ openapi: "3.2.0" });
});

test(existsSync(file) ? "Prometheus' document" : "Prometheus' document is absent: nothing to compare", () => {
  if (!existsSync(file)) return;
  const ours = linesOf(openapiDocument("3.1") as Document);
  const theirs = linesOf(parse(readFileSync(file, "utf8")) as Document);
  expect(theirs.filter((line) => !ours.includes(line))).toEqual([]);
});
