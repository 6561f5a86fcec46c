// /sys/devices/system/edac: memory errors found by the memory controllers.
import { type Collector, defineCollector } from "../collector.js";
import { counter, type FamilyTable } from "../families.js";
import { listFolder, readAttribute, readNumber } from "../files.js";

const correctable = counter("node_edac_correctable_errors_total", "Memory errors that were corrected.");
const uncorrectable = counter("node_edac_uncorrectable_errors_total", "Memory errors that could not be corrected.");
const rowCorrectable = counter("node_edac_csrow_correctable_errors_total", "As above, by row of chips.");
const rowUncorrectable = counter("node_edac_csrow_uncorrectable_errors_total", "As above, by row of chips.");
const channelCorrectable = counter("node_edac_channel_correctable_errors_total", "As above, by channel of a row.");
const channelUncorrectable = counter("node_edac_channel_uncorrectable_errors_total", "As above, by channel of a row.");

export const edac: Collector = defineCollector({
  name: "edac",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      for (const entry of listFolder(paths.sys("devices/system/edac/mc")) ?? []) {
        const controller = /^mc(\d+)$/.exec(entry)?.[1];
        if (controller !== undefined) addController(table, paths.sys(`devices/system/edac/mc/${entry}`), controller);
      }
    };
  },
});

type Count = {
  readonly spec: ReturnType<typeof counter>;
  readonly file: string;
  readonly labels: Record<string, string>;
};

function addCount(table: FamilyTable, { spec, file, labels }: Count): void {
  const value = readNumber(file);
  if (value !== undefined) table.add(spec, value, labels);
}

function addController(table: FamilyTable, folder: string, controller: string): void {
  addCount(table, { spec: correctable, file: `${folder}/ce_count`, labels: { controller } });
  addCount(table, { spec: uncorrectable, file: `${folder}/ue_count`, labels: { controller } });
  const unknown = { controller, csrow: "unknown" };
  addCount(table, { spec: rowCorrectable, file: `${folder}/ce_noinfo_count`, labels: unknown });
  addCount(table, { spec: rowUncorrectable, file: `${folder}/ue_noinfo_count`, labels: unknown });
  for (const entry of listFolder(folder) ?? []) {
    const csrow = /^csrow(\d+)$/.exec(entry)?.[1];
    if (csrow !== undefined) addRow(table, `${folder}/${entry}`, { controller, csrow });
  }
}

function addRow(table: FamilyTable, folder: string, labels: { controller: string; csrow: string }): void {
  addCount(table, { spec: rowCorrectable, file: `${folder}/ce_count`, labels });
  addCount(table, { spec: rowUncorrectable, file: `${folder}/ue_count`, labels });
  for (const file of listFolder(folder) ?? []) {
    const [, channel, kind] = /^ch(\d+)_([cu])e_count$/.exec(file) ?? [];
    if (channel === undefined) continue;
    const spec = kind === "c" ? channelCorrectable : channelUncorrectable;
    const dimm_label = dimmLabel(readAttribute(`${folder}/ch${channel}_dimm_label`) ?? "");
    addCount(table, { spec, file: `${folder}/${file}`, labels: { ...labels, channel, dimm_label } });
  }
}

// "mc#0csrow#0channel#1" → "mc0_csrow0_channel1".
function dimmLabel(text: string): string {
  return text.replaceAll("#", "").replace("csrow", "_csrow").replace("channel", "_channel");
}
