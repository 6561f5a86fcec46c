// Enter runs the expression, Shift-Enter makes a new line, and Tab stays free to leave the editor.
import { acceptCompletion, closeCompletion, completionStatus, selectedCompletion } from "@codemirror/autocomplete";
import { insertNewlineAndIndent } from "@codemirror/commands";
import { type Extension, Prec } from "@codemirror/state";
import { type EditorView, keymap } from "@codemirror/view";

export function runKeymap(run: () => void): Extension {
  const runNow = (view: EditorView): boolean => {
    closeCompletion(view);
    run();
    return true;
  };
  const enter = (view: EditorView): boolean => (isChoosing(view) && acceptCompletion(view)) || runNow(view);
  return Prec.highest(
    keymap.of([
      { key: "Enter", run: enter, shift: insertNewlineAndIndent },
      { key: "Mod-Enter", run: runNow },
    ]),
  );
}

/** Whether a completion is chosen that would change the text. Without this, a metric typed in full would need two Enters. */
function isChoosing({ state }: EditorView): boolean {
  if (completionStatus(state) !== "active") return false;
  const label = selectedCompletion(state)?.label;
  if (label === undefined) return false;
  const { head } = state.selection.main;
  return state.sliceDoc(Math.max(0, head - label.length), head) !== label;
}
