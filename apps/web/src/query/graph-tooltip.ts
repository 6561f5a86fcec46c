// The box beside the crosshair: the nearest series' name and value at that moment. Written straight into the DOM,
// as it changes with every movement of the pointer.
import type uPlot from "uplot";
import { labelPairs } from "../format/labels.js";
import { printValue, type Unit } from "../format/value.js";
import { seriesColor } from "./colors.js";
import { type Column, type Columns, nearestColumn } from "./columns.js";
import classes from "./graph.module.css";

interface TooltipInput {
  columns: Columns;
  drawn: Column[];
  unit: Unit;
  isShown: (series: number) => boolean;
  /** Seconds since 1970 as text. */
  printMoment: (t: number) => string;
}

/** Labels written out; the rest are counted. */
const labelsShownMax = 12;

export function tooltipPlugin(input: TooltipInput): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = classes.tooltip ?? "";
  const dot = document.createElement("div");
  dot.className = classes.point ?? "";
  let lastKey = "";
  const hide = (): void => {
    box.hidden = true;
    dot.hidden = true;
  };
  const update = (plot: uPlot): void => {
    const { idx: index, left = -1, top = -1 } = plot.cursor;
    const isInside = index != null && left >= 0;
    const value = plot.posToVal(top, "y");
    const series = isInside ? nearestColumn(input.drawn, { index, value, isShown: input.isShown }) : -1;
    if (!isInside || series < 0) {
      hide();
      return;
    }
    const key = `${series} ${index}`;
    if (key !== lastKey) fill(box, input, { series, index });
    lastKey = key;
    box.hidden = false;
    dot.hidden = false;
    place({ plot, box, dot }, { index, value: input.drawn[series]![index]!, color: seriesColor(series) });
  };
  return {
    hooks: {
      init: (plot) => {
        hide();
        plot.over.append(dot, box);
        plot.over.addEventListener("mouseleave", hide);
      },
      setCursor: update,
    },
  };
}

interface Parts {
  plot: uPlot;
  box: HTMLElement;
  dot: HTMLElement;
}

function place({ plot, box, dot }: Parts, at: { index: number; value: number; color: string }): void {
  const x = plot.valToPos(plot.data[0][at.index]!, "x");
  const y = plot.valToPos(at.value, "y");
  dot.style.transform = `translate(${x - 4}px, ${y - 4}px)`;
  dot.style.background = at.color;
  const { width, height } = plot.over.getBoundingClientRect();
  const isRight = x + box.offsetWidth + 24 < width;
  const left = isRight ? x + 16 : Math.max(0, x - box.offsetWidth - 16);
  const top = Math.min(Math.max(0, y - box.offsetHeight / 2), Math.max(0, height - box.offsetHeight));
  box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

function fill(
  box: HTMLElement,
  { columns, unit, printMoment }: TooltipInput,
  at: { series: number; index: number },
): void {
  const labels = columns.labels[at.series]!;
  const value = columns.values[at.series]![at.index];
  const pairs = labelPairs(labels);
  box.replaceChildren(
    element("div", "moment", printMoment(columns.times[at.index]!)),
    headLine(labels["__name__"], {
      color: seriesColor(at.series),
      value: value == null ? "gap" : printValue(value, unit),
    }),
    ...pairs.slice(0, labelsShownMax).map(([name, text]) => {
      const line = element("div", "tooltipLabel");
      line.append(element("span", "tooltipName", `${name}: `), text);
      return line;
    }),
  );
  if (pairs.length > labelsShownMax)
    box.append(element("div", "moment", `and ${pairs.length - labelsShownMax} more labels`));
}

function headLine(name: string | undefined, { color, value }: { color: string; value: string }): HTMLElement {
  const line = element("div", "tooltipHead");
  const swatch = element("span", "swatch");
  swatch.style.background = color;
  line.append(swatch, element("span", "tooltipMetric", name ?? "value"), element("strong", "tooltipValue", value));
  return line;
}

function element(tag: string, name: keyof typeof classes & string, text = ""): HTMLElement {
  const created = document.createElement(tag);
  created.className = classes[name] ?? "";
  created.textContent = text;
  return created;
}
