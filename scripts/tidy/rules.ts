// What the tree must look like: direction, cycles, sizes, names. Each rule gives its findings as sentences.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { functionParametersAllowed, outgrown } from "./outgrown.js";
import { importCandidates, root, type SourceFile } from "./source.js";

export const fileLinesMax = 500;
export const functionLinesMax = 70;
// Three is the aim; a function over typed arrays may need one more, and beyond that stands by name in outgrown.ts.
export const parametersMax = 4;

/** Whom each package may import, from the ground up; neighbours do not know each other. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  stdx: [],
  model: ["stdx"],
  formats: ["stdx", "model"],
  client: ["stdx", "model", "formats"],
  tsdb: ["stdx", "model", "formats", "client"],
  promql: ["stdx", "model", "formats", "client"],
  template: ["stdx", "model", "formats", "client"],
  service: ["stdx", "model", "formats", "client"],
};
const libraries = Object.keys(mayImport);
const apps = ["server", "alertmanager", "pushgateway", "exporters", "web"];

function allowedFor(folder: string): readonly string[] {
  if (folder === "narthex") return [...libraries, ...apps];
  return mayImport[folder] ?? libraries;
}

function isTest(file: SourceFile): boolean {
  return /\.(test|fuzz|bench)\.tsx?$/.test(file.path) || !/^(packages|apps)\//.test(file.path);
}

export function directionFindings(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const folder = /^(?:packages|apps)\/([^/]+)\//.exec(file.path)?.[1];
    if (folder === undefined) return [];
    return file.imports.flatMap((request) => {
      const match = /^@narthex\/([^/]+)(\/.*)?$/.exec(request);
      if (!match) return [];
      const target = match[1] as string;
      const isTestingEntry = match[2] === "/testing" && isTest(file);
      if (match[2] && !isTestingEntry) return [`${file.path} imports the inside of a package: ${request}`];
      if (target === folder || !allowedFor(folder).includes(target)) return [`${file.path} must not import ${request}`];
      return [];
    });
  });
}

/** Cycles of types count, too: who reads one file of a circle has to read them all. */
export function cycleFindings(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const findings: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      findings.push(`import cycle: ${[...trail.slice(at), path].join(" → ")}`);
      return;
    }
    if (done.has(path)) return;
    const file = byPath.get(path) as SourceFile;
    for (const request of file.imports) {
      const target = importCandidates(file, request).find((candidate) => byPath.has(candidate));
      if (target !== undefined) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of byPath.keys()) visit(path, []);
  return findings;
}

/** Over the limit and not on the list, or on the list and no longer so big: the list only shrinks. */
export function sizeFindings(files: readonly SourceFile[]): string[] {
  const sizes = new Map<string, { size: number; limit: number }>();
  for (const file of files) {
    if (isTest(file)) continue;
    sizes.set(file.path, { size: file.lines, limit: fileLinesMax });
    for (const one of file.functions) {
      const key = `${file.path}#${one.name}`;
      sizes.set(key, { size: Math.max(one.lines, sizes.get(key)?.size ?? 0), limit: functionLinesMax });
    }
  }
  const findings: string[] = [];
  for (const [name, { size, limit }] of sizes) {
    const allowed = outgrown[name] ?? limit;
    if (size > allowed) findings.push(`${name} has ${size} lines; the limit is ${allowed}`);
    if (name in outgrown && size < allowed)
      findings.push(`${name} has shrunk to ${size} lines: write that in outgrown.ts`);
  }
  for (const name of Object.keys(outgrown))
    if (!sizes.has(name)) findings.push(`${name} is gone: drop it from outgrown.ts`);
  return findings;
}

export function parameterFindings(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => !isTest(file))
    .flatMap((file) =>
      file.functions
        .filter((one) => one.parameters > (functionParametersAllowed[`${file.path}#${one.name}`] ?? parametersMax))
        .map((one) => `${file.path}: ${one.name} takes ${one.parameters} parameters; past 3, use an options object`),
    );
}

const bannedFile = /(^|\/)(utils?|helpers?|common|misc|shared|types)\.tsx?$/;
const bannedName = /\b(?:function|const) (get|handle|process|do|manage)[A-Z]\w*/;
const bannedText: readonly (readonly [RegExp, string])[] = [
  [/\bnew RegExp\((?!["'`/])/, "builds a RegExp from a value: user input must go through re2"],
  [/\b(TODO|FIXME|XXX)\b(?!\(#\d+\))/, "has a TODO without an issue number"],
  [/\b(?:it|test|describe)\.only\(/, "has a focused test"],
  [/catch\s*(\([^)]*\))?\s*\{\s*\}/, "swallows an error"],
  [/export \* from/, "re-exports everything"],
];

export function nameFindings(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    if (file.path.startsWith("scripts/tidy/")) return [];
    const findings: string[] = [];
    if (bannedFile.test(file.path)) findings.push(`${file.path} has a name that says nothing`);
    const name = bannedName.exec(file.text);
    if (name) findings.push(`${file.path}: "${name[0]}" has a verb that says nothing`);
    for (const [pattern, why] of bannedText) if (pattern.test(file.text)) findings.push(`${file.path} ${why}`);
    return findings;
  });
}

/** Paths in backquotes or indented maps of ARCHITECTURE.md that start with a known top folder. */
export function architectureFindings(): string[] {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const paths = text.match(/(?<![\w/.-])(?:packages|apps|docs|bench|apptest|scripts|\.ci)\/[\w./-]*[\w/]/g) ?? [];
  return [...new Set(paths)]
    .filter((path) => !existsSync(join(root, path)))
    .map((path) => `ARCHITECTURE.md names ${path}, which does not exist`);
}
