// PromQL in the editor: completion and lint by Prometheus' own package, with past expressions added to the completion.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { type CompleteStrategy, newCompleteStrategy, PromQLExtension } from "@prometheus-io/codemirror-promql";
import { basePath } from "../api/base.js";

/** Past expressions offered at once. */
const historyOffersMax = 8;
const metricsMetadataMax = 10_000;
const cacheAgeMs = 300_000;

export function promqlSupport(readHistory: () => readonly string[]): Extension {
  const remote = { url: basePath, cache: { maxAge: cacheAgeMs }, httpErrorHandler: warn };
  const strategy = newCompleteStrategy({ remote, maxMetricsMetadata: metricsMetadataMax });
  return new PromQLExtension()
    .setComplete({ completeStrategy: new HistoryComplete(strategy, readHistory) })
    .asExtension();
}

// Completion is an extra: when the server cannot answer, typing goes on, and the banner tells about the server.
function warn(error: unknown): void {
  console.warn("completion data could not be loaded", error);
}

class HistoryComplete implements CompleteStrategy {
  private readonly strategy: CompleteStrategy;
  private readonly readHistory: () => readonly string[];

  constructor(strategy: CompleteStrategy, readHistory: () => readonly string[]) {
    this.strategy = strategy;
    this.readHistory = readHistory;
  }

  async promQL(context: CompletionContext): Promise<CompletionResult | null> {
    const result = await this.strategy.promQL(context);
    const text = context.state.doc.toString().trim();
    if (text === "" && !context.explicit) return result;
    const offers = historyOffers(this.readHistory(), text);
    if (offers.length === 0) return result;
    const from = context.state.doc.toString().length - context.state.doc.toString().trimStart().length;
    // One result has one start: history replaces the whole expression, so it joins only where completion does too.
    if (result !== null && result.from !== from) return result;
    return { ...result, from, options: [...(result?.options ?? []), ...offers] };
  }

  destroy(): void {
    this.strategy.destroy?.();
  }
}

function historyOffers(history: readonly string[], text: string): Completion[] {
  return history
    .filter((expression) => expression !== text && expression.includes(text))
    .slice(0, historyOffersMax)
    .map((label) => ({ label, detail: "past query", boost: -99 }));
}
