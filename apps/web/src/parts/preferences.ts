// What a user chose once and keeps: the time zone and how often each page refreshes. Lives in localStorage.
import { useLocalStorage } from "@mantine/hooks";
import type { Zone } from "../format/time.js";

export function useZone(): [Zone, (zone: Zone) => void] {
  const [zone, setZone] = useLocalStorage<Zone>({
    key: "narthex.zone",
    defaultValue: "local",
    getInitialValueInEffect: false,
  });
  return [zone === "utc" ? "utc" : "local", setZone];
}

/** Milliseconds between refreshes of a page, 0 for never. */
export function useRefreshInterval(page: string, defaultMs: number): [number, (intervalMs: number) => void] {
  const [intervalMs, setIntervalMs] = useLocalStorage<number>({
    key: `narthex.refresh.${page}`,
    defaultValue: defaultMs,
    getInitialValueInEffect: false,
  });
  return [Number.isFinite(intervalMs) ? intervalMs : defaultMs, setIntervalMs];
}
