// /sys/class/power_supply: batteries and mains.
import { stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { searchPattern } from "../device-choice.js";
import { type FamilyTable, gauge } from "../families.js";
import { listFolder, readAttribute } from "../files.js";

const info = gauge("node_power_supply_info", "What sysfs says about the power supply, in labels; always 1.");

// The kernel counts in millionths of volts, amperes, watts and watt-hours.
const micro = 1e6;
const tenth = 10;

type Property = { readonly file: string; readonly suffix?: string; readonly divisor?: number };

const plain: readonly string[] = [
  "authentic",
  "calibrate",
  "capacity",
  "capacity_alert_max",
  "capacity_alert_min",
  "online",
  "present",
];

const inMicro: readonly string[] = [
  "charge_control_limit",
  "charge_control_limit_max",
  "charge_counter",
  "charge_empty",
  "charge_empty_design",
  "charge_full",
  "charge_full_design",
  "constant_charge_current",
  "constant_charge_current_max",
  "constant_charge_voltage",
  "constant_charge_voltage_max",
  "current_boot",
  "current_max",
  "energy_empty",
  "energy_empty_design",
  "energy_full",
  "energy_full_design",
  "input_current_limit",
  "precharge_current",
  "voltage_boot",
  "voltage_max",
  "voltage_max_design",
  "voltage_min",
  "voltage_min_design",
  "voltage_ocv",
];

const properties: readonly Property[] = [
  ...plain.map((file) => ({ file })),
  ...inMicro.map((file) => ({ file, divisor: micro })),
  { file: "charge_now", suffix: "charge_ampere", divisor: micro },
  { file: "current_now", suffix: "current_ampere", divisor: micro },
  { file: "energy_now", suffix: "energy_watthour", divisor: micro },
  { file: "power_now", suffix: "power_watt", divisor: micro },
  { file: "voltage_now", suffix: "voltage_volt", divisor: micro },
  { file: "cycle_count", suffix: "cyclecount" },
  { file: "temp", suffix: "temp_celsius", divisor: tenth },
  { file: "temp_alert_max", suffix: "temp_alert_max_celsius", divisor: tenth },
  { file: "temp_alert_min", suffix: "temp_alert_min_celsius", divisor: tenth },
  { file: "temp_ambient", suffix: "temp_ambient_celsius", divisor: tenth },
  { file: "temp_max", suffix: "temp_max_celsius", divisor: tenth },
  { file: "temp_min", suffix: "temp_min_celsius", divisor: tenth },
  { file: "time_to_empty_now", suffix: "time_to_empty_seconds" },
  { file: "time_to_full_now", suffix: "time_to_full_seconds" },
];

const specs = new Map(
  properties.map(({ file, suffix = file }) => [
    file,
    gauge(`node_power_supply_${suffix}`, `Property ${file} of the power supply.`),
  ]),
);

const infoFiles: readonly string[] = [
  "capacity_level",
  "charge_type",
  "health",
  "manufacturer",
  "model_name",
  "scope",
  "serial_number",
  "status",
  "technology",
  "type",
  "usb_type",
];

const ignoredFlag = "collector.powersupply.ignored-supplies";

const flags = { [ignoredFlag]: stringFlag("^$", "Regular expression of power supplies to leave out.") };

export const powersupplyclass: Collector = defineCollector({
  name: "powersupplyclass",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const isIgnored = searchPattern(values[ignoredFlag], ignoredFlag);
    return (table) => {
      for (const supply of listFolder(paths.sys("class/power_supply")) ?? []) {
        if (!isIgnored(supply)) addSupply(table, paths.sys(`class/power_supply/${supply}`), supply);
      }
    };
  },
});

function addSupply(table: FamilyTable, folder: string, supply: string): void {
  const labels = { power_supply: supply };
  const present = new Set(listFolder(folder));
  const attribute = (file: string): string => (present.has(file) ? (readAttribute(`${folder}/${file}`) ?? "") : "");
  for (const { file, divisor = 1 } of properties) {
    const text = attribute(file);
    if (text !== "" && !Number.isNaN(Number(text))) table.add(specs.get(file)!, Number(text) / divisor, labels);
  }
  const known = infoFiles.map((file) => [file, attribute(file)] as const).filter(([, text]) => text !== "");
  table.add(info, 1, { ...labels, ...Object.fromEntries(known) });
}
