// uPlot's options for a panel: axes in the user's zone and unit, gaps kept, drag to zoom, one tooltip.
// Comes from: graph.tsx. Colours are read from tokens.css at the time of drawing.
import type uPlot from "uplot";
import { printTime, type Zone } from "../format/time.js";
import { printValue, type Unit } from "../format/value.js";
import { seriesColor, seriesFill } from "./colors.js";
import { type Column, type Columns, isolatedPoints } from "./columns.js";
import { tooltipPlugin } from "./graph-tooltip.js";
import type { Window } from "./step.js";
import { printTick } from "./ticks.js";

export interface PlotInput {
  columns: Columns;
  /** What is drawn: the columns themselves, or stacked. */
  drawn: Column[];
  window: Window;
  unit: Unit;
  isStacked: boolean;
  zone: Zone;
  isShown: (series: number) => boolean;
  size: { width: number; height: number };
  onZoom: (start: number, end: number) => void;
}

// With more series, redrawing all of them to dim the others takes longer than a frame.
const dimSeriesMax = 60;
const unfocusedAlpha = 0.2;
// A drag shorter than this is a click, px.
const dragMin = 6;

export function plotOptions(input: PlotInput): uPlot.Options {
  const { columns, drawn, window, zone, size, isStacked, isShown } = input;
  return {
    ...size,
    ...(zone === "utc" ? { tzDate: utcDate } : {}),
    legend: { show: false },
    padding: [12, 24, 0, 0],
    focus: { alpha: drawn.length <= dimSeriesMax ? unfocusedAlpha : 1 },
    cursor: {
      drag: { x: true, y: false, setScale: false, dist: dragMin },
      points: { show: false },
      y: false,
    },
    scales: {
      x: { time: true, range: () => [window.start / 1000, window.end / 1000] },
      y: { range: (_plot, minimum, maximum) => valueRange({ minimum, maximum, isStacked }) },
    },
    axes: axes(input),
    series: [{}, ...drawn.map((_, i) => lineOptions(i, { isStacked, isShown: isShown(i) }))],
    ...(isStacked ? { bands: bandsOf(drawn.length) } : {}),
    hooks: { setSelect: [(plot) => zoomToSelection(plot, input.onZoom)] },
    plugins: [
      tooltipPlugin({ columns, drawn, unit: input.unit, isShown, printMoment: (t) => printTime(t * 1000, zone) }),
    ],
  };
}

/** A Date whose local fields are those of UTC, which is how uPlot is told the zone. */
function utcDate(seconds: number): Date {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() + date.getTimezoneOffset() * 60_000);
}

const cssColor = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Bytes are printed in powers of 1024, so lines at multiples of 1000 would be labelled 976.6 KiB.
const byteSteps = Array.from({ length: 62 }, (_, power) => 2 ** power);

function axes({ unit, window, zone }: PlotInput): uPlot.Axis[] {
  const look = {
    stroke: () => cssColor("--nx-muted"),
    font: '12px Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif',
    grid: { stroke: () => cssColor("--nx-border"), width: 1 },
    ticks: { show: false },
  };
  const rangeMs = window.end - window.start;
  const isBytes = unit === "bytes" || unit === "bytes-per-second";
  return [
    {
      ...look,
      size: 32,
      space: 90,
      values: (_plot, splits) => {
        const tickMs = 1000 * ((splits[1] ?? Number.POSITIVE_INFINITY) - (splits[0] ?? 0));
        return splits.map((t) => printTick(t * 1000, { rangeMs, tickMs, zone }));
      },
    },
    {
      ...look,
      ...(isBytes ? { incrs: byteSteps } : {}),
      size: (_plot, values) => 24 + 7 * Math.max(3, ...(values ?? []).map((text) => text.length)),
      values: (_plot, splits) => splits.map((value) => printValue(value, unit)),
    },
  ];
}

interface ValueRange {
  minimum: number | null;
  maximum: number | null;
  isStacked: boolean;
}

/** The extent of the data with a little room; a flat line in the middle; stacks from zero. */
function valueRange({ minimum, maximum, isStacked }: ValueRange): [number, number] {
  if (minimum === null || maximum === null) return [0, 1];
  const low = isStacked ? Math.min(0, minimum) : minimum;
  const high = isStacked ? Math.max(0, maximum) : maximum;
  const room = high === low ? Math.abs(high) * 0.1 || 1 : (high - low) * 0.06;
  // Values that do not go below zero get no axis below it.
  return [low >= 0 && low - room < 0 ? Math.min(low, 0) : low - room, high + room];
}

function lineOptions(index: number, { isStacked, isShown }: { isStacked: boolean; isShown: boolean }): uPlot.Series {
  const stroke = seriesColor(index);
  return {
    stroke,
    show: isShown,
    width: 1.5,
    ...(isStacked ? { fill: seriesFill(index) } : {}),
    spanGaps: false,
    // Only where no line ends or begins: a point between two gaps would be invisible otherwise.
    points: { show: true, size: 5, fill: stroke, filter: (plot, series) => isolatedPoints(plot.data[series] ?? []) },
  };
}

/** Fills each series down to the one below it. */
function bandsOf(count: number): uPlot.Band[] {
  return Array.from({ length: Math.max(0, count - 1) }, (_, i) => ({ series: [i + 2, i + 1] as [number, number] }));
}

function zoomToSelection(plot: uPlot, zoom: PlotInput["onZoom"]): void {
  const { left, width } = plot.select;
  if (width < dragMin) return;
  const start = plot.posToVal(left, "x") * 1000;
  const end = plot.posToVal(left + width, "x") * 1000;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  zoom(start, end);
}
