// The row above a list: search, refresh, and what else a page puts there.
import { ActionIcon, Menu, TextInput, Tooltip } from "@mantine/core";
import { IconChevronDown, IconRefresh, IconSearch, IconX } from "@tabler/icons-react";
import { printDuration } from "../format/duration.js";
import classes from "./toolbar.module.css";

interface SearchFieldProps {
  value: string;
  label: string;
  onChange: (value: string) => void;
}

export function SearchField({ value, label, onChange }: SearchFieldProps) {
  return (
    <TextInput
      className={classes.search ?? ""}
      data-search
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      leftSection={<IconSearch size={15} />}
      rightSection={
        value === "" ? undefined : (
          <ActionIcon aria-label="Clear the search" size="sm" onClick={() => onChange("")}>
            <IconX size={14} />
          </ActionIcon>
        )
      }
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

interface RefreshControlProps {
  intervalMs: number;
  isLoading: boolean;
  onRefresh: () => void;
  onIntervalChange: (intervalMs: number) => void;
}

const intervals = [0, 5_000, 15_000, 30_000, 60_000, 300_000];
const printInterval = (intervalMs: number): string => (intervalMs === 0 ? "Off" : printDuration(intervalMs));

export function RefreshControl({ intervalMs, isLoading, onRefresh, onIntervalChange }: RefreshControlProps) {
  return (
    <div className={classes.refresh}>
      <Tooltip label="Refresh now">
        <button type="button" className={classes.refreshNow} aria-label="Refresh now" onClick={onRefresh}>
          <IconRefresh size={16} stroke={1.7} className={isLoading ? classes.spinning : undefined} />
        </button>
      </Tooltip>
      <Menu position="bottom-end">
        <Menu.Target>
          <button type="button" className={classes.interval} aria-label={`Refresh every: ${printInterval(intervalMs)}`}>
            {printInterval(intervalMs)}
            <IconChevronDown size={14} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Refresh every</Menu.Label>
          <Menu.RadioGroup value={String(intervalMs)} onChange={(value) => onIntervalChange(Number(value))}>
            {intervals.map((choice) => (
              <Menu.RadioItem key={choice} value={String(choice)} closeMenuOnClick>
                {printInterval(choice)}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
