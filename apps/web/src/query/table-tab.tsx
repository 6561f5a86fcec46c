// The Table tab: one instant query and its result.
import { queryInstant } from "../api/prometheus.js";
import { plural, printCount } from "../format/value.js";
import type { ResultProps } from "./panel.js";
import { PanelMessages } from "./panel-messages.js";
import { usePanelQuery } from "./panel-query.js";
import classes from "./panel-view.module.css";
import { resultSize } from "./result-size.js";
import { ResultTable } from "./result-table.js";
import { TimeField } from "./time-field.js";
import { guessUnit } from "./unit-guess.js";

const timeStepMs = 600_000;

export function TableTab({ panel, intervalMs, runCount, onChange }: ResultProps) {
  const { expression, time } = panel;
  const panelQuery = usePanelQuery({
    key: ["table", expression, time, runCount],
    intervalMs: time === undefined ? intervalMs : 0,
    run: (signal) => queryInstant({ expression, time: (time ?? Date.now()) / 1000 }, signal),
  });
  const { query } = panelQuery;
  const unit = panel.unit === "auto" ? guessUnit(expression) : panel.unit;
  const size = query.data && resultSize(query.data.data);
  return (
    <>
      <div className={classes.controls}>
        <TimeField
          label="Time"
          time={time}
          stepMs={timeStepMs}
          onChange={(changed) => onChange({ ...panel, time: changed }, { isStep: true })}
        />
        {query.data !== undefined && size !== undefined && !query.isError && (
          <span className={classes.stats}>
            {plural(size.seriesCount, "series", "series")}
            {size.pointCount > size.seriesCount && ` · ${printCount(size.pointCount)} points`} ·{" "}
            {Math.round(query.data.elapsedMs)} ms
          </span>
        )}
      </div>
      <PanelMessages panelQuery={panelQuery} expression={expression} />
      {query.data !== undefined && !query.isError && (
        <div className={query.isPlaceholderData ? classes.stale : classes.fresh}>
          <ResultTable data={query.data.data} unit={unit} />
        </div>
      )}
    </>
  );
}
