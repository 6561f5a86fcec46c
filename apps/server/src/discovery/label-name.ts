/** A name from outside as part of a label's name: what no label name may hold becomes "_". */
export function sanitizeLabelName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/gu, "_");
}

/** Fields of a map as labels under a prefix. */
export function prefixedLabels(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + sanitizeLabelName(name), value]));
}

/** A host, in brackets where it is an IPv6 address, with its port. */
export function joinHostPort(host: string, port: number | string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Values between separators, with one at both ends too: a regular expression then finds each by `,value,`. */
export function joinTags(values: readonly string[], separator = ","): string {
  return values.length === 0 ? "" : `${separator}${values.join(separator)}${separator}`;
}
