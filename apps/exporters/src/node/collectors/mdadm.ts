// Software RAID: states and synchronization from /proc/mdstat, redundancy from sysfs.
import { type Collector, defineCollector, NoDataError } from "../collector.js";
import { type FamilyTable, gauge } from "../families.js";
import { listFolder, readNumber } from "../files.js";
import { type MdArray, readMdstat } from "../mdstat.js";

const disks = gauge("node_md_disks", "Disks of the array, by state.");
const disksRequired = gauge("node_md_disks_required", "Disks that the array needs to be complete.");
const blocks = gauge("node_md_blocks", "Size of the array in blocks.");
const blocksSynced = gauge("node_md_blocks_synced", "Blocks that are in sync.");
const stateSpec = gauge("node_md_state", "Which state the array is in: 1 for it, 0 for the others.");
const degraded = gauge("node_md_degraded", "Disks that the array lacks.");
const raidDisks = gauge("node_md_raid_disks", "Disks that the array is made for.");

const states = ["active", "inactive", "recovering", "resync", "check"];

export const mdadm: Collector = defineCollector({
  name: "mdadm",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      const arrays = readMdstat(paths.proc("mdstat"));
      if (arrays === undefined) throw new NoDataError("the kernel has no software RAID");
      for (const array of arrays) addArray(table, array);
      for (const device of listFolder(paths.sys("block")) ?? []) {
        const size = device.startsWith("md") ? readNumber(paths.sys(`block/${device}/md/raid_disks`)) : undefined;
        if (size === undefined) continue;
        table.add(raidDisks, size, { device });
        // Levels without redundancy have no such file and can lack nothing.
        table.add(degraded, readNumber(paths.sys(`block/${device}/md/degraded`)) ?? 0, { device });
      }
    };
  },
});

function addArray(table: FamilyTable, array: MdArray): void {
  const { device } = array;
  table.add(disksRequired, array.disksTotal, { device });
  table.add(disks, array.disksActive, { device, state: "active" });
  table.add(disks, array.disksFailed, { device, state: "failed" });
  table.add(disks, array.disksSpare, { device, state: "spare" });
  table.add(blocks, array.blocksTotal, { device });
  table.add(blocksSynced, array.blocksSynced, { device });
  for (const state of states) table.add(stateSpec, state === array.state ? 1 : 0, { device, state });
}
