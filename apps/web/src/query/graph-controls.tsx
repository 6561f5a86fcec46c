// The row above a graph: range, end, resolution, lines or stacked areas, unit.
import { Menu, NativeSelect } from "@mantine/core";
import { IconChartAreaLine, IconChartLine, IconChevronDown, IconMinus, IconPlus } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useEffect, useState } from "react";
import { parseDuration, printDuration } from "../format/duration.js";
import { isUnit, unitNames } from "../format/value.js";
import type { Density, Panel, PanelChange, Resolution } from "./panel.js";
import classes from "./panel-view.module.css";
import { longerRange, rangePresets, shorterRange } from "./step.js";
import { TimeField } from "./time-field.js";

interface GraphControlsProps {
  panel: Panel;
  onChange: PanelChange;
  children: ReactNode;
}

export function GraphControls({ panel, onChange, children }: GraphControlsProps) {
  const step = (change: Partial<Panel>): void => onChange({ ...panel, ...change }, { isStep: true });
  const adjust = (change: Partial<Panel>): void => onChange({ ...panel, ...change }, { isStep: false });
  return (
    <div className={classes.controls}>
      <RangeField rangeMs={panel.rangeMs} onChange={(rangeMs) => step({ rangeMs })} />
      <TimeField label="End" time={panel.end} stepMs={panel.rangeMs / 2} onChange={(end) => step({ end })} />
      <ResolutionField resolution={panel.resolution} onChange={(resolution) => adjust({ resolution })} />
      <div className={classes.group}>
        <button
          type="button"
          aria-pressed={!panel.isStacked}
          title="Lines"
          onClick={() => adjust({ isStacked: false })}
        >
          <IconChartLine size={16} aria-label="Lines" />
        </button>
        <button
          type="button"
          aria-pressed={panel.isStacked}
          title="Stacked"
          onClick={() => adjust({ isStacked: true })}
        >
          <IconChartAreaLine size={16} aria-label="Stacked" />
        </button>
      </div>
      <NativeSelect
        aria-label="Unit"
        size="xs"
        value={panel.unit}
        data={[
          { value: "auto", label: "Unit: auto" },
          ...Object.entries(unitNames).map(([value, label]) => ({ value, label })),
        ]}
        onChange={({ currentTarget: { value } }) => adjust({ unit: isUnit(value) ? value : "auto" })}
      />
      {children}
    </div>
  );
}

function RangeField({ rangeMs, onChange }: { rangeMs: number; onChange: (rangeMs: number) => void }) {
  const printed = printDuration(rangeMs);
  const [text, setText] = useState(printed);
  useEffect(() => setText(printed), [printed]);
  const parsed = parseDuration(text) ?? 0;
  const commit = (): void => {
    if (parsed > 0 && parsed !== rangeMs) onChange(parsed);
  };
  const commitOnEnter = (event: KeyboardEvent): void => {
    if (event.key === "Enter") commit();
  };
  return (
    <div className={classes.group}>
      <button type="button" aria-label="Shorter range" onClick={() => onChange(shorterRange(rangeMs))}>
        <IconMinus size={14} />
      </button>
      <input
        aria-label="Range"
        aria-invalid={parsed <= 0}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={commitOnEnter}
      />
      <Menu>
        <Menu.Target>
          <button type="button" aria-label="Usual ranges">
            <IconChevronDown size={14} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {rangePresets.map((preset) => (
            <Menu.Item key={preset} onClick={() => onChange(parseDuration(preset)!)}>
              Last {preset}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <button type="button" aria-label="Longer range" onClick={() => onChange(longerRange(rangeMs))}>
        <IconPlus size={14} />
      </button>
    </div>
  );
}

const densities: { value: Density; label: string }[] = [
  { value: "low", label: "Resolution: low" },
  { value: "medium", label: "Resolution: medium" },
  { value: "high", label: "Resolution: high" },
];
const fixedSteps = ["1s", "5s", "15s", "30s", "1m", "5m", "15m", "1h", "6h", "1d"];

interface ResolutionFieldProps {
  resolution: Resolution;
  onChange: (resolution: Resolution) => void;
}

function ResolutionField({ resolution, onChange }: ResolutionFieldProps) {
  const value = resolution.kind === "auto" ? resolution.density : printDuration(resolution.stepMs);
  const steps = fixedSteps.includes(value) || resolution.kind === "auto" ? fixedSteps : [...fixedSteps, value];
  const choose = (chosen: string): void => {
    const density = densities.find((candidate) => candidate.value === chosen)?.value;
    if (density === undefined) onChange({ kind: "fixed", stepMs: parseDuration(chosen)! });
    else onChange({ kind: "auto", density });
  };
  return (
    <NativeSelect
      aria-label="Resolution"
      size="xs"
      value={value}
      data={[...densities, ...steps.map((step) => ({ value: step, label: `Step: ${step}` }))]}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  );
}
