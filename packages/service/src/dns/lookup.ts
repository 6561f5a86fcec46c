// Addresses of names, without getaddrinfo: that holds one of few threads until a name server answers or all tries are over, and
// some names whose server is silent would stop every other look-up of the process. The file of hosts comes first, then the name
// servers, then getaddrinfo for what they do not know: the system may have other sources. Goes to: whatever connects.
import { lookup as askSystem, type LookupAddress, Resolver } from "node:dns";
import { readFileSync } from "node:fs";
import { isIP, type LookupFunction } from "node:net";
import { promisify } from "node:util";
import { fileStamp } from "../stamp.js";
import { candidateNames, parseSearchList, type SearchList } from "./search.js";

export type NameFiles = { readonly hosts: string; readonly resolver: string; readonly services: string };

const systemFiles: NameFiles = {
  hosts: "/etc/hosts",
  resolver: "/etc/resolv.conf",
  services: "/etc/nsswitch.conf",
};

/** As glibc's. */
const serverTimeoutMs = 5000;
const serverTries = 2;

/** What the files say. */
type Known = {
  readonly hosts: ReadonlyMap<string, readonly LookupAddress[]>;
  readonly search: SearchList;
  readonly resolver: Resolver;
  /** The system finds names in some other way alone. */
  readonly isElsewhere: boolean;
};

/** There is no such name, no such address of it, or no server to ask. */
const unknownCodes: ReadonlySet<string | undefined> = new Set(["ENOTFOUND", "ENODATA", "ECONNREFUSED"]);

export class NameLookup {
  readonly #files: NameFiles;
  readonly #servers: readonly string[] | undefined;
  #stamp: string | undefined;
  #known: Known | undefined;

  /** `servers`: instead of those that the system names. */
  constructor(files: NameFiles = systemFiles, servers?: readonly string[]) {
    this.#files = files;
    this.#servers = servers;
  }

  /** For `lookup` of net.connect and others. */
  readonly lookup: LookupFunction = (name, options, callback) => {
    const family = options.family === 4 || options.family === 6 ? options.family : 0;
    this.#addresses(name, family).then(
      (found) => {
        if (options.all) callback(null, found);
        else callback(null, found[0]!.address, found[0]!.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };

  async #addresses(name: string, family: 0 | 4 | 6): Promise<LookupAddress[]> {
    const known = this.#current();
    const isOf = (one: LookupAddress): boolean => family === 0 || one.family === family;
    const written = (known.hosts.get(name.toLowerCase().replace(/\.$/, "")) ?? []).filter(isOf);
    if (written.length > 0) return [...written];
    if (!known.isElsewhere) {
      const found = await askAlongList(known, name, family);
      if (found.length > 0) return found;
    }
    return promisify(askSystem)(name, { all: true, family });
  }

  #current(): Known {
    const { hosts, resolver, services } = this.#files;
    const stamp = fileStamp([hosts, resolver, services]);
    if (this.#known && this.#stamp === stamp) return this.#known;
    this.#stamp = stamp;
    const asked = new Resolver({ timeout: serverTimeoutMs, tries: serverTries });
    if (this.#servers) asked.setServers(this.#servers);
    this.#known = {
      hosts: hostsFrom(textOf(hosts)),
      search: parseSearchList(textOf(resolver)),
      resolver: asked,
      isElsewhere: process.platform === "win32" || process.platform === "darwin" || !asksServers(textOf(services)),
    };
    return this.#known;
  }
}

/** As `askServers`: a name of the search list that cannot be asked for is no reason not to ask for the next. */
async function askAlongList({ search, resolver }: Known, name: string, family: 0 | 4 | 6): Promise<LookupAddress[]> {
  let failure: Error | undefined;
  for (const candidate of candidateNames(name, search)) {
    try {
      const found = await askServers(resolver, candidate, family);
      if (found.length > 0) return found;
    } catch (error) {
      failure ??= error as Error;
    }
  }
  if (failure !== undefined) throw failure;
  return [];
}

/** Empty where no server knows the name. Throws where one that may know does not answer, or refuses. */
async function askServers(resolver: Resolver, name: string, family: 0 | 4 | 6): Promise<LookupAddress[]> {
  const of = async (one: 4 | 6): Promise<LookupAddress[]> => {
    if (family !== 0 && family !== one) return [];
    const ask = one === 4 ? resolver.resolve4 : resolver.resolve6;
    const addresses = await promisify<string, string[]>(ask.bind(resolver))(name);
    return addresses.map((address) => ({ address, family: one }));
  };
  const answers = await Promise.allSettled([of(4), of(6)]);
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  if (found.length > 0) return found;
  for (const answer of answers) {
    if (answer.status === "rejected" && !unknownCodes.has((answer.reason as NodeJS.ErrnoException).code)) {
      throw answer.reason as Error;
    }
  }
  return [];
}

/** hosts(5) */
function hostsFrom(text: string): ReadonlyMap<string, readonly LookupAddress[]> {
  const hosts = new Map<string, LookupAddress[]>();
  for (const line of text.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      hosts.set(key, [...(hosts.get(key) ?? []), { address, family }]);
    }
  }
  return hosts;
}

/** Whether the line of hosts in nsswitch.conf(5) has the name servers; a system without the file has. */
function asksServers(text: string): boolean {
  const line = /^\s*hosts:(.*)$/m.exec(text)?.[1];
  return line === undefined || /\b(?:dns|resolve)\b/.test(line);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new Error(`cannot read ${path}`, { cause: error });
  }
}

const names = new NameLookup();

/** Of this machine. */
export const lookupName: LookupFunction = names.lookup;

export type AddressOrder = "resolved" | "random";

export function lookupIn(order: AddressOrder): LookupFunction {
  return order === "random" ? lookupShuffled : lookupName;
}

/** As `lookupName`, in another order each time: connections spread over a name's addresses. */
const lookupShuffled: LookupFunction = (name, options, callback) => {
  lookupName(name, { ...options, all: true }, (error, found) => {
    const addresses = shuffled(found as LookupAddress[]);
    const [first] = addresses;
    if (error || options.all || !first) callback(error, addresses);
    else callback(null, first.address, first.family);
  });
};

function shuffled(addresses: readonly LookupAddress[]): LookupAddress[] {
  return addresses
    .map((address) => ({ address, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ address }) => address);
}
