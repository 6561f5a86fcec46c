// The pages there are, in the order of the header: a server's or an agent's.
// Goes to: app (routes, titles), header, shortcuts, not-found.
import { isAgent } from "../api/base.js";

export interface SitePage {
  path: string;
  name: string;
  /** Pressed after "g" it goes there. */
  key: string;
  /** Follows the name in a sentence. */
  does: string;
}

const targets: SitePage = { path: "/targets", name: "Targets", key: "t", does: "shows what is scraped" };

const serverPages: SitePage[] = [
  { path: "/query", name: "Query", key: "q", does: "asks questions" },
  { path: "/alerts", name: "Alerts", key: "a", does: "shows what fires" },
  targets,
];

const agentPages: SitePage[] = [
  { path: "/agent", name: "Agent", key: "a", does: "shows what is sent, and where" },
  targets,
];

export const pages: readonly SitePage[] = isAgent ? agentPages : serverPages;

/** The first page, where "/" leads. */
export const homePath: string = isAgent ? "/agent" : "/query";
