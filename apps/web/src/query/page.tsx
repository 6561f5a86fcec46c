// The Query page: panels from the URL, each an expression with its table or graph.
// The URL is the state: a change of a panel is a navigation, so links and the back button work by themselves.
import { Button } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useRef } from "react";
import { useLocation, useSearch } from "wouter";
import page from "../parts/page.module.css";
import { PageHead } from "../parts/page-head.js";
import { useRefreshInterval } from "../parts/preferences.js";
import { queryClient } from "../shell/queries.js";
import { parseHistory, rememberExpression } from "./history.js";
import { emptyPanel, type Panel, panelsMax } from "./panel.js";
import { panelKey } from "./panel-query.js";
import { PanelView } from "./panel-view.js";
import { parsePanels, printPanels } from "./url.js";

interface PanelList {
  panels: Panel[];
  ids: number[];
  replace: (panels: Panel[], options: { isStep: boolean }) => void;
  remove: (index: number) => void;
}

function usePanels(): PanelList {
  const search = useSearch();
  const [, navigate] = useLocation();
  const panels = useMemo(() => parsePanels(search), [search]);
  const ids = usePanelIds(panels.length);
  const replace = (next: Panel[], { isStep }: { isStep: boolean }): void =>
    navigate(`/query${printPanels(next)}`, { replace: !isStep });
  const remove = (index: number): void => {
    ids.splice(index, 1);
    replace(panels.toSpliced(index, 1), { isStep: true });
  };
  return { panels, ids, replace, remove };
}

/** An identity per panel that outlives changes of the URL: what is typed and not run yet belongs to it. */
function usePanelIds(count: number): number[] {
  const ids = useRef<number[]>([]);
  const next = useRef(0);
  while (ids.current.length < count) ids.current.push(next.current++);
  ids.current.length = count;
  return ids.current;
}

export default function QueryPage() {
  const { panels, ids, replace, remove } = usePanels();
  const interval = useRefreshInterval("query", 0);
  const [history, setHistory] = useLocalStorage<string[]>({
    key: "narthex.history",
    defaultValue: [],
    getInitialValueInEffect: false,
    deserialize: (stored) => parseHistory(stored ?? null),
  });
  const refresh = (): Promise<void> => queryClient.invalidateQueries({ queryKey: [panelKey] });
  return (
    <>
      <PageHead title="Query" interval={interval} isLoading={false} onRefresh={refresh} />
      <div className={page.cards}>
        {panels.map((panel, i) => (
          <PanelView
            key={ids[i]}
            panel={panel}
            index={i}
            intervalMs={interval[0]}
            history={history}
            onHistoryChange={setHistory}
            onChange={(changed, options) => replace(panels.with(i, changed), options)}
            onRemember={(expression) => setHistory((before) => rememberExpression(before, expression))}
            onRemove={panels.length > 1 ? () => remove(i) : undefined}
          />
        ))}
      </div>
      <Button
        mt="md"
        variant="default"
        leftSection={<IconPlus size={15} />}
        disabled={panels.length >= panelsMax}
        onClick={() => replace([...panels, { ...emptyPanel, expression: "" }], { isStep: true })}
      >
        Add a panel
      </Button>
    </>
  );
}
