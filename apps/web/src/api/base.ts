// The base path under which everything is served: the path of the server's external URL, without a final slash.
// Comes from: <base href> in index.html, which the server fills in. Goes to: every request and the router.

/** "" at the root, "/prometheus" behind `--web.external-url=http://host/prometheus/`. */
export function basePathFrom(baseHref: string): string {
  return new URL(baseHref).pathname.replace(/\/+$/, "");
}

export const basePath: string = typeof document === "undefined" ? "" : basePathFrom(document.baseURI);

/** Whether the server runs as an agent, which scrapes and sends on, and has nothing to query. The server says so in the page. */
export const isAgent: boolean = typeof document !== "undefined" && document.documentElement.dataset["mode"] === "agent";
