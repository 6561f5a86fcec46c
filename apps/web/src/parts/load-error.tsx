import { Button } from "@mantine/core";
import { Message } from "./message.js";

/** A list that could not be loaded: the server's words, and a way to try again. */
export function LoadError({ what, error, onRetry }: { what: string; error: Error; onRetry: () => void }) {
  return (
    <Message
      kind="error"
      title={`Cannot load ${what}`}
      action={
        <Button size="xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      }
    >
      {error.message}
    </Message>
  );
}
