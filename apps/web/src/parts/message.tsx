// A message in a page: what went wrong or needs a look, and what to do about it.
import { IconAlertTriangle, IconCircleX, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./message.module.css";

const icons = { error: IconCircleX, warning: IconAlertTriangle, info: IconInfoCircle };

interface MessageProps {
  kind: keyof typeof icons;
  title: string;
  children?: ReactNode;
  advice?: string | undefined;
  action?: ReactNode;
}

export function Message({ kind, title, children, advice, action }: MessageProps) {
  const Icon = icons[kind];
  return (
    <div className={classes.message} data-kind={kind} role={kind === "error" ? "alert" : "status"}>
      <Icon size={18} stroke={1.8} className={classes.icon} aria-hidden="true" />
      <div className={classes.text}>
        <div className={classes.title}>{title}</div>
        {children}
        {advice !== undefined && <div className={classes.advice}>{advice}</div>}
      </div>
      {action}
    </div>
  );
}
