// Calls a notifier until it is heard, refused for good, or out of time. Waits grow by half, from 0.5 s up to 60 s,
// each shortened or stretched by up to half, so that many senders do not knock in step.

import { errorText } from "@narthex/service";
import type { Clock, Random } from "@narthex/stdx";
import type { ReceiverValue } from "../nflog/entry.js";
import { type FailureReason, type Notification, type Notifier, NotifyError } from "./notification.js";

const firstWaitMs = 500;
const waitFactor = 1.5;
const waitMsMax = 60_000;

export interface Attempts {
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears of each attempt that failed and may be repeated. */
  readonly onRetry: (error: NotifyError, attempt: number) => void;
  readonly onAttempt: (seconds: number, isAccepted: boolean) => void;
}

export interface Accepted {
  readonly attempts: number;
  readonly receiverData: Readonly<Record<string, ReceiverValue>>;
}

/** Throws NotifyError. */
export async function notifyWithRetry(attempts: Attempts, notification: Notification): Promise<Accepted> {
  const { signal } = notification;
  let waitMs = firstWaitMs;
  let last: NotifyError | undefined;
  for (let attempt = 1; ; attempt++) {
    if (signal.aborted) throw outOfTime(attempt - 1, last);
    const outcome = await attemptOnce(attempts, notification);
    if (!(outcome instanceof NotifyError)) return { attempts: attempt, receiverData: outcome };
    if (signal.aborted) throw outOfTime(attempt, outcome);
    if (!outcome.isRetryable) {
      const text = `notify retry canceled due to unrecoverable error after ${attempt} attempts: ${outcome.message}`;
      throw new NotifyError(text, { isRetryable: false, reason: outcome.reason, cause: outcome.cause });
    }
    attempts.onRetry(outcome, attempt);
    last = outcome;
    await pause(attempts.clock, waitMs * (0.5 + attempts.random()), signal);
    waitMs = Math.min(waitMs * waitFactor, waitMsMax);
  }
}

async function attemptOnce(
  { notifier, clock, onAttempt }: Attempts,
  notification: Notification,
): Promise<NotifyError | Readonly<Record<string, ReceiverValue>>> {
  const start = clock.now();
  try {
    const receiverData = await notifier.notify(notification);
    onAttempt((clock.now() - start) / 1000, true);
    return receiverData;
  } catch (error) {
    onAttempt((clock.now() - start) / 1000, false);
    if (error instanceof NotifyError) return error;
    return new NotifyError(errorText(error), { isRetryable: false, reason: "other", cause: error });
  }
}

function outOfTime(attempts: number, last: NotifyError | undefined): NotifyError {
  const reason: FailureReason = last ? last.reason : "contextDeadlineExceeded";
  const why = last ? `: ${last.message}` : "";
  return new NotifyError(`notify retry canceled after ${attempts} attempts${why}`, { isRetryable: false, reason });
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener("abort", end, { once: true });
  });
}
