// Reads the tree's sources as facts: imports, function sizes, parameter counts.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, Visitor } from "oxc-parser";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

export type SourceFunction = { readonly name: string; readonly lines: number; readonly parameters: number };

export type SourceFile = {
  /** From the root, with slashes: "packages/tsdb/src/head/head.ts". */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly string[];
  readonly functions: readonly SourceFunction[];
};

const skippedFolders = new Set(["node_modules", "dist", "bundle", "testdata", ".git", "coverage", "data"]);

export function readSources(): SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) visit(path);
      } else if (/\.(ts|tsx|mjs)$/.test(entry.name) && !entry.name.endsWith(".d.ts")) files.push(readSource(path));
    }
  };
  for (const folder of ["packages", "apps", "apptest", "bench", "scripts"]) visit(join(root, folder));
  return files;
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, "utf8");
  const file = relative(root, path).split(sep).join("/");
  // AssemblyScript decorates functions, which is no TypeScript.
  const { program, module, errors } = parseSync(file, text.replace(/^@inline$/gm, " ".repeat("@inline".length)));
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const requests = [
    ...module.staticImports.map((one) => one.moduleRequest.value),
    ...module.staticExports.flatMap((one) => one.entries.map(({ moduleRequest }) => moduleRequest?.value)),
  ];
  const lineStarts = lineStartsOf(text);
  const functions: SourceFunction[] = [];
  const add = (node: { start: number; end: number; params: readonly unknown[] }, name: string): void => {
    const lines = lineAt(lineStarts, node.end) - lineAt(lineStarts, node.start) + 1;
    functions.push({ name, lines, parameters: node.params.length });
  };
  const names = new Map<number, string>();
  const called = (node: { start: number }): string =>
    names.get(node.start) ?? `function at line ${lineAt(lineStarts, node.start) + 1}`;
  new Visitor({
    MethodDefinition: (node) => names.set(node.value.start, text.slice(node.key.start, node.key.end)),
    Property: (node) => names.set(node.value.start, text.slice(node.key.start, node.key.end)),
    VariableDeclarator: (node) => {
      if (node.init && node.id.type === "Identifier") names.set(node.init.start, node.id.name);
    },
    FunctionDeclaration: (node) => add(node, node.id?.name ?? "default"),
    FunctionExpression: (node) => add(node, called(node)),
    ArrowFunctionExpression: (node) => add(node, called(node)),
  }).visit(program);
  return {
    path: file,
    text,
    lines: lineStarts.length - 1,
    imports: [...new Set(requests.filter((request) => request !== undefined))],
    functions,
  };
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

/** The files that a relative import may mean, from the root; none for a package. */
export function importCandidates(file: SourceFile, request: string): string[] {
  if (!request.startsWith(".")) return [];
  const path = join(dirname(file.path), request).split(sep).join("/");
  return [path, path.replace(/\.js$/, ".ts"), path.replace(/\.js$/, ".tsx")];
}
