// The path of a push names its group: /metrics/job/<job>{/<label>/<value>}, each name with "@base64" where the value
// is encoded. Comes from: the router, decoded. Goes to: the store, as the group's labels.
import { unescapeName } from "@narthex/formats";
import { PushError } from "./error.js";

/** Labels of a group by name, job among them; values may be empty. */
export type GroupLabels = ReadonlyMap<string, string>;

export type GroupPathOptions = {
  /** Names may hold any character, written as "U__…" where a path cannot. */
  readonly hasUtf8Names: boolean;
};

/** Bounds of a group's labels. */
export const groupLabelsMax: number = 64;
export const labelLengthMax: number = 4096;

const base64Suffix = "@base64";

/** `path` is what follows "/metrics". Throws PushError with status 404 where it names no job at all. */
export function parseGroupPath(path: string, options: GroupPathOptions): GroupLabels {
  const [, first = "", jobText, ...components] = path.split("/");
  const isJob = first === "job" || first === `job${base64Suffix}`;
  if (!isJob || jobText === undefined) throw new PushError("404 page not found", 404);
  const job = first === "job" ? jobText : decodeJob(jobText);
  // A slash at the end names no label.
  if (components.length === 1 && components[0] === "") components.pop();
  if (components.length % 2 !== 0) {
    throw new PushError(`odd number of components in label string ${quote(`/${components.join("/")}`)}`);
  }
  const labels = new Map<string, string>();
  for (let i = 0; i < components.length; i += 2) {
    const { name, value } = decodePair(components[i] as string, components[i + 1] as string, options);
    labels.set(name, value);
  }
  if (job === "") throw new PushError("job name is required");
  labels.set("job", job);
  if (labels.size > groupLabelsMax) throw new PushError(`more than ${groupLabelsMax} labels in the path`);
  return labels;
}

function decodeJob(text: string): string {
  const job = decodeBase64(text);
  if (job === undefined) throw new PushError(`invalid base64 encoding in job name ${quote(text)}: illegal base64 data`);
  return job;
}

function decodePair(first: string, text: string, options: GroupPathOptions): { name: string; value: string } {
  const isEncoded = first.endsWith(base64Suffix);
  const written = isEncoded ? first.slice(0, -base64Suffix.length) : first;
  const name = options.hasUtf8Names ? unescapeName(written) : written;
  if (!isProperName(name, options)) throw new PushError(`improper label name ${quote(written)}`);
  const value = isEncoded ? decodeBase64(text) : text;
  if (value === undefined) {
    throw new PushError(`invalid base64 encoding for label ${written}=${quote(text)}: illegal base64 data`);
  }
  if (value.length > labelLengthMax) throw new PushError(`value of label ${written} is longer than ${labelLengthMax}`);
  return { name, value };
}

function isProperName(name: string, { hasUtf8Names }: GroupPathOptions): boolean {
  if (name === "" || name.length > labelLengthMax || name.startsWith("__")) return false;
  return hasUtf8Names ? !/\p{Surrogate}/u.test(name) : /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}

// The alphabet for URLs; padding may be left out, and "=" alone is the empty value.
function decodeBase64(text: string): string | undefined {
  const body = text.replace(/=+$/, "");
  if (!/^[A-Za-z0-9_-]*$/.test(body) || body.length % 4 === 1) return undefined;
  return Buffer.from(body, "base64url").toString("utf8");
}

function quote(text: string): string {
  return JSON.stringify(text);
}
