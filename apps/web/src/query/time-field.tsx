// A moment to type, pick or step through; empty means now.
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconCalendar, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { parseTime, printInputTime, printTime } from "../format/time.js";
import { useZone } from "../parts/preferences.js";
import classes from "./panel-view.module.css";
import field from "./time-field.module.css";

interface TimeFieldProps {
  label: string;
  /** Milliseconds; `undefined` is now. */
  time: number | undefined;
  stepMs: number;
  onChange: (time: number | undefined) => void;
}

export function TimeField({ label, time, stepMs, onChange }: TimeFieldProps) {
  const [zone] = useZone();
  const printed = time === undefined ? "" : printTime(time, zone);
  const [text, setText] = useState(printed);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => setText(printed), [printed]);
  const isValid = text.trim() === "" || parseTime(text, zone) !== undefined;
  const commit = (): void => {
    if (isValid && text !== printed) onChange(parseTime(text, zone));
  };
  const commitOnEnter = (event: KeyboardEvent): void => {
    if (event.key === "Enter") commit();
  };
  return (
    <div className={classes.group}>
      <button type="button" aria-label={`${label}: earlier`} onClick={() => onChange((time ?? Date.now()) - stepMs)}>
        <IconChevronLeft size={15} />
      </button>
      <input
        className={field.text}
        aria-label={label}
        aria-invalid={!isValid}
        placeholder={`${label}: now`}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={commitOnEnter}
      />
      <Tooltip label={zone === "utc" ? "Pick a time (UTC)" : "Pick a time"}>
        <ActionIcon h={30} aria-label={`${label}: pick`} onClick={() => picker.current?.showPicker()}>
          <IconCalendar size={15} />
        </ActionIcon>
      </Tooltip>
      {/* Only for its picker: the text field beside it is what is read and typed in. */}
      <input
        ref={picker}
        type="datetime-local"
        step="1"
        tabIndex={-1}
        aria-hidden="true"
        className={field.picker}
        value={time === undefined ? "" : printInputTime(time, zone)}
        onChange={(event) => onChange(parseTime(event.currentTarget.value, zone))}
      />
      {time !== undefined && (
        <button type="button" onClick={() => onChange(undefined)}>
          Now
        </button>
      )}
      <button
        type="button"
        aria-label={`${label}: later`}
        disabled={time === undefined}
        onClick={() => onChange(later({ time, stepMs }))}
      >
        <IconChevronRight size={15} />
      </button>
    </div>
  );
}

/** A step into the future ends at now. */
function later({ time, stepMs }: { time: number | undefined; stepMs: number }): number | undefined {
  if (time === undefined || time + stepMs >= Date.now()) return undefined;
  return time + stepMs;
}
