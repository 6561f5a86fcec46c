// One panel: the expression on top, below it the table or the graph of what was run last.
import { ActionIcon, Button, Tabs, Tooltip } from "@mantine/core";
import { IconChartLine, IconPlayerPlay, IconTable, IconTrash } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import page from "../parts/page.module.css";
import { FirstSteps } from "./first-steps.js";
import { GraphTab } from "./graph-tab.js";
import { HistoryMenu } from "./history-menu.js";
import type { Panel, PanelChange, ResultProps } from "./panel.js";
import classes from "./panel-view.module.css";
import { TableTab } from "./table-tab.js";

const Editor = lazy(() => import("./editor.js"));

interface PanelViewProps {
  panel: Panel;
  index: number;
  intervalMs: number;
  history: string[];
  onHistoryChange: (history: string[]) => void;
  onChange: PanelChange;
  onRemember: (expression: string) => void;
  onRemove: (() => void) | undefined;
}

export function PanelView(props: PanelViewProps) {
  const { panel, index, intervalMs, history, onChange, onRemember, onRemove } = props;
  const [draft, setDraft] = useState(panel.expression);
  // Counts runs, so that running an unchanged expression asks the server again.
  const [runCount, setRunCount] = useState(0);
  const historyRef = useRef(history);
  historyRef.current = history;
  useEffect(() => setDraft(panel.expression), [panel.expression]);

  const run = (expression: string): void => {
    const trimmed = expression.trim();
    if (trimmed === "") return;
    onRemember(trimmed);
    setDraft(trimmed);
    setRunCount(runCount + 1);
    if (trimmed !== panel.expression) onChange({ ...panel, expression: trimmed }, { isStep: true });
  };
  const content = { panel, intervalMs, runCount, onChange, onRun: run };
  return (
    <section className={page.card} aria-label={`Panel ${index + 1}`} style={{ overflow: "visible" }}>
      <div className={classes.input}>
        <div className={classes.field}>
          <Suspense fallback={<div className={classes.placeholder}>{draft}</div>}>
            <Editor
              value={draft}
              label={`Expression ${index + 1}`}
              onChange={setDraft}
              onRun={() => run(draft)}
              readHistory={() => historyRef.current}
            />
          </Suspense>
          <HistoryMenu history={history} onPick={run} onChange={props.onHistoryChange} />
        </div>
        <Button leftSection={<IconPlayerPlay size={15} />} disabled={draft.trim() === ""} onClick={() => run(draft)}>
          Run
        </Button>
        {onRemove !== undefined && (
          <Tooltip label="Remove this panel">
            <ActionIcon size="lg" aria-label={`Remove panel ${index + 1}`} onClick={onRemove}>
              <IconTrash size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {panel.expression === "" ? <FirstSteps onRun={run} /> : <Result {...content} />}
    </section>
  );
}

function Result(props: ResultProps) {
  const { panel, onChange } = props;
  const choose = (value: string | null): void =>
    onChange({ ...panel, tab: value === "graph" ? "graph" : "table" }, { isStep: false });
  return (
    <Tabs value={panel.tab} onChange={choose} keepMounted={false} className={classes.result ?? ""}>
      <Tabs.List className={classes.tabs ?? ""}>
        <Tabs.Tab value="table" leftSection={<IconTable size={15} />}>
          Table
        </Tabs.Tab>
        <Tabs.Tab value="graph" leftSection={<IconChartLine size={15} />}>
          Graph
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="table">
        <TableTab {...props} />
      </Tabs.Panel>
      <Tabs.Panel value="graph">
        <GraphTab {...props} />
      </Tabs.Panel>
    </Tabs>
  );
}
