// The editor's look, in the colours of tokens.css, so that light and dark need no second theme.
import { HighlightStyle } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const editorTheme: Extension = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "var(--nx-text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--nx-mono)", lineHeight: "22px" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--nx-text)", minHeight: "22px" },
  ".cm-line": { padding: "0 4px" },
  ".cm-placeholder": { color: "var(--nx-muted)" },
  ".cm-cursor": { borderLeftColor: "var(--nx-text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--nx-accent) 24%, transparent)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--nx-accent-soft)",
    outline: "1px solid var(--nx-accent)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--nx-accent-soft)" },
  ".cm-tooltip": {
    border: "1px solid var(--nx-border-strong)",
    borderRadius: "8px",
    backgroundColor: "var(--nx-surface)",
    color: "var(--nx-text)",
    boxShadow: "0 8px 24px rgb(0 0 0 / 18%)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--nx-mono)", fontSize: "13px", maxHeight: "300px" },
  ".cm-tooltip-below": { marginTop: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--nx-accent-soft)",
    color: "var(--nx-text)",
  },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--nx-accent)", fontWeight: "600" },
  ".cm-completionDetail": { marginLeft: "10px", color: "var(--nx-muted)", fontStyle: "normal" },
  ".cm-completionInfo": { padding: "8px 12px", maxWidth: "360px", fontFamily: "inherit", fontSize: "13px" },
  ".cm-metric-hover": { padding: "8px 12px", maxWidth: "460px", fontSize: "13px", lineHeight: "1.5" },
  ".cm-metric-hover span": { color: "var(--nx-muted)" },
  ".cm-diagnostic": { padding: "6px 12px", fontSize: "13px", borderLeft: "3px solid var(--nx-firing)" },
});

export const expressionHighlight: HighlightStyle = HighlightStyle.define([
  { tag: tags.variableName, color: "var(--nx-code-metric)" },
  { tag: [tags.function(tags.variableName), tags.keyword, tags.operatorKeyword], color: "var(--nx-code-function)" },
  { tag: [tags.modifier, tags.logicOperator], color: "var(--nx-code-function)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--nx-code-string)" },
  { tag: tags.labelName, color: "var(--nx-code-label)" },
  { tag: [tags.number, tags.literal], color: "var(--nx-code-number)" },
  { tag: [tags.operator, tags.compareOperator, tags.arithmeticOperator], color: "var(--nx-muted)" },
  { tag: tags.comment, color: "var(--nx-muted)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--nx-firing)" },
]);
