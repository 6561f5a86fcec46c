// What the API's handlers work with.

import type { Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { AlertStore } from "../alerts/store.js";
import type { Generation } from "../generation.js";
import type { MatcherParser } from "../matchers/parse.js";
import type { ApiMetrics } from "../metrics.js";
import type { SilenceStore } from "../silence/store.js";

export interface ApiContext {
  readonly alerts: AlertStore;
  readonly silences: SilenceStore;
  /** The one in force. */
  readonly generation: () => Generation;
  readonly parseMatchers: MatcherParser;
  readonly clock: Clock;
  readonly metrics: ApiMetrics;
  readonly logger: Logger;
  readonly startedAt: number;
  readonly logSilences: boolean;
}
