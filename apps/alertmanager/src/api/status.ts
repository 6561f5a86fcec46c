// GET /status and GET /receivers.
import { version } from "../version.js";
import { printTime } from "./alert-json.js";
import type { ApiContext } from "./context.js";
import { passesFilter, type Query } from "./query.js";

export function showStatus(context: ApiContext): unknown {
  return {
    cluster: { status: "disabled", peers: [] },
    config: { original: context.generation().printedConfig },
    uptime: printTime(context.startedAt),
    versionInfo: {
      branch: "",
      buildDate: "",
      buildUser: "",
      goVersion: `node ${process.version}`,
      revision: "",
      version,
    },
  };
}

export function listReceivers(context: ApiContext, query: Query): unknown[] {
  const matchers = query.matchers("receiver_matchers", context.parseMatchers);
  return [...context.generation().receivers.values()]
    .filter(({ labels }) => passesFilter(matchers, new Map(Object.entries(labels))))
    .map(({ name, labels }) => ({ name, labels }));
}
