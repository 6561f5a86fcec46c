import { Button } from "@mantine/core";
import { Message } from "../parts/message.js";

/** Shown in place of what Alertmanager would tell; the rules do not depend on it. */
export function AlertmanagerError({ error, onRetry }: { error: Error; onRetry: () => unknown }) {
  return (
    <Message
      kind="error"
      title="Alertmanager does not answer"
      advice="Rules are still evaluated, but nobody is notified. Check that it runs and that the configuration's alerting section names it."
      action={
        <Button size="xs" variant="default" onClick={() => onRetry()}>
          Try again
        </Button>
      }
    >
      {error.message}
    </Message>
  );
}
