// The Graph tab: one range query, its controls, and what to say when a line is not the right picture.
import { lazy, Suspense, useMemo, useState } from "react";
import { type Answer, type QueryData, queryRange } from "../api/prometheus.js";
import { printDuration } from "../format/duration.js";
import { plural, printCount } from "../format/value.js";
import { EmptyState } from "../parts/empty-state.js";
import { Message } from "../parts/message.js";
import { PageSkeleton } from "../parts/skeleton.js";
import { columnsFrom } from "./columns.js";
import { GraphControls } from "./graph-controls.js";
import type { ResultProps } from "./panel.js";
import { PanelMessages } from "./panel-messages.js";
import { usePanelQuery } from "./panel-query.js";
import classes from "./panel-view.module.css";
import { resultSize } from "./result-size.js";
import { type Window, windowFor } from "./step.js";
import { guessUnit } from "./unit-guess.js";

const Graph = lazy(() => import("./graph.js"));

/** Series drawn before somebody asks for more: beyond this no eye tells lines apart, and drawing takes long. */
const seriesShownMax = 500;

interface GraphAnswer extends Answer<QueryData> {
  window: Window;
}

export function GraphTab(props: ResultProps) {
  const { panel, intervalMs, runCount, onChange } = props;
  const { expression, rangeMs, end, resolution } = panel;
  const panelQuery = usePanelQuery<GraphAnswer>({
    key: ["graph", expression, rangeMs, end, resolution, runCount],
    intervalMs: end === undefined ? intervalMs : 0,
    run: async (signal) => {
      const window = windowFor(panel, Date.now());
      const [start, last, step] = [window.start / 1000, window.end / 1000, window.step / 1000];
      return { ...(await queryRange({ expression, start, end: last, step }, signal)), window };
    },
  });
  const { query } = panelQuery;
  return (
    <>
      <GraphControls panel={panel} onChange={onChange}>
        {query.data !== undefined && !query.isError && <Stats answer={query.data} />}
      </GraphControls>
      <PanelMessages panelQuery={panelQuery} expression={expression} />
      {query.data !== undefined && !query.isError && (
        <div className={query.isPlaceholderData ? classes.stale : classes.fresh}>
          <Picture {...props} answer={query.data} />
        </div>
      )}
    </>
  );
}

function Stats({ answer }: { answer: GraphAnswer }) {
  const { seriesCount, pointCount } = resultSize(answer.data);
  return (
    <span className={classes.stats}>
      {plural(seriesCount, "series", "series")} · {printCount(pointCount)} points · step{" "}
      {printDuration(answer.window.step)} · {Math.round(answer.elapsedMs)} ms
    </span>
  );
}

function Picture({ panel, onChange, onRun, answer }: ResultProps & { answer: GraphAnswer }) {
  const [shownMax, setShownMax] = useState(seriesShownMax);
  const matrix = answer.data.resultType === "matrix" ? answer.data.result : [];
  const columns = useMemo(
    () => columnsFrom(matrix.slice(0, shownMax), answer.window),
    [matrix, shownMax, answer.window],
  );
  const unit = panel.unit === "auto" ? guessUnit(panel.expression) : panel.unit;
  if (matrix.length === 0) return <NoSeries />;
  const zoom = (start: number, end: number): void =>
    onChange({ ...panel, rangeMs: Math.max(1000, Math.round(end - start)), end: Math.round(end) }, { isStep: true });
  return (
    <>
      <div className={classes.messages}>
        {matrix.length > shownMax && (
          <Message
            kind="info"
            title={`Showing ${printCount(shownMax)} of ${printCount(matrix.length)} series`}
            advice="Aggregate with sum by (…) or take the largest with topk(10, …) to see what matters."
            action={<MoreButton onClick={() => setShownMax(shownMax * 2)} />}
          />
        )}
        {columns.histogramCount > 0 && (
          <Message
            kind="info"
            title={`${plural(columns.histogramCount, "series", "series")} of native histograms cannot be drawn as a line`}
            advice="Draw a quantile of them, or their mean; the Table shows their buckets."
            action={<HistogramButtons expression={panel.expression} onRun={onRun} />}
          />
        )}
        {columns.hasUndrawable && <Message kind="info" title="NaN and infinite values are left out of the graph" />}
      </div>
      {columns.values.length > 0 && (
        <Suspense fallback={<PageSkeleton />}>
          <Graph columns={columns} window={answer.window} unit={unit} isStacked={panel.isStacked} onZoom={zoom} />
        </Suspense>
      )}
    </>
  );
}

function MoreButton({ onClick }: { onClick: () => void }) {
  return (
    <span className={classes.group}>
      <button type="button" onClick={onClick}>
        Show more
      </button>
    </span>
  );
}

function HistogramButtons({ expression, onRun }: { expression: string; onRun: (expression: string) => void }) {
  return (
    <span className={classes.group}>
      <button type="button" onClick={() => onRun(`histogram_quantile(0.9, ${expression})`)}>
        90th percentile
      </button>
      <button type="button" onClick={() => onRun(`histogram_avg(${expression})`)}>
        Mean
      </button>
    </span>
  );
}

function NoSeries() {
  return (
    <div style={{ padding: "0 12px 12px" }}>
      <EmptyState title="Nothing in this range">
        <p>
          The expression is valid but returns no points between these times. Try a longer range, or check the selector
          in the Table.
        </p>
      </EmptyState>
    </div>
  );
}
