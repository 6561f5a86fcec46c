// The rooms of a running server, as main joins them and the API reads them.
import type { Tsdb } from "@narthex/tsdb";
import type { Readiness } from "./api/respond.js";
import type { Notifications } from "./notifications.js";
import type { Notifier } from "./notify/notifier.js";
import type { QueryLog } from "./query/log.js";
import type { Queries } from "./query/open.js";
import type { Reloader } from "./reloader.js";
import type { Remotes } from "./remote/read/remotes.js";
import type { RemoteSender } from "./remote/send/sender.js";
import type { AlertHistory } from "./rules/history/log.js";
import type { RuleManager } from "./rules/manager.js";
import type { ScrapeManager } from "./scrape/manager.js";
import type { ServerStorage } from "./storage.js";

export type ServerParts = {
  readonly tsdb: Tsdb;
  readonly storage: ServerStorage;
  readonly readiness: () => Readiness;
  readonly remotes: Remotes;
  readonly queries: Queries;
  readonly scrape: ScrapeManager;
  readonly sender: RemoteSender;
  readonly rules: RuleManager;
  readonly notifier: Notifier;
  readonly reloader: Reloader;
  readonly history: AlertHistory;
  readonly notifications: Notifications;
  readonly queryLog: QueryLog;
};
