import { createHash, timingSafeEqual } from "node:crypto";
import bcrypt from "bcryptjs";
import type { FastifyReply, FastifyRequest } from "fastify";

// A hash that no password has, so that an unknown user costs as much time as a known one.
const nobody = "$2b$10$abcdefghijklmnopqrstuuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01";
const rememberedMax = 100;

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Asks for one of `users` (name → bcrypt hash). Outcomes are remembered by digest: bcrypt costs 100 ms a try. */
export function requireUser(users: ReadonlyMap<string, string>): Hook {
  const remembered = new Map<string, boolean>();
  return async (request, reply) => {
    const credentials = parseBasic(request.headers.authorization);
    if (credentials && (await isValid(credentials, users, remembered))) return;
    await reply.code(401).header("www-authenticate", "Basic").type("text/plain").send("Unauthorized\n");
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

async function isValid(
  { user, password }: Credentials,
  users: ReadonlyMap<string, string>,
  remembered: Map<string, boolean>,
): Promise<boolean> {
  const hash = users.get(user) ?? nobody;
  const key = createHash("sha256").update(`${user}\0${hash}\0${password}`).digest("base64");
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const matches = await bcrypt.compare(password, hash.replace(/^\$2y\$/, "$2b$"));
  const outcome =
    matches && users.has(user) && timingSafeEqual(Buffer.from(hash), Buffer.from(users.get(user) as string));
  if (remembered.size >= rememberedMax) remembered.clear();
  remembered.set(key, outcome);
  return outcome;
}
