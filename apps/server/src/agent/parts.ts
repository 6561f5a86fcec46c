// The rooms of a running agent, as rooms.ts joins them and the API reads them.
import type { Readiness } from "../api/respond.js";
import type { ScrapeRooms } from "../apply.js";
import type { Notifications } from "../notifications.js";
import type { Reloader } from "../reloader.js";
import type { RemoteSender } from "../remote/send/sender.js";
import type { AgentStorage } from "./storage.js";

export type AgentParts = ScrapeRooms & {
  readonly storage: AgentStorage;
  readonly sender: RemoteSender;
  readonly reloader: Reloader;
  readonly notifications: Notifications;
  readonly readiness: () => Readiness;
};
