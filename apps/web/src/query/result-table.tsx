// An instant result as rows: labels, and the value as the server printed it, with its unit beside it where known.
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import type { MatrixSeries, QueryData, RawPoint, VectorSeries } from "../api/prometheus.js";
import { parseValue, plural, printValue, type Unit } from "../format/value.js";
import { EmptyState } from "../parts/empty-state.js";
import { ExactTime } from "../parts/moment.js";
import page from "../parts/page.module.css";
import { HistogramView } from "./histogram.js";
import classes from "./result-table.module.css";
import { SeriesName } from "./series-name.js";
import { type SortOrder, sortVector } from "./vector-sort.js";

/** Rows drawn before somebody asks for more: thousands would freeze the page. */
const rowsShownMax = 500;
/** Points of one series of a range selector. */
const pointsShownMax = 100;

export function ResultTable({ data, unit }: { data: QueryData; unit: Unit }) {
  if (data.resultType === "vector") return <VectorTable series={data.result} unit={unit} />;
  if (data.resultType === "matrix") return <MatrixTable series={data.result} />;
  const [, value] = data.result;
  return (
    <Rows head={<th>{data.resultType === "string" ? "String" : "Scalar"}</th>}>
      <tr>
        <td className={classes.value}>{data.resultType === "string" ? value : <Value text={value} unit={unit} />}</td>
      </tr>
    </Rows>
  );
}

function Rows({ head, children }: { head: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

const nextOrder: Record<SortOrder, SortOrder> = { server: "descending", descending: "ascending", ascending: "server" };
const orderIcons = { server: IconArrowsSort, descending: IconArrowDown, ascending: IconArrowUp };

function VectorTable({ series, unit }: { series: VectorSeries[]; unit: Unit }) {
  const [order, setOrder] = useState<SortOrder>("server");
  const [shownMax, setShownMax] = useState(rowsShownMax);
  if (series.length === 0) return <NoSeries />;
  const sorted = sortVector(series, order);
  const OrderIcon = orderIcons[order];
  return (
    <>
      <Rows
        head={
          <>
            <th>Series</th>
            <th className={classes.valueHead} aria-sort={order === "server" ? "none" : order}>
              <button type="button" onClick={() => setOrder(nextOrder[order])}>
                Value <OrderIcon size={13} aria-hidden="true" />
              </button>
            </th>
          </>
        }
      >
        {sorted.slice(0, shownMax).map(({ metric, value, histogram }) => (
          <tr key={JSON.stringify(metric)}>
            <td>
              <SeriesName labels={metric} />
            </td>
            <td className={classes.value}>
              {histogram === undefined ? (
                <Value text={value?.[1] ?? ""} unit={unit} />
              ) : (
                <HistogramView h={histogram[1]} unit={unit} />
              )}
            </td>
          </tr>
        ))}
      </Rows>
      <More count={sorted.length - shownMax} onMore={() => setShownMax(shownMax * 4)} />
    </>
  );
}

function MatrixTable({ series }: { series: MatrixSeries[] }) {
  const [shownMax, setShownMax] = useState(rowsShownMax);
  if (series.length === 0) return <NoSeries />;
  return (
    <>
      <Rows
        head={
          <>
            <th>Series</th>
            <th>Points</th>
          </>
        }
      >
        {series.slice(0, shownMax).map(({ metric, values = [], histograms = [] }) => (
          <tr key={JSON.stringify(metric)}>
            <td>
              <SeriesName labels={metric} />
            </td>
            <td className={classes.points}>
              <Points values={values} />
              {histograms.slice(-pointsShownMax).map(([t, h]) => (
                <div key={t}>
                  count {h.count}, sum {h.sum} @ <ExactTime t={t * 1000} />
                </div>
              ))}
            </td>
          </tr>
        ))}
      </Rows>
      <More count={series.length - shownMax} onMore={() => setShownMax(shownMax * 4)} />
    </>
  );
}

function Points({ values }: { values: RawPoint[] }) {
  const shown = values.slice(-pointsShownMax);
  return (
    <>
      {values.length > shown.length && (
        <div className={page.quiet}>
          the last {plural(shown.length, "point")} of {values.length}
        </div>
      )}
      {shown.map(([t, v]) => (
        <div key={t}>
          <strong>{v}</strong> @ <ExactTime t={t * 1000} />
        </div>
      ))}
    </>
  );
}

function More({ count, onMore }: { count: number; onMore: () => void }) {
  if (count <= 0) return null;
  return (
    <button type="button" className={page.more} onClick={onMore}>
      {plural(count, "more series", "more series")}. Show more, or aggregate with sum by (…) or topk(…) to see what
      matters.
    </button>
  );
}

function Value({ text, unit }: { text: string; unit: Unit }) {
  const printed = unit === "none" ? text : printValue(parseValue(text), unit);
  return (
    <>
      {text}
      {printed !== text && <span className={classes.unit}>{printed}</span>}
    </>
  );
}

function NoSeries() {
  return (
    <div style={{ padding: "0 12px 12px" }}>
      <EmptyState title="No series">
        <p>
          The expression is valid but selects nothing at this time. Check label values (the editor completes them),
          whether the metric was scraped in the last five minutes, and whether a comparison leaves anything over.
        </p>
      </EmptyState>
    </div>
  );
}
