// Names for hardware-monitoring chips that stay the same over restarts, when hwmon0 may become hwmon1.
// Prometheus: collector/hwmon_linux.go hwmonName.
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { listFolder, readAttribute } from "./files.js";

/** Lower case, with underscores for all but letters, digits and colons. */
export function cleanName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, "_")
    .replace(/^_+|_+$/g, "");
}

/** Bus and device where the chip stands ("platform_coretemp_0"), else the driver's name for it, else the folder's. */
export function chipName(folder: string): string {
  const driverName = cleanName(readAttribute(`${folder}/name`) ?? "");
  if (!existsSync(`${folder}/device`)) return driverName || cleanName(basename(realpathSync(folder)));
  const device = realpathSync(`${folder}/device`);
  const parts = [cleanName(basename(dirname(device))), cleanName(basename(device))];
  // One device may have several chips, which the driver tells apart.
  const chips = listFolder(`${device}/hwmon`)?.length ?? 0;
  if (chips > 1) parts.push(driverName);
  return parts.filter((part) => part !== "").join("_");
}
