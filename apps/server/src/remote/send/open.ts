// Sending by remote write for a server, or for an agent: whoever writes a log. Comes from: main.
import { dirname, join } from "node:path";
import type { Metadata } from "@narthex/model";
import { nodeFileSystem } from "@narthex/stdx";
import type { ServerContext } from "../../context.js";
import type { ScrapeManager } from "../../scrape/manager.js";
import { userAgent } from "../../version.js";
import { Places } from "./places.js";
import { RemoteSender, type SenderOptions } from "./sender.js";

export type SenderNeighbours = Pick<SenderOptions, "walPath" | "opened" | "intake"> & {
  readonly scrape: Pick<ScrapeManager, "metadata">;
};

/** Sends once it is applied a configuration; close it after whoever writes the log, and before the log. */
export function openSender(context: ServerContext, { scrape, ...log }: SenderNeighbours): RemoteSender {
  const { flags, features, logger, clock, registry, startTime } = context;
  return new RemoteSender({
    ...log,
    startTime,
    places: flags["storage.remote.resume"] ? new Places(nodeFileSystem, placesPath(log.walPath)) : undefined,
    userAgent,
    flushDeadlineMs: flags["storage.remote.flush-deadline"],
    addsTypeAndUnit: features.addsTypeAndUnit,
    metadata: () => familiesOf(scrape),
    registry,
    logger: logger.child({ component: "remote" }),
    clock,
  });
}

function placesPath(walPath: string): string {
  return join(dirname(walPath), "remote-write.json");
}

/** Where targets say different things of a family, one of them. */
function familiesOf(scrape: SenderNeighbours["scrape"]): ReadonlyMap<string, Metadata> {
  return new Map([...scrape.metadata()].flatMap(([name, [first]]) => (first ? [[name, first] as const] : [])));
}
