import type { ReactNode } from "react";
import classes from "./badge.module.css";

export type Tone = "firing" | "pending" | "ok" | "silenced" | "quiet";

const tones: Record<string, Tone> = {
  firing: "firing",
  down: "firing",
  error: "firing",
  pending: "pending",
  unknown: "pending",
  inactive: "quiet",
  expired: "quiet",
  up: "ok",
  active: "ok",
  silenced: "silenced",
  inhibited: "silenced",
  muted: "silenced",
};

/** A state in its colour, always with its word: colour alone says nothing to many. */
export function StateBadge({ state, children }: { state: string; children?: ReactNode }) {
  return (
    <span className={classes.badge} data-tone={tones[state] ?? "quiet"}>
      <span className={classes.dot} aria-hidden="true" />
      {children ?? state}
    </span>
  );
}
