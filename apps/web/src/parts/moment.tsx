// Moments as people read them: how long ago, with the exact time on hover.
import { printRelative, printTime } from "../format/time.js";
import { useNow } from "./clock.js";
import { useZone } from "./preferences.js";

/** "12s ago", renewed every second. */
export function RelativeTime({ t }: { t: number | undefined }) {
  const now = useNow();
  const [zone] = useZone();
  if (t === undefined) return <span>never</span>;
  return (
    <time dateTime={new Date(t).toISOString()} title={printTime(t, zone)}>
      {printRelative(t, now)}
    </time>
  );
}

/** "2026-03-09 14:05:07" in the chosen zone. */
export function ExactTime({ t }: { t: number }) {
  const [zone] = useZone();
  return <time dateTime={new Date(t).toISOString()}>{printTime(t, zone)}</time>;
}
