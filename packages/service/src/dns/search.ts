// Which names a name stands for: the search list of /etc/resolv.conf (resolv.conf(5)), which node:dns leaves out for records.
import { readFileSync } from "node:fs";

export type SearchList = { readonly domains: readonly string[]; readonly ndots: number };

const noSearch: SearchList = { domains: [], ndots: 1 };

/** A machine without the file has no list. */
export function readSearchList(path = "/etc/resolv.conf"): SearchList {
  try {
    return parseSearchList(readFileSync(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return noSearch;
    throw new Error(`cannot read ${path}`, { cause: error });
  }
}

/** The last `search` or `domain` line counts. */
export function parseSearchList(text: string): SearchList {
  let { domains, ndots } = noSearch;
  for (const line of text.split("\n")) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "search") domains = words;
    else if (keyword === "domain") domains = words.slice(0, 1);
    else if (keyword === "options") ndots = Number(/(?:^| )ndots:(\d+)/.exec(words.join(" "))?.[1] ?? ndots);
  }
  return { domains: domains.map((domain) => domain.replace(/\.$/, "")).filter((domain) => domain !== ""), ndots };
}

/** Full names in the order to try them; a name that ends in a dot is full already. */
export function candidateNames(name: string, { domains, ndots }: SearchList): string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const searched = domains.map((domain) => `${name}.${domain}`);
  const dots = name.split(".").length - 1;
  return dots >= ndots ? [name, ...searched] : [...searched, name];
}
