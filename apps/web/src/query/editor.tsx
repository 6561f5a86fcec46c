// The expression editor: CodeMirror with Prometheus' PromQL language. A chunk of its own, loaded by panel-view.tsx.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, keymap, placeholder, tooltips } from "@codemirror/view";
import { useEffect, useRef } from "react";
import classes from "./editor.module.css";
import { promqlSupport } from "./editor-completion.js";
import { metricHover } from "./editor-hover.js";
import { runKeymap } from "./editor-keymap.js";
import { editorTheme, expressionHighlight } from "./editor-theme.js";

export interface EditorProps {
  value: string;
  label: string;
  onChange: (value: string) => void;
  onRun: () => void;
  /** Expressions to offer while typing, newest first. Read at each completion. */
  readHistory: () => readonly string[];
}

const basics: Extension = [
  history(),
  drawSelection(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  highlightSelectionMatches(),
  EditorView.lineWrapping,
  syntaxHighlighting(expressionHighlight),
  editorTheme,
  // Completion lists may be taller than the panel they start in.
  tooltips({ parent: document.body }),
  placeholder("Expression, for example up or rate(http_requests_total[5m])"),
];

export default function Editor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  // The view lives as long as the component; through this it always calls the newest props.
  const current = useRef(props);
  current.current = props;
  useEffect(() => {
    if (host.current === null) return;
    const created = new EditorView({ parent: host.current, state: initialState(current) });
    view.current = created;
    return () => created.destroy();
  }, []);
  useEffect(() => {
    const shown = view.current;
    if (shown === undefined || shown.state.doc.toString() === props.value) return;
    shown.dispatch({
      changes: { from: 0, to: shown.state.doc.length, insert: props.value },
      selection: { anchor: props.value.length },
    });
  }, [props.value]);
  return <div ref={host} className={classes.editor} />;
}

function initialState(current: { current: EditorProps }): EditorState {
  const { value, label } = current.current;
  return EditorState.create({
    doc: value,
    selection: { anchor: value.length },
    extensions: [
      runKeymap(() => current.current.onRun()),
      autocompletion({ icons: false, maxRenderedOptions: 60 }),
      keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...defaultKeymap, ...historyKeymap]),
      basics,
      promqlSupport(() => current.current.readHistory()),
      metricHover,
      EditorView.contentAttributes.of({ "aria-label": label, "aria-multiline": "true" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) current.current.onChange(update.state.doc.toString());
      }),
    ],
  });
}
