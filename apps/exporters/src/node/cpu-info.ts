// /proc/cpuinfo, one block of "key : value" lines per CPU; the keys are those of the x86 kernel.
import { fieldsOf, readText } from "./files.js";
import type { Paths } from "./paths.js";

export type CpuInfo = {
  readonly labels: CpuLabels;
  /** NaN where the kernel does not say. */
  readonly megahertz: number;
  readonly flags: readonly string[];
  readonly bugs: readonly string[];
};

type CpuLabels = {
  readonly package: string;
  readonly core: string;
  readonly cpu: string;
  readonly vendor: string;
  readonly family: string;
  readonly model: string;
  readonly model_name: string;
  readonly microcode: string;
  readonly stepping: string;
  readonly cachesize: string;
};

export function readCpuInfo(paths: Paths): CpuInfo[] {
  const blocks = readText(paths.proc("cpuinfo")).split(/\n\s*\n/);
  return blocks.map(parseBlock).filter((info) => info !== undefined);
}

function parseBlock(block: string): CpuInfo | undefined {
  const values = new Map<string, string>();
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at > 0) values.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  const cpu = values.get("processor");
  if (cpu === undefined || !/^\d+$/.test(cpu)) return undefined;
  const value = (key: string): string => values.get(key) ?? "";
  return {
    labels: {
      package: value("physical id"),
      core: value("core id"),
      cpu,
      vendor: value("vendor_id"),
      family: value("cpu family"),
      model: value("model"),
      model_name: value("model name"),
      microcode: value("microcode"),
      stepping: value("stepping"),
      cachesize: value("cache size"),
    },
    megahertz: Number.parseFloat(value("cpu MHz")),
    flags: fieldsOf(value("flags")),
    bugs: fieldsOf(value("bugs")),
  };
}
