// Listens for shortcuts outside text fields and carries them out; shows the list of them on "?".
import { Kbd, Modal } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { nextShortcut, type Shortcut, shortcutTexts } from "./shortcuts.js";

const sequenceMs = 1200;

export function ShortcutKeys() {
  const [, navigate] = useLocation();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const pending = useRef({ keys: "", at: 0 });
  useEffect(() => {
    const carryOut = (shortcut: Shortcut): void => {
      if (shortcut.kind === "go") navigate(shortcut.path);
      else if (shortcut.kind === "help") setIsHelpOpen(true);
      else focusSearch();
    };
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const isRecent = event.timeStamp - pending.current.at < sequenceMs;
      const next = nextShortcut(isRecent ? pending.current.keys : "", event.key);
      pending.current = { keys: next.pending, at: event.timeStamp };
      if (next.shortcut === undefined) return;
      event.preventDefault();
      carryOut(next.shortcut);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [navigate]);
  return (
    <Modal opened={isHelpOpen} onClose={() => setIsHelpOpen(false)} title="Keyboard shortcuts" centered>
      <table style={{ width: "100%", borderSpacing: "0 6px" }}>
        <tbody>
          {shortcutTexts.map(({ keys, text }) => (
            <tr key={text}>
              <td>{text}</td>
              <td style={{ textAlign: "right" }}>
                {keys.map((key) => (
                  <Kbd key={key} ml={4}>
                    {key}
                  </Kbd>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Pages mark the field that "/" goes to with data-search; the expression editor is one too. */
function focusSearch(): void {
  document.querySelector<HTMLElement>("[data-search], .cm-content")?.focus();
}
