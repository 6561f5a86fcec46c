// The legend: a row per series with its last, lowest, highest and mean value. Click to isolate, hover to highlight.
import { useMemo } from "react";
import { printSeries, sharedLabels, withoutLabels } from "../format/labels.js";
import { plural, printValue, type Unit } from "../format/value.js";
import { seriesColor } from "./colors.js";
import { type Columns, summarizeColumn } from "./columns.js";
import classes from "./graph.module.css";
import { SeriesName } from "./series-name.js";

interface LegendProps {
  columns: Columns;
  unit: Unit;
  shown: ReadonlySet<number> | undefined;
  onToggle: (index: number, options: { isAdded: boolean }) => void;
  onFocus: (index: number | undefined) => void;
}

export function Legend({ columns, unit, shown, onToggle, onFocus }: LegendProps) {
  // Written once above the rows: repeated in each they would hide what differs.
  const shared = useMemo(() => sharedLabels(columns.labels), [columns.labels]);
  const summaries = useMemo(() => columns.values.map(summarizeColumn), [columns.values]);
  return (
    <div className={classes.legend}>
      <div className={classes.legendHead}>
        <span title="Click a series to see it alone, Ctrl-click to add or remove it">
          {plural(columns.labels.length, "series", "series")}
          {Object.keys(shared).length > 0 && (
            <>
              , all with <SeriesName labels={shared} />
            </>
          )}
        </span>
        <span className={classes.number}>Last</span>
        <span className={classes.number}>Min</span>
        <span className={classes.number}>Max</span>
        <span className={classes.number}>Mean</span>
      </div>
      {columns.labels.map((labels, i) => {
        const summary = summaries[i];
        const own = withoutLabels(labels, shared);
        const isOwn = Object.keys(own).length > 0;
        return (
          <button
            key={printSeries(labels)}
            type="button"
            className={classes.legendRow}
            aria-pressed={shown?.has(i) ?? true}
            onClick={(event) => onToggle(i, { isAdded: event.ctrlKey || event.metaKey || event.shiftKey })}
            onMouseEnter={() => onFocus(i)}
            onMouseLeave={() => onFocus(undefined)}
            onFocus={() => onFocus(i)}
            onBlur={() => onFocus(undefined)}
          >
            <span className={classes.legendName}>
              <span className={classes.swatch} style={{ background: seriesColor(i) }} />
              <SeriesName labels={isOwn ? own : labels} />
            </span>
            {(["last", "minimum", "maximum", "mean"] as const).map((field) => (
              <span key={field} className={classes.number}>
                {summary === undefined ? "–" : printValue(summary[field], unit)}
              </span>
            ))}
          </button>
        );
      })}
    </div>
  );
}
