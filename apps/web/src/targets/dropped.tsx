// Targets that relabeling dropped: loaded only when asked for, as service discovery can drop thousands.
import { useQuery } from "@tanstack/react-query";
import { fetchTargets } from "../api/prometheus.js";
import { matchesSearch, searchTexts } from "../format/labels.js";
import { plural } from "../format/value.js";
import { EmptyState } from "../parts/empty-state.js";
import { LabelChips } from "../parts/labels.js";
import { NotLoaded } from "../parts/not-loaded.js";
import page from "../parts/page.module.css";
import classes from "./dropped.module.css";
import { poolOfDropped } from "./pools.js";

const droppedShownMax = 200;

export function DroppedTargets({ search }: { search: string }) {
  const query = useQuery({
    queryKey: ["targets", "dropped"],
    queryFn: ({ signal }) => fetchTargets("dropped", signal),
  });
  if (query.data === undefined) return <NotLoaded query={query} what="dropped targets" />;
  const found = query.data.droppedTargets.filter(({ discoveredLabels }) =>
    matchesSearch(search, searchTexts(discoveredLabels)),
  );
  if (found.length === 0) {
    return (
      <EmptyState title="No dropped targets">
        <p>
          Targets that service discovery found and <code>relabel_configs</code> dropped are listed here with the labels
          they were found with.
        </p>
      </EmptyState>
    );
  }
  return (
    <section className={page.card} aria-label="Dropped targets">
      {found.slice(0, droppedShownMax).map((target) => (
        <div key={JSON.stringify(target.discoveredLabels)} className={classes.target}>
          <strong>{poolOfDropped(target)}</strong>
          <LabelChips labels={target.discoveredLabels} />
        </div>
      ))}
      {found.length > droppedShownMax && (
        <p className={classes.rest}>
          {plural(found.length - droppedShownMax, "more", "more")}: search to narrow them down.
        </p>
      )}
    </section>
  );
}
