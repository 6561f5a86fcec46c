// Asks for a user of the web config. bcrypt is slow by design: outcomes are remembered, and tries stand in one queue.
import { createHash } from "node:crypto";
import bcrypt from "bcryptjs";
import type { FastifyReply, FastifyRequest } from "fastify";

// A hash that no password has, so that an unknown user costs as much time as a known one.
const nobodySalt = "abcdefghijklmnopqrstuu";
const nobodyDigest = "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
const rememberedMax = 100;
/** Passwords that wait for bcrypt; a further one is turned away, or guessing would hold the process. */
export const waitingMax: number = 64;

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
type Users = ReadonlyMap<string, string>;

/** `users` is called for each request: name → bcrypt hash; an empty map lets everybody in. */
export function requireUser(users: () => Users): Hook {
  const checker = new PasswordChecker();
  return async (request, reply) => {
    const known = users();
    if (known.size === 0) return;
    const credentials = parseBasic(request.headers.authorization);
    const outcome = credentials ? await checker.check(credentials, known) : "wrong";
    if (outcome === "right") return;
    if (outcome === "busy") {
      await reply.code(503).header("retry-after", "1").type("text/plain").send("Too many sign-ins\n");
    } else await reply.code(401).header("www-authenticate", "Basic").type("text/plain").send("Unauthorized\n");
  };
}

type Credentials = { readonly user: string; readonly password: string };

function parseBasic(header: string | undefined): Credentials | undefined {
  const match = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? "");
  if (!match) return undefined;
  const text = Buffer.from(match[1] as string, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

export class PasswordChecker {
  readonly #remembered = new Map<string, boolean>();
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  async check({ user, password }: Credentials, users: Users): Promise<"right" | "wrong" | "busy"> {
    const hash = users.get(user) ?? nobodyHash(users);
    const key = createHash("sha256")
      .update(JSON.stringify([user, hash, password]))
      .digest("base64");
    let matches = this.#remembered.get(key);
    if (matches === undefined) {
      if (this.#waiting >= waitingMax) return "busy";
      matches = (await this.#compare(password, hash)) && users.has(user);
      this.#remember(key, matches);
    }
    return matches ? "right" : "wrong";
  }

  #compare(password: string, hash: string): Promise<boolean> {
    this.#waiting++;
    const turn = this.#last
      .then(() => bcrypt.compare(password, hash.replace(/^\$2[xy]?\$/, "$2b$")))
      .finally(() => this.#waiting--);
    // A failure belongs to whoever waits for `turn`; the next in the queue starts all the same.
    this.#last = turn.catch(() => {});
    return turn;
  }

  #remember(key: string, matches: boolean): void {
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= rememberedMax && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(key, matches);
  }
}

/** As dear as the first user's hash. */
export function nobodyHash(users: Users): string {
  const [hash] = users.values();
  const cost = /^\$2[abxy]?\$(\d\d)\$/.exec(hash ?? "")?.[1] ?? "10";
  return `$2b$${cost}$${nobodySalt}${nobodyDigest}`;
}
