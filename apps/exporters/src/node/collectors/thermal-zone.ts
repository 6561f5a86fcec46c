// /sys/class/thermal: temperatures of zones, states of cooling devices.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { listFolder, readAttribute, readNumber } from "../files.js";

const temperature = gauge("node_thermal_zone_temp", "Temperature of the zone in degrees Celsius.");
const currentState = gauge("node_cooling_device_cur_state", "How much the device cools now.");
const maxState = gauge("node_cooling_device_max_state", "How much the device can cool.");

export const thermalZone: Collector = defineCollector({
  name: "thermal_zone",
  isDefault: true,
  open: ({ paths }) => {
    const root = paths.sys("class/thermal");
    return (table) => {
      for (const entry of listFolder(root) ?? []) {
        const type = readAttribute(`${root}/${entry}/type`) ?? "";
        const [, kind, number = ""] = /^(thermal_zone|cooling_device)(\d+)$/.exec(entry) ?? [];
        if (kind === "thermal_zone") {
          const millidegrees = readNumber(`${root}/${entry}/temp`);
          if (millidegrees !== undefined) table.add(temperature, millidegrees / 1000, { zone: number, type });
        } else if (kind === "cooling_device") {
          const current = readNumber(`${root}/${entry}/cur_state`);
          const max = readNumber(`${root}/${entry}/max_state`);
          if (current !== undefined) table.add(currentState, current, { name: number, type });
          if (max !== undefined) table.add(maxState, max, { name: number, type });
        }
      }
    };
  },
});
