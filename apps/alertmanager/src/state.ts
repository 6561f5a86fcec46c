// What Alertmanager keeps while configs come and go: alerts in memory, silences and the notification log on disk.
import { randomUUID } from "node:crypto";
import type { Logger } from "@narthex/service";
import { type Clock, type FileSystem, nodeFileSystem } from "@narthex/stdx";
import { AlertStore } from "./alerts/store.js";
import type { Damage } from "./disk/entry-file.js";
import type { AlertmanagerFlags } from "./flags.js";
import { type MaintainedStore, repeat, runMaintenance } from "./maintenance.js";
import type { StateMetrics } from "./metrics.js";
import type { NotificationLog } from "./nflog/log.js";
import { openNotificationLog } from "./nflog/open.js";
import { openSilences } from "./silence/open.js";
import type { SilenceStore } from "./silence/store.js";

export interface StateRequest {
  readonly flags: AlertmanagerFlags;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly fileSystem?: FileSystem;
  /** Hears of alerts that a limit refused. */
  readonly onLimited: () => void;
}

export interface State {
  readonly alerts: AlertStore;
  readonly silences: SilenceStore;
  readonly log: NotificationLog;
}

/** Throws where the storage folder cannot be read or written. */
export function openState(request: StateRequest): State {
  const { flags, logger, clock, fileSystem = nodeFileSystem, onLimited } = request;
  const folder = flags["storage.path"];
  const place = { fileSystem, folder, clock, retentionMs: flags["data.retention"] };
  try {
    fileSystem.makeFolder(folder);
    const { silences, damage } = openSilences({
      ...place,
      silencesMax: flags["silences.max-silences"],
      silenceBytesMax: flags["silences.max-silence-size-bytes"],
      newId: randomUUID,
    });
    warnOfDamage(logger, "silences", damage);
    const onError = (error: Error): void => logger.error({ err: error }, "cannot sync the notification log");
    const { log, damage: logDamage } = openNotificationLog({ ...place, onError });
    warnOfDamage(logger, "nflog", logDamage);
    const alertsMax = flags["alerts.max-alerts"];
    const alertsPerNameMax = flags["alerts.per-alertname-limit"];
    return { alerts: new AlertStore({ clock, alertsMax, alertsPerNameMax, onLimited }), silences, log };
  } catch (error) {
    throw new Error(`cannot open the storage folder ${folder}`, { cause: error });
  }
}

function warnOfDamage(logger: Logger, name: string, damage: Damage | undefined): void {
  if (damage) logger.warn({ file: name, ...damage }, "the end of a state file could not be read and was put aside");
}

export interface ChoreRequest {
  readonly flags: AlertmanagerFlags;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: StateMetrics;
  /** Hears of resolved alerts being forgotten. */
  readonly onCollected: () => void;
}

/** Starts the recurring chores. Returns a function that ends them and leaves the files compact. */
export function startChores(state: State, request: ChoreRequest): () => void {
  const { flags, logger, clock, metrics, onCollected } = request;
  const stores: MaintainedStore[] = [
    { name: "silences", maintain: () => state.silences.maintain(), metrics: metrics.storeMaintenance("silences") },
    { name: "nflog", maintain: () => state.log.maintain(), metrics: metrics.storeMaintenance("nflog") },
  ];
  const maintainAll = (): void => {
    for (const store of stores) runMaintenance(store, logger);
  };
  const endMaintenance = repeat(clock, flags["data.maintenance-interval"], maintainAll);
  const endCollection = repeat(clock, flags["alerts.gc-interval"], () => {
    state.alerts.collectGarbage();
    onCollected();
  });
  return () => {
    endMaintenance();
    endCollection();
    maintainAll();
    closeState(state);
  };
}

export function closeState(state: State): void {
  state.silences.close();
  state.log.close();
}
