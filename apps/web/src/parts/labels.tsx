// Labels as chips. The name is quiet, the value is what people look for.
import type { LabelRecord } from "../api/prometheus.js";
import { labelPairs } from "../format/labels.js";
import classes from "./labels.module.css";

interface LabelChipsProps {
  labels: LabelRecord;
  /** Names that stand elsewhere already. */
  without?: readonly string[];
  /** Makes chips buttons that call this, for example to narrow a search. */
  onPick?: (name: string, value: string) => void;
}

export function LabelChips({ labels, without = [], onPick }: LabelChipsProps) {
  const pairs = labelPairs(labels).filter(([name]) => !without.includes(name));
  if (pairs.length === 0) return null;
  return (
    <span className={classes.chips}>
      {pairs.map(([name, value]) =>
        onPick === undefined ? (
          <span key={name} className={classes.chip} data-severity={name === "severity" ? value : undefined}>
            <ChipText name={name} value={value} />
          </span>
        ) : (
          <button
            key={name}
            type="button"
            className={classes.chip}
            title="Search for this label"
            data-severity={name === "severity" ? value : undefined}
            onClick={() => onPick(name, value)}
          >
            <ChipText name={name} value={value} />
          </button>
        ),
      )}
    </span>
  );
}

function ChipText({ name, value }: { name: string; value: string }) {
  return (
    <>
      <span className={classes.name}>{name}</span>
      <span className={classes.equals}>=</span>
      <span className={classes.value}>{value}</span>
    </>
  );
}
