// Draws columns with uPlot, and the legend below. A chunk of its own, loaded by graph-tab.tsx.
// The plot is rebuilt when its data changes, and only told when a series is focused or hidden.
import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Unit } from "../format/value.js";
import { useZone } from "../parts/preferences.js";
import type { Columns } from "./columns.js";
import { stackColumns } from "./columns.js";
import classes from "./graph.module.css";
import { plotOptions } from "./graph-options.js";
import { Legend } from "./legend.js";
import { toggleShown } from "./shown-series.js";
import type { Window } from "./step.js";

const plotHeight = 360;

export interface GraphProps {
  columns: Columns;
  window: Window;
  unit: Unit;
  isStacked: boolean;
  /** Milliseconds. */
  onZoom: (start: number, end: number) => void;
}

export default function Graph({ columns, window, unit, isStacked, onZoom }: GraphProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const { ref: sizeRef, width } = useElementSize();
  const [zone] = useZone();
  const scheme = useComputedColorScheme("light");
  // Places of the series that are drawn; `undefined` is all of them. Follows a new answer only while nothing was hidden.
  const [shown, setShown] = useState<ReadonlySet<number>>();
  const zoomRef = useRef(onZoom);
  zoomRef.current = onZoom;
  const seriesKey = useMemo(() => JSON.stringify(columns.labels), [columns.labels]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is what matters: other series, other places.
  useEffect(() => setShown(undefined), [seriesKey]);

  const drawn = useMemo(() => (isStacked ? stackShown(columns, shown) : columns.values), [columns, isStacked, shown]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme is read from CSS variables while drawing.
  useEffect(() => {
    if (host.current === null || width === 0) return;
    const isShown = (series: number): boolean => shown?.has(series) ?? true;
    const options = plotOptions({
      columns,
      drawn,
      window,
      unit,
      isStacked,
      zone,
      isShown,
      size: { width: Math.floor(width), height: plotHeight },
      onZoom: (start, end) => zoomRef.current(start, end),
    });
    const created = new uPlot(options, [columns.times, ...drawn], host.current);
    plot.current = created;
    return () => {
      created.destroy();
      plot.current = undefined;
    };
  }, [columns, drawn, window, unit, isStacked, zone, width, scheme, shown]);

  return (
    <div className={classes.graph}>
      <div ref={sizeRef} className={classes.frame} style={{ height: plotHeight }}>
        <div
          ref={host}
          role="img"
          aria-label={`Graph of ${columns.labels.length} series; the legend below names them`}
        />
      </div>
      <Legend
        columns={columns}
        unit={unit}
        shown={shown}
        onToggle={(index, options) => setShown(toggleShown(shown, { index, count: columns.labels.length, ...options }))}
        onFocus={(index) => plot.current?.setSeries(index === undefined ? null : index + 1, { focus: true })}
      />
    </div>
  );
}

/** Hidden series add nothing to a stack. */
function stackShown(columns: Columns, shown: ReadonlySet<number> | undefined): Columns["values"] {
  if (shown === undefined) return stackColumns(columns.values);
  const empty = columns.times.map(() => null);
  return stackColumns(columns.values.map((column, i) => (shown.has(i) ? column : empty)));
}
