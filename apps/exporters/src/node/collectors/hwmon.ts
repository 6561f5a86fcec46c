// /sys/class/hwmon: sensors for temperature, voltage, fans, power, …
// A chip's folder has files "<type><number>_<property>", such as temp1_input; what they mean stands in the kernel's
// Documentation/hwmon/sysfs-interface.
import { stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { deviceChoice } from "../device-choice.js";
import { counter, type FamilyTable, gauge } from "../families.js";
import { listFolder, readAttribute } from "../files.js";
import { chipName, cleanName } from "../hwmon-chip.js";

const chipNames = gauge("node_hwmon_chip_names", "Name that the driver gives the chip, in a label; always 1.");
const sensorLabel = gauge("node_hwmon_sensor_label", "Label that the driver gives the sensor; always 1.");

const sensorForm =
  /^(vrm|beep_enable|update_interval|in|cpu|fan|pwm|temp|curr|power|energy|humidity|intrusion|freq)(\d*)(?:_(.+))?$/;

const flags = {
  "collector.hwmon.chip-include": stringFlag("", "Regular expression of chips to report."),
  "collector.hwmon.chip-exclude": stringFlag("", "Regular expression of chips to leave out."),
  "collector.hwmon.sensor-include": stringFlag("", "Regular expression of sensors (chip;sensor) to report."),
  "collector.hwmon.sensor-exclude": stringFlag("", "Regular expression of sensors (chip;sensor) to leave out."),
};

type Choose = (name: string) => boolean;

export const hwmon: Collector = defineCollector({
  name: "hwmon",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const choice = (what: "chip" | "sensor"): Choose =>
      deviceChoice({
        include: values[`collector.hwmon.${what}-include`],
        exclude: values[`collector.hwmon.${what}-exclude`],
        flag: `collector.hwmon.${what}`,
      });
    const isChip = choice("chip");
    const isSensor = choice("sensor");
    return (table) => {
      for (const entry of listFolder(paths.sys("class/hwmon")) ?? []) {
        const folder = paths.sys(`class/hwmon/${entry}`);
        const chip = chipName(folder);
        if (chip !== "" && isChip(chip)) addChip(table, { folder, chip, isSensor });
      }
    };
  },
});

function addChip(
  table: FamilyTable,
  { folder, chip, isSensor }: { folder: string; chip: string; isSensor: Choose },
): void {
  const driverName = cleanName(readAttribute(`${folder}/name`) ?? "");
  if (driverName !== "") table.add(chipNames, 1, { chip, chip_name: driverName });
  for (const { sensor, type, properties } of readSensors([folder, `${folder}/device`])) {
    if (!isSensor(`${chip};${sensor}`)) continue;
    const label = properties.get("label");
    if (label !== undefined) table.add(sensorLabel, 1, { chip, sensor, label: label.replaceAll("\0", "") });
    for (const [property, text] of properties) {
      const value = Number(text);
      if (property === "label" || text === "" || Number.isNaN(value)) continue;
      const { spec, factor } = meaningOf({ type, property, hasPlain: properties.has("") });
      const isNamed = type === "freq" && property === "input" && label !== undefined;
      table.add(spec, value * factor, { chip, sensor: isNamed ? cleanName(label) : sensor });
    }
  }
}

type Sensor = { readonly sensor: string; readonly type: string; readonly properties: Map<string, string> };

// Old drivers keep the files with the device itself.
function readSensors(folders: readonly string[]): Sensor[] {
  const sensors = new Map<string, Sensor>();
  for (const folder of folders) {
    for (const file of listFolder(folder) ?? []) {
      const [, type, number = "", property = ""] = sensorForm.exec(file) ?? [];
      if (type === undefined) continue;
      const text = readAttribute(`${folder}/${file}`);
      if (text === undefined) continue;
      const name = `${type}${number}`;
      const sensor = sensors.get(name) ?? { sensor: name, type, properties: new Map<string, string>() };
      sensor.properties.set(property, text);
      sensors.set(name, sensor);
    }
  }
  return [...sensors.values()];
}

type Property = { readonly type: string; readonly property: string; readonly hasPlain: boolean };
type Meaning = { readonly spec: ReturnType<typeof gauge>; readonly factor: number };

const milli = 0.001;

function meaningOf({ type, property, hasPlain }: Property): Meaning {
  const base = `node_hwmon_${type}${suffixOf(property, hasPlain)}`;
  const help = `Sensor of type ${type}: ${property || "input"}.`;
  const scaled = (suffix: string, factor: number): Meaning => ({ spec: gauge(base + suffix, help), factor });
  if (property === "fault" || property === "alarm") return scaled("", 1);
  if (property === "beep") return scaled("_enabled", 1);
  switch (type) {
    case "beep_enable":
      return { spec: gauge("node_hwmon_beep_enabled", help), factor: 1 };
    case "vrm":
      return { spec: gauge("node_hwmon_voltage_regulator_version", help), factor: 1 };
    case "update_interval":
      return { spec: gauge("node_hwmon_update_interval_seconds", help), factor: milli };
    case "in":
    case "cpu":
      return scaled("_volts", milli);
    case "temp":
      return property === "type" ? scaled("", 1) : scaled("_celsius", milli);
    case "curr":
      return scaled("_amps", milli);
    case "energy":
      return { spec: counter(`${base}_joule_total`, help), factor: 1e-6 };
    case "power":
      return powerMeaning(property, scaled);
    case "humidity":
      return scaled("", milli);
    case "freq":
      return property === "input" ? scaled("_freq_mhz", 1e-6) : scaled("", 1);
    case "fan":
      return ["input", "min", "max", "target"].includes(property) ? scaled("_rpm", 1) : scaled("", 1);
    default:
      return scaled("", 1);
  }
}

function powerMeaning(property: string, scaled: (suffix: string, factor: number) => Meaning): Meaning {
  if (property === "accuracy") return scaled("", 1e-6);
  return property.startsWith("average_interval") ? scaled("_seconds", milli) : scaled("_watt", 1e-6);
}

// The input is what a sensor is about and needs no word, unless a file without property stands beside it.
function suffixOf(property: string, hasPlain: boolean): string {
  if (property === "") return "";
  if (property === "input") return hasPlain ? "_input" : "";
  return `_${cleanName(property)}`;
}
