// Space and inodes of the mounted file systems: mountinfo says what there is, statfs(2) how full it is.
import { durationFlag, numberFlag, stringFlag } from "@narthex/service";
import { systemClock } from "@narthex/stdx";
import { type Collector, defineCollector } from "../collector.js";
import { type DeviceChoice, deviceChoice } from "../device-choice.js";
import { type FamilyTable, gauge } from "../families.js";
import { type Mount, readMounts } from "../mounts.js";
import type { Paths } from "../paths.js";
import { MountTimeoutError, StatfsLanes } from "../statfs-lanes.js";

const sizeBytes = gauge("node_filesystem_size_bytes", "Size of the file system.");
const freeBytes = gauge("node_filesystem_free_bytes", "Free space, with what is reserved for root.");
const availBytes = gauge("node_filesystem_avail_bytes", "Free space for users other than root.");
const files = gauge("node_filesystem_files", "Inodes of the file system.");
const filesFree = gauge("node_filesystem_files_free", "Free inodes.");
const readOnly = gauge("node_filesystem_readonly", "Whether the file system is mounted for reading only.");
const deviceError = gauge("node_filesystem_device_error", "Whether the file system could not be asked.");
const mountInfo = gauge("node_filesystem_mount_info", "Device numbers of the mount, in labels; always 1.");

const flags = {
  "collector.filesystem.mount-points-exclude": stringFlag(
    "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)",
    "Regular expression of mount points to leave out.",
  ),
  "collector.filesystem.mount-points-include": stringFlag("", "Regular expression of mount points to report."),
  "collector.filesystem.fs-types-exclude": stringFlag(
    "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|erofs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|" +
      "overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs)$",
    "Regular expression of file system types to leave out.",
  ),
  "collector.filesystem.fs-types-include": stringFlag("", "Regular expression of file system types to report."),
  "collector.filesystem.mount-timeout": durationFlag("5s", "How long a mount point may take to answer."),
  "collector.filesystem.stat-workers": numberFlag(4, "Accepted for compatibility; see statfs-lanes.ts."),
};

type FilesystemFlags = { readonly [Name in keyof typeof flags]: string | number };

export const filesystem: Collector = defineCollector({
  name: "filesystem",
  isDefault: true,
  flags,
  open: ({ paths, flags: values, logger }) => {
    const isPoint = choiceOf(values, "collector.filesystem.mount-points");
    const isType = choiceOf(values, "collector.filesystem.fs-types");
    const lanes = new StatfsLanes({ timeoutMs: values["collector.filesystem.mount-timeout"], clock: systemClock });
    return async (table) => {
      const mounts = uniqueMounts(readMounts(paths)).filter((m) => isPoint(m.mountPoint) && isType(m.fsType));
      const failures = await Promise.all(mounts.map((mount) => addMount(table, { mount, lanes, paths })));
      for (const failure of failures) if (failure !== undefined) logger.debug(failure, "cannot ask the file system");
    };
  },
});

type ListFlag = "collector.filesystem.mount-points" | "collector.filesystem.fs-types";

// An inclusion stands above the exclusion, which has a default.
function choiceOf(values: FilesystemFlags, flag: ListFlag): DeviceChoice {
  const include = String(values[`${flag}-include`]);
  return deviceChoice({ include, exclude: include === "" ? String(values[`${flag}-exclude`]) : "", flag });
}

// What is mounted twice at one place is told once.
function uniqueMounts(mounts: readonly Mount[]): Mount[] {
  const byKey = new Map(mounts.map((mount) => [`${mount.device}\n${mount.mountPoint}\n${mount.fsType}`, mount]));
  return [...byKey.values()];
}

type AddMount = { readonly mount: Mount; readonly lanes: StatfsLanes; readonly paths: Paths };
type Failure = { readonly mountpoint: string; readonly err: unknown };

async function addMount(table: FamilyTable, { mount, lanes, paths }: AddMount): Promise<Failure | undefined> {
  const { device, mountPoint: mountpoint, fsType: fstype } = mount;
  const labels = { device, mountpoint, fstype, device_error: "" };
  try {
    const stats = await lanes.ask({ path: paths.root(mountpoint), fsType: fstype });
    table.add(sizeBytes, stats.blocks * stats.bsize, labels);
    table.add(freeBytes, stats.bfree * stats.bsize, labels);
    table.add(availBytes, stats.bavail * stats.bsize, labels);
    table.add(files, stats.files, labels);
    table.add(filesFree, stats.ffree, labels);
    table.add(deviceError, 0, labels);
    return undefined;
  } catch (err) {
    labels.device_error = err instanceof MountTimeoutError ? err.message : (err as Error).message;
    table.add(deviceError, 1, labels);
    return { mountpoint, err };
  } finally {
    table.add(readOnly, mount.isReadOnly ? 1 : 0, labels);
    table.add(mountInfo, 1, { device, mountpoint, major: mount.major, minor: mount.minor });
  }
}
