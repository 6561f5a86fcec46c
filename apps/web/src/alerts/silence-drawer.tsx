// The form of a silence: what it matches, for how long, who and why, and which alerts it would quiet right now.
import { Button, Drawer, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { fetchMatchingAlerts, type SilenceDraft, type SilenceMatcher } from "../api/alertmanager.js";
import { parseDuration, printDuration } from "../format/duration.js";
import { printTime } from "../format/time.js";
import { plural } from "../format/value.js";
import { useNow } from "../parts/clock.js";
import { LabelChips } from "../parts/labels.js";
import { Message } from "../parts/message.js";
import page from "../parts/page.module.css";
import { FilterPills } from "../parts/pills.js";
import { useZone } from "../parts/preferences.js";
import { alertmanagerKey } from "./data.js";
import { MatcherFields } from "./matcher-fields.js";
import { storeAuthor, storedAuthor } from "./silence-author.js";
import { draftFrom, missingFrom, printMatcher, type SilenceForm, silenceDurations } from "./silence-draft.js";
import classes from "./silence-drawer.module.css";

export interface SilenceStart {
  id?: string;
  matchers: SilenceMatcher[];
  comment?: string;
  durationMs?: number;
}

const defaultDurationMs = 7_200_000;

interface SilenceDrawerProps {
  start: SilenceStart;
  onSave: (draft: SilenceDraft) => Promise<void>;
  onClose: () => void;
}

export function SilenceDrawer({ start, onSave, onClose }: SilenceDrawerProps) {
  const [matchers, setMatchers] = useState(start.matchers);
  const [duration, setDuration] = useState(printDuration(start.durationMs ?? defaultDurationMs));
  const [createdBy, setCreatedBy] = useState(storedAuthor);
  const [comment, setComment] = useState(start.comment ?? "");
  const [failure, setFailure] = useState<string>();
  const [isSaving, setIsSaving] = useState(false);
  const form: SilenceForm = { id: start.id, matchers, durationMs: parseDuration(duration) ?? 0, createdBy, comment };
  const missing = missingFrom(form);

  const save = async (): Promise<void> => {
    setIsSaving(true);
    storeAuthor(createdBy.trim());
    try {
      await onSave(draftFrom(form, Date.now()));
      onClose();
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      setIsSaving(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (missing.length === 0) void save();
  };
  const title = start.id === undefined ? "New silence" : "Change silence";
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={520}
      title={title}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={submit}>
        <Stack gap="lg">
          <MatcherFields matchers={matchers} onChange={setMatchers} />
          <DurationField duration={duration} durationMs={form.durationMs} onChange={setDuration} />
          <Textarea
            label="Why"
            description="For whoever finds this silence at night"
            data-autofocus
            autosize
            minRows={2}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          <TextInput
            label="Who"
            description="Remembered in this browser"
            value={createdBy}
            onChange={(event) => setCreatedBy(event.currentTarget.value)}
          />
          <Preview matchers={matchers} />
          {failure !== undefined && (
            <Message kind="error" title="Alertmanager refused">
              {failure}
            </Message>
          )}
          <Actions isNew={start.id === undefined} missing={missing} isSaving={isSaving} onCancel={onClose} />
        </Stack>
      </form>
    </Drawer>
  );
}

interface ActionsProps {
  isNew: boolean;
  missing: string[];
  isSaving: boolean;
  onCancel: () => void;
}

function Actions({ isNew, missing, isSaving, onCancel }: ActionsProps) {
  return (
    <div className={classes.actions}>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" disabled={missing.length > 0} loading={isSaving}>
          {isNew ? "Silence" : "Save"}
        </Button>
      </Group>
      <p className={page.quiet} style={{ textAlign: "right", margin: "6px 0 0" }} aria-live="polite">
        {missing[0]}
      </p>
    </div>
  );
}

interface DurationFieldProps {
  duration: string;
  durationMs: number;
  onChange: (duration: string) => void;
}

function DurationField({ duration, durationMs, onChange }: DurationFieldProps) {
  const now = useNow();
  const [zone] = useZone();
  return (
    <Stack gap={8}>
      <TextInput
        label="For how long"
        description={durationMs > 0 ? `Until ${printTime(now + durationMs, zone)}` : "A duration such as 2h30m"}
        error={duration.trim() !== "" && durationMs <= 0 ? "Not a duration" : undefined}
        value={duration}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <FilterPills
        label="Usual durations"
        value={duration}
        pills={silenceDurations.map((value) => ({ value, name: value }))}
        onChange={onChange}
      />
    </Stack>
  );
}

/** Asks Alertmanager which alerts the matchers match: its rules decide, not a copy of them here. */
function Preview({ matchers }: { matchers: SilenceMatcher[] }) {
  const [filters] = useDebouncedValue(matchers.filter(({ name }) => name.trim() !== "").map(printMatcher), 300);
  const preview = useQuery({
    queryKey: [alertmanagerKey, "preview", filters],
    queryFn: ({ signal }) => fetchMatchingAlerts(filters, signal),
    enabled: filters.length > 0,
  });
  if (preview.isError)
    return (
      <Message kind="error" title="These matchers do not work">
        {preview.error.message}
      </Message>
    );
  if (preview.data === undefined) return null;
  return (
    <section aria-label="Alerts it would silence">
      <strong>{plural(preview.data.length, "alert")}</strong> held by Alertmanager{" "}
      {preview.data.length === 1 ? "matches" : "match"} now.
      <Stack gap={6} mt={8} mah={220} style={{ overflowY: "auto" }}>
        {preview.data.slice(0, 50).map((alert) => (
          <LabelChips key={alert.fingerprint} labels={alert.labels} />
        ))}
      </Stack>
    </section>
  );
}
