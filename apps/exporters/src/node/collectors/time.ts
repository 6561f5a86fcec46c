// The machine's clock, its time zone, and the clock sources of the kernel.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { fieldsOf, listFolder, readAttribute } from "../files.js";

const timeSeconds = gauge("node_time_seconds", "The machine's time, in seconds since 1970.");
const zoneOffset = gauge("node_time_zone_offset_seconds", "Offset of the local time zone from UTC.");
const available = gauge("node_time_clocksource_available_info", "Clock sources that the kernel could use.");
const current = gauge("node_time_clocksource_current_info", "The clock source that the kernel uses.");

const deviceForm = /^clocksource(\d+)$/;

export const time: Collector = defineCollector({
  name: "time",
  isDefault: true,
  open: ({ paths, now }) => {
    const folder = paths.sys("devices/system/clocksource");
    return (table) => {
      const milliseconds = now();
      const date = new Date(milliseconds);
      table.add(timeSeconds, milliseconds / 1000);
      table.add(zoneOffset, -date.getTimezoneOffset() * 60, { time_zone: zoneName(date) });
      for (const name of listFolder(folder) ?? []) {
        const device = deviceForm.exec(name)?.[1];
        if (device === undefined) continue;
        const sources = readAttribute(`${folder}/${name}/available_clocksource`) ?? "";
        for (const clocksource of fieldsOf(sources)) table.add(available, 1, { device, clocksource });
        const clocksource = readAttribute(`${folder}/${name}/current_clocksource`);
        if (clocksource !== undefined) table.add(current, 1, { device, clocksource });
      }
    };
  },
});

const zoneNames = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" });

// "UTC", "CET", "GMT+2".
function zoneName(date: Date): string {
  return zoneNames.formatToParts(date).find((part) => part.type === "timeZoneName")?.value ?? "";
}
