// What dispatch hands to the pipeline, and the pipeline to one integration.
import type { Labels } from "@narthex/model";
import type { Alert } from "../alerts/alert.js";
import type { ReceiverValue } from "../nflog/entry.js";
import type { Route } from "../route/tree.js";

/** An alert with its state fixed at the time of the flush. */
export interface NotifiedAlert {
  readonly alert: Alert;
  readonly isFiring: boolean;
}

/** One flush of one aggregation group. */
export interface GroupFlush {
  readonly route: Route;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly NotifiedAlert[];
  readonly now: number;
  /** Aborted when the flush has taken its time, or the pipeline is taken down. */
  readonly signal: AbortSignal;
}

/** Why a notification is sent; templates see it as .NotificationReason. */
export type NotificationReason =
  | "first notification"
  | "new alerts in group"
  | "all alerts resolved"
  | "new resolved alerts"
  | "repeat interval elapsed";

/** What one integration is to say. */
export interface Notification {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly routeLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly NotifiedAlert[];
  readonly reason: NotificationReason;
  /** What the integration remembered of its last notification of this group. */
  readonly receiverData: Readonly<Record<string, ReceiverValue>>;
  readonly now: number;
  readonly signal: AbortSignal;
}

export type FailureReason =
  | "other"
  | "clientError"
  | "serverError"
  | "contextCanceled"
  | "contextDeadlineExceeded"
  | "authError"
  | "rateLimited";

/** A notification was not accepted. */
export class NotifyError extends Error {
  override readonly name = "NotifyError";
  readonly isRetryable: boolean;
  readonly reason: FailureReason;
  constructor(message: string, options: { isRetryable: boolean; reason: FailureReason; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.isRetryable = options.isRetryable;
    this.reason = options.reason;
  }
}

/** One receiver's way to say something. */
export interface Notifier {
  /** Resolves with what to remember when the notification was accepted. Throws NotifyError. */
  notify(notification: Notification): Promise<Readonly<Record<string, ReceiverValue>>>;
  close(): void;
}
