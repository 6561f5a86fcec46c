// What the storage keeps: from the configuration first, then from the flags. Goes to: main, at the start, and the reloader.
import { printDuration } from "@narthex/model";
import { parseSelector } from "@narthex/promql";
import { printSize } from "@narthex/service";
import type { Retention } from "@narthex/tsdb";
import type { Config } from "./config/config.js";
import { retentionMsOf, type ServerFlags } from "./flags.js";

const defaultRetentionMs = 15 * 24 * 3_600_000;

/** The config's retention goes before the flags'; 15 days where nobody says anything. */
export function retentionOf(flags: ServerFlags, config: Config): Retention {
  const tsdb = config.storage?.tsdb;
  const set = tsdb?.retention;
  const ms = set?.time || retentionMsOf(flags);
  const bytes = set?.size || flags["storage.tsdb.retention.size"];
  const percentage = set?.percentage ?? 0;
  const isLimited = ms > 0 || bytes > 0 || percentage > 0;
  return {
    retentionMs: isLimited ? ms : defaultRetentionMs,
    retentionBytesMax: bytes,
    retentionDiskPercentMax: percentage,
    retentionRules: (tsdb?.retention_rules ?? []).map(({ match, time }) => ({
      matchers: parseSelector(match),
      retentionMs: time,
    })),
  };
}

/** As /api/v1/status/runtimeinfo shows it: `15d or 10GiB`. */
export function printRetention(retention: Retention): string {
  const { retentionMs, retentionBytesMax, retentionDiskPercentMax } = retention;
  const parts: string[] = [];
  if (retentionMs > 0) parts.push(printDuration(retentionMs));
  if (retentionDiskPercentMax > 0) parts.push(`${retentionDiskPercentMax}%`);
  else if (retentionBytesMax > 0) parts.push(printSize(retentionBytesMax));
  return parts.join(" or ");
}
