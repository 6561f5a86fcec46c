// Catches a page that fails to draw, so that the header stays and the user can read why and go on.
import { Button } from "@mantine/core";
import { Component, type ErrorInfo, type ReactNode } from "react";
import { EmptyState } from "../parts/empty-state.js";

interface State {
  error: Error | undefined;
}

export class CrashGuard extends Component<{ children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error("a page failed to draw", error, info.componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <EmptyState title="This page failed to draw">
        <p>
          <code>{error.message}</code>
        </p>
        <p>A newer version may have been installed since the page was loaded.</p>
        <Button onClick={() => window.location.reload()}>Load again</Button>
      </EmptyState>
    );
  }
}
