// Says that the server does not answer, tries again by itself, and renews every page's data once it does.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { currentConnection, subscribeConnection } from "../api/connection.js";
import { fetchBuildInfo } from "../api/prometheus.js";
import { printRoughDuration } from "../format/duration.js";
import { useNow } from "../parts/clock.js";
import classes from "./connection-banner.module.css";

const retryMs = 3_000;

export function ConnectionBanner() {
  const { isLost, lostSince } = useSyncExternalStore(subscribeConnection, currentConnection);
  const client = useQueryClient();
  useEffect(() => {
    if (!isLost) return;
    // A failure is what the store is told by the request itself; here only success matters.
    const timer = window.setInterval(() => {
      fetchBuildInfo().then(
        () => client.invalidateQueries(),
        () => undefined,
      );
    }, retryMs);
    return () => window.clearInterval(timer);
  }, [isLost, client]);
  return <div aria-live="assertive">{isLost && <Banner since={lostSince} />}</div>;
}

function Banner({ since }: { since: number }) {
  const now = useNow();
  return (
    <div className={classes.banner}>
      <span className={classes.dot} aria-hidden="true" />
      <strong>The server does not answer.</strong>
      <span>
        What you see is {printRoughDuration(now - since)} old or more. Trying again every {retryMs / 1000} seconds.
      </span>
    </div>
  );
}
