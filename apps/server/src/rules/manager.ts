// All rule groups: starts, replaces and stops them as the configuration says. State survives a reload.
// Comes from: main (start, reload). Read by: api/rules, api/alerts.
import type { Alert } from "./alert.js";
import { AlertingRule } from "./alerting.js";
import { loadRuleFile, type RuleFileOptions, type RuleGroupConfig } from "./config.js";
import { type GroupDefaults, groupSignature, type RuleContext, RuleGroup } from "./group.js";
import { removeGroupMetrics } from "./metrics.js";

/** What the API reads. */
export type RuleSource = {
  /** In the order of files and groups. */
  readonly groups: readonly RuleGroup[];
  alerts(): Alert[];
};

type Entry = { readonly group: RuleGroup; readonly signature: string };

export class RuleManager implements RuleSource {
  readonly #context: RuleContext;
  #entries = new Map<string, Entry>();
  #isFirst = true;
  #isClosed = false;
  readonly #cancelEnds: Set<() => void> = new Set();

  constructor(context: RuleContext) {
    this.#context = context;
  }

  get groups(): readonly RuleGroup[] {
    return [...this.#entries.values()].map((entry) => entry.group);
  }

  /** Pending and firing ones. */
  alerts(): Alert[] {
    const rules = this.groups.flatMap((group) => group.rules).filter((rule) => rule instanceof AlertingRule);
    return rules.flatMap((rule) => [...rule.alerts.values()]).filter((alert) => alert.state !== "inactive");
  }

  /** Loads nothing itself: `configs` come from `loadRuleGroups`, so that a bad file changes nothing. */
  async update(configs: readonly RuleGroupConfig[], defaults: GroupDefaults): Promise<void> {
    const entries = new Map<string, Entry>();
    const before = this.#entries;
    for (const config of configs) {
      const key = `${config.file};${config.name}`;
      const signature = groupSignature(config, defaults);
      const old = before.get(key);
      entries.set(key, old?.signature === signature ? old : await this.#begin({ config, defaults, signature, old }));
    }
    this.#entries = entries;
    this.#isFirst = false;
    for (const [key, { group }] of before) if (!entries.has(key)) await this.#end(group);
  }

  async #begin(request: {
    config: RuleGroupConfig;
    defaults: GroupDefaults;
    signature: string;
    old: Entry | undefined;
  }): Promise<Entry> {
    const { config, defaults, signature, old } = request;
    const group = new RuleGroup(config, defaults, this.#context);
    if (!this.#isFirst) group.skipRestore();
    if (old) {
      await old.group.stop();
      group.adopt(old.group);
    }
    group.start();
    return { group, signature };
  }

  // A renamed group may go on with the same series, so the old ones end two intervals later and only if nobody has them.
  async #end(group: RuleGroup): Promise<void> {
    await group.stop();
    group.dropAlerts();
    removeGroupMetrics(this.#context.metrics, group.key);
    const cancel = this.#context.clock.after(2 * group.intervalMs, () => {
      this.#cancelEnds.delete(cancel);
      if (!this.#isClosed) group.endSeries();
    });
    this.#cancelEnds.add(cancel);
  }

  /** Waits for running evaluations. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#cancelEnds) cancel();
    await Promise.all(this.groups.map((group) => group.stop()));
  }
}

/** Every group of the files. Throws ConfigError, or an Error that names the file that cannot be read. */
export function loadRuleGroups(files: readonly string[], options: RuleFileOptions): RuleGroupConfig[] {
  return files.flatMap((file) => loadRuleFile(file, options));
}
