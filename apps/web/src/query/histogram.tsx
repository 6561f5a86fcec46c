// A native histogram in a table cell: count, sum and mean, a small drawing, and the buckets on demand.
import { useState } from "react";
import type { RawHistogram } from "../api/prometheus.js";
import { parseValue, printDigits, printValue, type Unit } from "../format/value.js";
import { bucketsFrom, histogramMean } from "./buckets.js";
import classes from "./histogram.module.css";

export function HistogramView({ h, unit }: { h: RawHistogram; unit: Unit }) {
  const [isOpen, setIsOpen] = useState(false);
  const buckets = bucketsFrom(h);
  return (
    <div className={classes.histogram}>
      <div>
        <span className={classes.name}>count</span> {printDigits(parseValue(h.count))}{" "}
        <span className={classes.name}>sum</span> {printValue(parseValue(h.sum), unit)}{" "}
        <span className={classes.name}>mean</span> {printValue(histogramMean(h), unit)}
      </div>
      <div className={classes.bars} aria-hidden="true">
        {buckets.map(({ range, share, count }) => (
          <span key={range} title={`${range}: ${count}`} style={{ height: `${Math.max(4, share * 100)}%` }} />
        ))}
      </div>
      <button type="button" className={classes.toggle} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {isOpen ? "Hide" : "Show"} {buckets.length} buckets
      </button>
      {isOpen && (
        <table className={classes.buckets}>
          <tbody>
            {buckets.map(({ range, count }) => (
              <tr key={range}>
                <td>{range}</td>
                <td>{printDigits(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
