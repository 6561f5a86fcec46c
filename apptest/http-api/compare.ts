// What of an answer counts: status, the headers that clients act upon, the error's type, and the body's shape.
// Values are compared where both systems have the same data: results of queries, names and values of labels.
export type ApiAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON. */
  readonly body: unknown;
};

const headerNames = [
  "content-type",
  "location",
  "allow",
  "access-control-allow-origin",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-expose-headers",
];

export async function answerFrom(response: Response): Promise<ApiAnswer> {
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  const headers = headerNames.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    status: response.status,
    headers: Object.fromEntries(headers),
    body: isJson && text !== "" ? JSON.parse(text) : text,
  };
}

/** One line for each difference; empty for none. */
export function differences(own: ApiAnswer, peer: ApiAnswer): string[] {
  const found: string[] = [];
  if (own.status !== peer.status) found.push(`status ${own.status}, theirs ${peer.status}`);
  for (const name of headerNames) {
    const [ours, theirs] = [own.headers[name], peer.headers[name]];
    if (ours !== theirs) found.push(`${name} ${ours ?? "absent"}, theirs ${theirs ?? "absent"}`);
  }
  const [ours, theirs] = [shapeOf(own.body), shapeOf(peer.body)];
  if (ours !== theirs) found.push(`shape ${ours}, theirs ${theirs}`);
  return found;
}

const valued = new Set(["errorType", "status", "resultType", "state", "health", "type", "format"]);

/** Types of a value's parts; a list has the shapes of its elements, each once. */
export function shapeOf(value: unknown, name = ""): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${[...new Set(value.map((item) => shapeOf(item)))].sort().join("|")}]`;
  if (typeof value !== "object") return valued.has(name) ? JSON.stringify(value) : typeof value;
  const fields = Object.entries(value).map(([field, part]) => `${field}:${shapeOf(part, field)}`);
  return `{${fields.sort().join(",")}}`;
}
