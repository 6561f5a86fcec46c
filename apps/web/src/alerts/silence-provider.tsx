// Where buttons all over the page come to make, change and end silences: the form is drawn here, once.
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useState } from "react";
import { expireSilence, type SilenceDraft, type SilenceMatcher, saveSilence } from "../api/alertmanager.js";
import { printDuration } from "../format/duration.js";
import { alertmanagerKey } from "./data.js";
import { storedAuthor } from "./silence-author.js";
import { draftFrom } from "./silence-draft.js";
import { SilenceDrawer, type SilenceStart } from "./silence-drawer.js";

export interface Silencing {
  isAvailable: boolean;
  openForm: (start: SilenceStart) => void;
  silenceNow: (matchers: SilenceMatcher[], durationMs: number) => void;
  expire: (id: string) => void;
}

const SilencingContext = createContext<Silencing | undefined>(undefined);

export function useSilencing(): Silencing {
  const silencing = useContext(SilencingContext);
  if (silencing === undefined) throw new Error("useSilencing outside of SilenceProvider");
  return silencing;
}

export function SilenceProvider({ isAvailable, children }: { isAvailable: boolean; children: ReactNode }) {
  const client = useQueryClient();
  const [start, setStart] = useState<SilenceStart | undefined>();
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: [alertmanagerKey] });

  const save = async (draft: SilenceDraft): Promise<void> => {
    await saveSilence(draft);
    const durationMs = Date.parse(draft.endsAt) - Date.parse(draft.startsAt);
    notifications.show({
      color: "violet",
      title: "Silenced",
      message: `No notifications for ${printDuration(durationMs)}.`,
    });
    await refresh();
  };
  const silenceNow = (matchers: SilenceMatcher[], durationMs: number): void => {
    const createdBy = storedAuthor();
    // The first time in this browser, the form asks who it is.
    if (createdBy === "") {
      setStart({ matchers, durationMs });
      return;
    }
    const comment = "Silenced from the alert list";
    save(draftFrom({ id: undefined, matchers, durationMs, createdBy, comment }, Date.now())).catch(showFailure);
  };
  const expire = (id: string): void => {
    expireSilence(id)
      .then(() => {
        notifications.show({ title: "Silence ended", message: "Its alerts notify again." });
        return refresh();
      })
      .catch(showFailure);
  };
  return (
    <SilencingContext value={{ isAvailable, openForm: setStart, silenceNow, expire }}>
      {children}
      {start !== undefined && <SilenceDrawer start={start} onSave={save} onClose={() => setStart(undefined)} />}
    </SilencingContext>
  );
}

function showFailure(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  notifications.show({ color: "red", title: "Alertmanager refused", message, autoClose: 10_000 });
}
