import type { LabelRecord } from "../api/prometheus.js";
import { labelPairs } from "../format/labels.js";
import classes from "./series-name.module.css";

/** A series as PromQL writes it, with its parts in the editor's colours. */
export function SeriesName({ labels }: { labels: LabelRecord }) {
  const name = labels["__name__"];
  const pairs = labelPairs(labels);
  if (name === undefined && pairs.length === 0) return <span className={classes.bare}>{"{}"} without labels</span>;
  return (
    <span className={classes.series}>
      {name !== undefined && <strong>{name}</strong>}
      {pairs.length > 0 && "{"}
      {pairs.map(([label, value], i) => (
        <span key={label}>
          <span className={classes.label}>{label}</span>=<span className={classes.labelValue}>"{value}"</span>
          {i < pairs.length - 1 && ", "}
        </span>
      ))}
      {pairs.length > 0 && "}"}
    </span>
  );
}
