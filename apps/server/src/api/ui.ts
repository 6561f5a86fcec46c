// The web UI: built files of apps/web, and one page for every path that the page's own router knows.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import { assert } from "@narthex/stdx";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

export type UiOptions = {
  /** Folder with index.html. */
  readonly folder: string;
  readonly prefix: string;
  /** Path under which browsers reach the server: "" or "/prometheus". */
  readonly basePath: string;
  /** --web.page-title */
  readonly title: string;
  readonly mode: UiMode;
};

export type UiMode = "server" | "agent";

const basePlaceholder = "__NARTHEX_BASE__";
const modePlaceholder = "__NARTHEX_MODE__";
const builtTitle = "<title>Narthex</title>";

/** Headers for pages and scripts; the page loads nothing from elsewhere. */
const pageHeaders = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "referrer-policy": "same-origin",
};

const pagesOfBoth = ["/targets", "/service-discovery", "/status", "/flags", "/config"];
const serverPages = ["/query", "/alerts", "/rules", "/tsdb-status", "/alertmanager-discovery"];

const modes: Readonly<Record<UiMode, { readonly home: string; readonly pages: ReadonlySet<string> }>> = {
  server: { home: "/query", pages: new Set([...pagesOfBoth, ...serverPages]) },
  agent: { home: "/agent", pages: new Set([...pagesOfBoth, "/agent"]) },
};

const notBuilt = "The web UI is not built: run `npm run build`. The HTTP API under /api/v1 works without it.\n";

export async function addUi(app: FastifyInstance, options: UiOptions): Promise<void> {
  const { folder, prefix, basePath, mode } = options;
  const isBuilt = existsSync(join(folder, "index.html"));
  const page = isBuilt ? pageFrom(options) : undefined;
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: folder,
      prefix: `${prefix}/`,
      // One route for each file there is: no path ever reaches the file system unchecked.
      wildcard: false,
      index: false,
      decorateReply: false,
      setHeaders: (response, path) => {
        response.setHeader("x-content-type-options", "nosniff");
        // Names in assets/ change with their content.
        const isImmutable = path.includes("/assets/");
        response.setHeader("cache-control", isImmutable ? "public, max-age=31536000, immutable" : "no-cache");
      },
    });
  }
  // Asked for by browsers that show an answer of the API.
  app.get(`${prefix}/favicon.ico`, (_request, reply) => reply.redirect(`${basePath}/favicon.svg`, 302));
  for (const path of new Set([prefix || "/", `${prefix}/`, `${prefix}/graph`])) {
    app.get(path, (request, reply) => reply.redirect(`${basePath}${modes[mode].home}${searchOf(request)}`, 302));
  }
  app.setNotFoundHandler((request, reply) => answerPage(request, reply, { page, prefix, mode }));
}

/** The folder of --web.user-assets, below /user. */
export async function addUserAssets(
  app: FastifyInstance,
  { folder, prefix }: Pick<UiOptions, "folder" | "prefix">,
): Promise<void> {
  await app.register(fastifyStatic, { root: folder, prefix: `${prefix}/user/`, decorateReply: false });
}

function answerPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { page, prefix, mode }: Pick<UiOptions, "prefix" | "mode"> & { readonly page: string | undefined },
): FastifyReply {
  const path = request.url.split("?")[0] as string;
  if (request.method !== "GET" || !isPagePath(path, prefix)) {
    return reply.code(404).type("text/plain; charset=utf-8").send("404 page not found\n");
  }
  if (page === undefined) return reply.code(404).type("text/plain; charset=utf-8").send(notBuilt);
  // The UI has a page of its own for paths that it does not know.
  const status = modes[mode].pages.has(path.slice(prefix.length)) ? 200 : 404;
  return reply
    .code(status)
    .headers(pageHeaders)
    .header("cache-control", "no-cache")
    .type("text/html; charset=utf-8")
    .send(page);
}

function isPagePath(path: string, prefix: string): boolean {
  if (!path.startsWith(`${prefix}/`)) return false;
  const rest = path.slice(prefix.length);
  const isOther = ["/api/", "/-/", "/assets/", "/alertmanager/", "/consoles/", "/user/", "/debug/"].some((start) =>
    rest.startsWith(start),
  );
  return !isOther && !rest.slice(rest.lastIndexOf("/")).includes(".");
}

function pageFrom({ folder, basePath, title, mode }: Omit<UiOptions, "prefix">): string {
  const built = readFileSync(join(folder, "index.html"), "utf8");
  const page = built.replaceAll(basePlaceholder, basePath).replaceAll(modePlaceholder, mode);
  assert(page.includes(builtTitle), "the built page has the title that is replaced");
  // A function, so that "$&" in a title means itself.
  return page.replace(builtTitle, () => `<title>${escapeHtml(title)}</title>`);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function searchOf(request: FastifyRequest): string {
  const at = request.url.indexOf("?");
  return at < 0 ? "" : request.url.slice(at);
}
