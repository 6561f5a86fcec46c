// What stands under the pointer: a metric's type and help, or what a function does.
import { syntaxTree } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import {
  aggregateOpTerms,
  functionIdentifierTerms,
} from "@prometheus-io/codemirror-promql/dist/esm/complete/promql.terms.js";
import { fetchMetadata, type MetricMetadata } from "../api/prometheus.js";
import { queryClient } from "../shell/queries.js";

const metadataStaleMs = 300_000;

interface Description {
  name: string;
  kind: string;
  text: string;
}

const functions = new Map<string, Description>(
  [...functionIdentifierTerms, ...aggregateOpTerms].map(({ label, detail, info }) => [
    label,
    { name: label, kind: detail ?? "function", text: info ?? "" },
  ]),
);

export const metricHover: Extension = hoverTooltip(async (view, position, side) => {
  const node = syntaxTree(view.state).resolveInner(position, side);
  const name = view.state.sliceDoc(node.from, node.to);
  const isFunction = node.parent?.name === "FunctionIdentifier" || node.parent?.name === "AggregateOp";
  const description = isFunction
    ? functions.get(name)
    : node.name === "Identifier"
      ? await describeMetric(name)
      : undefined;
  if (description === undefined) return null;
  return { pos: node.from, end: node.to, above: true, create: () => ({ dom: render(description) }) };
});

async function describeMetric(name: string): Promise<Description | undefined> {
  const metadata = await queryClient.fetchQuery({
    queryKey: ["metadata"],
    queryFn: ({ signal }) => fetchMetadata(signal),
    staleTime: metadataStaleMs,
  });
  // Histograms and summaries are described under the name without the suffix.
  const found: MetricMetadata | undefined = (metadata[name] ?? metadata[name.replace(/_(bucket|sum|count)$/, "")])?.[0];
  return found && { name, kind: found.type, text: found.help };
}

function render({ name, kind, text }: Description): HTMLElement {
  const dom = document.createElement("div");
  dom.className = "cm-metric-hover";
  const head = dom.appendChild(document.createElement("div"));
  head.appendChild(document.createElement("strong")).textContent = name;
  head.appendChild(document.createElement("span")).textContent = ` ${kind}`;
  dom.appendChild(document.createElement("div")).textContent = text;
  return dom;
}
