// The top of a page: its name, a line that says how things stand, and how often it is refreshed.
import type { ReactNode } from "react";
import classes from "./page.module.css";
import type { useRefreshInterval } from "./preferences.js";
import { RefreshControl } from "./toolbar.js";

interface PageHeadProps {
  title: string;
  interval: ReturnType<typeof useRefreshInterval>;
  isLoading: boolean;
  onRefresh: () => unknown;
  children?: ReactNode;
}

export function PageHead({ title, interval, isLoading, onRefresh, children }: PageHeadProps) {
  const [intervalMs, setIntervalMs] = interval;
  return (
    <div className={classes.head}>
      <h1 className={classes.title}>{title}</h1>
      {children}
      <div className={classes.push}>
        <RefreshControl
          intervalMs={intervalMs}
          isLoading={isLoading}
          onRefresh={() => void onRefresh()}
          onIntervalChange={setIntervalMs}
        />
      </div>
    </div>
  );
}

/** How things stand, in `<strong data-tone="…">`; screen readers hear of its changes. */
export function Headline({ children }: { children: ReactNode }) {
  return (
    <p className={classes.headline} aria-live="polite">
      {children}
    </p>
  );
}
