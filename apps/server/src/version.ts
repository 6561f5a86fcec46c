import { readFileSync } from "node:fs";

/** Ours, from the package's own manifest. */
export const version: string = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }
).version;

/** The Prometheus whose behaviour and API this server has: what clients ask for when they ask for a version. */
export const prometheusVersion = "3.14.0";

export const userAgent: string = `Prometheus/${prometheusVersion} Narthex/${version}`;
