import classes from "./pills.module.css";

export interface Pill<Value extends string> {
  value: Value;
  name: string;
  count?: number | undefined;
  tone?: "firing" | "pending" | "ok" | "silenced";
}

interface FilterPillsProps<Value extends string> {
  label: string;
  value: Value;
  pills: readonly Pill<Value>[];
  onChange: (value: Value) => void;
}

/** One of a few filters, each with how many it would show. */
export function FilterPills<Value extends string>({ label, value, pills, onChange }: FilterPillsProps<Value>) {
  return (
    <fieldset className={classes.pills}>
      <legend className={classes.legend}>{label}</legend>
      {pills.map((pill) => (
        <button
          key={pill.value}
          type="button"
          className={classes.pill}
          aria-pressed={pill.value === value}
          data-tone={pill.count === 0 ? undefined : pill.tone}
          onClick={() => onChange(pill.value)}
        >
          {pill.name}
          {pill.count !== undefined && <span className={classes.count}>{pill.count}</span>}
        </button>
      ))}
    </fieldset>
  );
}
