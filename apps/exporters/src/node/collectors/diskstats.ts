// /proc/diskstats: I/O per disk; /sys/block and the udev database say what the disks are.
import { stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { deviceChoice } from "../device-choice.js";
import { counter, type FamilyTable, gauge, type MetricSpec } from "../families.js";
import { fieldsOf, readLines, readNumber } from "../files.js";
import { readUdevProperties } from "../udev.js";

const sectorBytes = 512;
// Multiplied by, not divided: the last digit then is the one that node_exporter shows.
const secondsPerMs = 0.001;

type Column = { readonly spec: MetricSpec; readonly factor?: number };

// In the order of the fields behind the device's name; older kernels have fewer.
const columns: readonly Column[] = [
  { spec: counter("node_disk_reads_completed_total", "Reads completed.") },
  { spec: counter("node_disk_reads_merged_total", "Reads that were merged into others.") },
  { spec: counter("node_disk_read_bytes_total", "Bytes read."), factor: sectorBytes },
  { spec: counter("node_disk_read_time_seconds_total", "Time that all reads took."), factor: secondsPerMs },
  { spec: counter("node_disk_writes_completed_total", "Writes completed.") },
  { spec: counter("node_disk_writes_merged_total", "Writes that were merged into others.") },
  { spec: counter("node_disk_written_bytes_total", "Bytes written."), factor: sectorBytes },
  { spec: counter("node_disk_write_time_seconds_total", "Time that all writes took."), factor: secondsPerMs },
  { spec: gauge("node_disk_io_now", "Requests under way.") },
  { spec: counter("node_disk_io_time_seconds_total", "Time in which requests were under way."), factor: secondsPerMs },
  {
    spec: counter("node_disk_io_time_weighted_seconds_total", "As the I/O time, weighted by requests under way."),
    factor: secondsPerMs,
  },
  { spec: counter("node_disk_discards_completed_total", "Discards completed.") },
  { spec: counter("node_disk_discards_merged_total", "Discards that were merged into others.") },
  { spec: counter("node_disk_discarded_sectors_total", "Sectors discarded.") },
  { spec: counter("node_disk_discard_time_seconds_total", "Time that all discards took."), factor: secondsPerMs },
  { spec: counter("node_disk_flush_requests_total", "Flush requests completed.") },
  {
    spec: counter("node_disk_flush_requests_time_seconds_total", "Time that all flush requests took."),
    factor: secondsPerMs,
  },
];

const diskInfo = gauge("node_disk_info", "What sysfs and udev say about the disk, in labels; always 1.");
const filesystemInfo = gauge("node_disk_filesystem_info", "The file system on the disk, in labels; always 1.");
const mapperInfo = gauge("node_disk_device_mapper_info", "The device mapper's names of the disk; always 1.");

const ataProperties: readonly (readonly [property: string, spec: MetricSpec])[] = [
  ["ID_ATA_ROTATION_RATE_RPM", gauge("node_disk_ata_rotation_rate_rpm", "Rotations per minute; 0 for an SSD.")],
  ["ID_ATA_WRITE_CACHE", gauge("node_disk_ata_write_cache", "Whether the ATA disk has a write cache.")],
  ["ID_ATA_WRITE_CACHE_ENABLED", gauge("node_disk_ata_write_cache_enabled", "Whether the write cache is on.")],
];

const flags = {
  "collector.diskstats.device-exclude": stringFlag(
    "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$",
    "Regular expression of disks to leave out.",
  ),
  "collector.diskstats.device-include": stringFlag("", "Regular expression of disks to report."),
};

export const diskstats: Collector = defineCollector({
  name: "diskstats",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const include = values["collector.diskstats.device-include"];
    // The exclusion has a default, so that an inclusion has to stand above it.
    const exclude = include === "" ? values["collector.diskstats.device-exclude"] : "";
    const isChosen = deviceChoice({ include, exclude, flag: "collector.diskstats.device" });
    return (table) => {
      for (const line of readLines(paths.proc("diskstats"))) {
        const [major = "", minor = "", device = "", ...amounts] = fieldsOf(line);
        if (!isChosen(device)) continue;
        for (const [i, amount] of amounts.entries()) addAmount(table, { device, column: columns[i], amount });
        const rotational = readNumber(paths.sys(`block/${device}/queue/rotational`)) ?? 0;
        const properties = readUdevProperties(paths.udev(`b${major}:${minor}`));
        const head = { device, major, minor, rotational: String(rotational) };
        addIdentity(table, head, properties);
      }
    };
  },
});

type Amount = { readonly device: string; readonly column: Column | undefined; readonly amount: string };

function addAmount(table: FamilyTable, { device, column, amount }: Amount): void {
  if (column === undefined) return;
  table.add(column.spec, Number(amount) * (column.factor ?? 1), { device });
}

type DiskHead = {
  readonly device: string;
  readonly major: string;
  readonly minor: string;
  readonly rotational: string;
};

function addIdentity(table: FamilyTable, head: DiskHead, properties: ReadonlyMap<string, string>): void {
  const { device } = head;
  const property = (name: string): string => properties.get(name) ?? "";
  table.add(diskInfo, 1, {
    ...head,
    path: property("ID_PATH"),
    wwn: property("ID_WWN"),
    model: property("ID_MODEL"),
    serial: property("SCSI_IDENT_SERIAL") || property("ID_SERIAL_SHORT") || property("ID_SERIAL"),
    revision: property("ID_REVISION"),
  });
  if (property("ID_FS_TYPE") !== "") {
    table.add(filesystemInfo, 1, {
      device,
      type: property("ID_FS_TYPE"),
      usage: property("ID_FS_USAGE"),
      uuid: property("ID_FS_UUID"),
      version: property("ID_FS_VERSION"),
    });
  }
  if (property("DM_NAME") !== "") {
    table.add(mapperInfo, 1, {
      device,
      name: property("DM_NAME"),
      uuid: property("DM_UUID"),
      vg_name: property("DM_VG_NAME"),
      lv_name: property("DM_LV_NAME"),
      lv_layer: property("DM_LV_LAYER"),
    });
  }
  if (property("ID_ATA") === "") return;
  for (const [name, spec] of ataProperties) {
    const value = property(name);
    if (value !== "") table.add(spec, Number(value), { device });
  }
}
