// node_exporter's flags: those of the program, one switch per collector, and the collectors' own.
import {
  booleanFlag,
  type FlagSpec,
  type FlagTable,
  type FlagValues,
  type LogFlags,
  logFlags,
  numberFlag,
  stringFlag,
  stringsFlag,
  UsageError,
} from "@narthex/service";
import type { Collector } from "./collector.js";
import { collectors } from "./collectors.js";

type ProgramFlags = {
  readonly "path.procfs": FlagSpec<string>;
  readonly "path.sysfs": FlagSpec<string>;
  readonly "path.rootfs": FlagSpec<string>;
  readonly "path.udev.data": FlagSpec<string>;
  readonly "web.listen-address": FlagSpec<readonly string[]>;
  readonly "web.telemetry-path": FlagSpec<string>;
  readonly "web.disable-exporter-metrics": FlagSpec<boolean>;
  readonly "web.max-requests": FlagSpec<number>;
  readonly "web.config.file": FlagSpec<string>;
  readonly "web.systemd-socket": FlagSpec<boolean>;
  readonly "collector.disable-defaults": FlagSpec<boolean>;
  readonly "runtime.gomaxprocs": FlagSpec<number>;
} & LogFlags;

const programFlags: ProgramFlags = {
  "path.procfs": stringFlag("/proc", "Where procfs is mounted."),
  "path.sysfs": stringFlag("/sys", "Where sysfs is mounted."),
  "path.rootfs": stringFlag("/", "Where the host's root file system is mounted."),
  "path.udev.data": stringFlag("/run/udev/data", "Folder of the udev database."),
  "web.listen-address": stringsFlag([":9100"], "Address to listen on; may be given more than once."),
  "web.telemetry-path": stringFlag("/metrics", "Path of the metrics."),
  "web.disable-exporter-metrics": booleanFlag(false, "Leave out metrics about the exporter itself."),
  "web.max-requests": numberFlag(40, "Scrapes that may run at once; 0 for any number."),
  "web.config.file": stringFlag("", "Web configuration file for TLS and authentication."),
  "web.systemd-socket": booleanFlag(false, "Listen on sockets of systemd (not supported).", { hidden: true }),
  "collector.disable-defaults": booleanFlag(false, "Turn off all collectors that are not turned on by a flag."),
  "runtime.gomaxprocs": numberFlag(1, "Accepted for compatibility; without effect.", { hidden: true }),
  ...logFlags,
};

export type ProgramValues = FlagValues<ProgramFlags>;

/** All flags under one roof. Typed loosely, since the collectors' flags are known to the collectors alone. */
export const nodeExporterFlags: FlagTable = Object.assign(
  {},
  programFlags,
  ...collectors.map((collector) => ({ [switchName(collector)]: collectorSwitch(collector), ...collector.flags })),
);

export type NodeExporterValues = FlagValues<FlagTable>;

export function programValues(values: NodeExporterValues): ProgramValues {
  // The values come from the table above, which holds exactly these flags.
  const program = values as ProgramValues;
  if (program["web.systemd-socket"]) throw new UsageError("--web.systemd-socket is not supported");
  return program;
}

function switchName(collector: Collector): string {
  return `collector.${collector.name}`;
}

// Undefined unless given, for --collector.disable-defaults has to tell a default from a wish.
function collectorSwitch({ name, isDefault }: Collector): FlagSpec {
  const help = `Turn the ${name} collector on or off`;
  return { ...booleanFlag(isDefault, `${help}.`), initial: undefined, initialText: isDefault ? "on" : "off" };
}

/** The collectors that the flags turn on. */
export function enabledCollectors(values: NodeExporterValues): Collector[] {
  const hasDefaults = !programValues(values)["collector.disable-defaults"];
  return collectors.filter((collector) => {
    const wish = values[switchName(collector)] as boolean | undefined;
    return wish ?? (hasDefaults && collector.isDefault);
  });
}
