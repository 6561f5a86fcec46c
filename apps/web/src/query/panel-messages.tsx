// What a query has to say besides its result: errors with their place, warnings, infos, and what to do about them.
import { Button } from "@mantine/core";
import type { Answer } from "../api/prometheus.js";
import { ApiError, type ErrorType } from "../api/request.js";
import { Message } from "../parts/message.js";
import { adviseOnAnnotation, adviseOnError, type ErrorPlace, locateError } from "./advice.js";
import type { PanelQuery } from "./panel-query.js";
import classes from "./panel-view.module.css";

const titles: Partial<Record<ErrorType, string>> = {
  bad_data: "The server cannot run this expression",
  execution: "The expression failed",
  timeout: "The query took too long",
  unreachable: "The server does not answer",
  canceled: "The query was cancelled",
};

interface PanelMessagesProps<Data> {
  panelQuery: PanelQuery<Answer<Data>>;
  expression: string;
}

export function PanelMessages<Data>({ panelQuery, expression }: PanelMessagesProps<Data>) {
  const { query, isSlow, cancel } = panelQuery;
  const answer = query.isPlaceholderData ? undefined : query.data;
  const wasCancelled = query.isPending && query.fetchStatus === "idle";
  const stop = (
    <Button size="compact-sm" variant="default" onClick={cancel}>
      Cancel
    </Button>
  );
  return (
    <>
      <div className={classes.progress} data-active={isSlow || undefined} />
      <div className={classes.messages}>
        {isSlow && <Message kind="info" title="The query is running…" action={stop} />}
        {wasCancelled && <Message kind="info" title="Cancelled. Run it again to see its result." />}
        {query.isError && <QueryError error={query.error} expression={expression} />}
        {answer?.warnings.map((warning) => (
          <Message key={warning} kind="warning" title={warning} advice={adviseOnAnnotation(warning)} />
        ))}
        {answer?.infos.map((info) => (
          <Message key={info} kind="info" title={info} advice={adviseOnAnnotation(info)} />
        ))}
      </div>
    </>
  );
}

function QueryError({ error, expression }: { error: Error; expression: string }) {
  const type = error instanceof ApiError ? error.type : "internal";
  const place = locateError(error.message, expression);
  return (
    <Message kind="error" title={titles[type] ?? "The query failed"} advice={adviseOnError(type, error.message)}>
      {place === undefined ? <div>{error.message}</div> : <PlacedError place={place} />}
    </Message>
  );
}

function PlacedError({ place: { line, column, message } }: { place: ErrorPlace }) {
  return (
    <>
      <pre>
        {line}
        {"\n"}
        {" ".repeat(column)}^
      </pre>
      <div>{message}</div>
    </>
  );
}
