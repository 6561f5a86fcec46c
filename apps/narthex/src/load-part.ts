// Loads parts of the bundle with the code that V8 made of them when it was built: compiling is half the CPU of a start.
// Comes from: the entries that scripts/bundle.mjs writes, which builds this file by itself. Where there is no code, or it is damaged or
// for another V8, a part is compiled as usual. A part's name says what is in it, so its code is never another one's.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedDataVersionTag } from "node:v8";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

type Part = { readonly exports: unknown };
type Require = (name: string) => unknown;
/** What Node.js gives a CommonJS module. */
type PartFunction = (exports: unknown, require: Require, module: Part, file: string, folder: string) => void;

const folder = fileURLToPath(new URL(".", import.meta.url));
const codeFolder = join(folder, "code", `${process.arch}-${cachedDataVersionTag()}`);
/** Behind the code: V8 dies of code that is damaged, and does not look whether it is. */
const checksumBytes = 4;
const nodeRequire = createRequire(import.meta.url);
const requirePart = Object.assign((name: string): unknown => {
  return name.startsWith("./") ? loadPart(name.slice(2)) : nodeRequire(name);
}, nodeRequire);

// V8 takes code for text of the same length: it must begin like the text the code was made of.
const head = Buffer.from("(function (exports, require, module, __filename, __dirname) {");
const foot = Buffer.from("\n})");

const parts = new Map<string, Part>();
/** Only while `keepCode` runs. */
let scripts: Map<string, Script> | undefined;

/** What the part exports; it runs when it is loaded for the first time. */
export function loadPart(name: string): unknown {
  // Node.js maps traces to the sources only for what it loads itself.
  if (process.sourceMapsEnabled) return nodeRequire(`./${name}`);
  const known = parts.get(name);
  if (known) return known.exports;
  const part: Part = { exports: {} };
  parts.set(name, part);
  const file = join(folder, name);
  const script = new Script(textOf(file), { filename: file, cachedData: codeOf(name) });
  scripts?.set(name, script);
  const run = script.runInThisContext() as PartFunction;
  run.call(part.exports, part.exports, requirePart, part, file, folder);
  return part.exports;
}

/** Made in one piece: of texts that are joined, V8's heap would have the file's own beside the whole. */
function textOf(file: string): string {
  return Buffer.concat([head, readFileSync(file), foot]).toString();
}

function codeOf(name: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(codeFolder, name));
  } catch {
    // There is none.
    return undefined;
  }
  const end = Math.max(0, bytes.length - checksumBytes);
  const code = bytes.subarray(0, end);
  return end > 0 && crc32(code) === bytes.readUInt32LE(end) ? code : undefined;
}

/** Loads the parts, has `use` use them, and writes down what V8 made of them: all functions that ran. For the build. */
export async function keepCode(names: readonly string[], use: () => Promise<void>): Promise<void> {
  scripts = new Map();
  for (const name of names) loadPart(name);
  await use();
  if (!codeFolder.endsWith(`-${cachedDataVersionTag()}`))
    throw new Error("V8 has other options than at the start: it would take none of the code");
  mkdirSync(codeFolder, { recursive: true });
  for (const [name, script] of scripts) {
    const file = join(codeFolder, name);
    const code = script.createCachedData();
    const checksum = Buffer.alloc(checksumBytes);
    checksum.writeUInt32LE(crc32(code));
    writeFileSync(`${file}.tmp`, Buffer.concat([code, checksum]));
    renameSync(`${file}.tmp`, file);
  }
}
