import type { ReactNode } from "react";
import classes from "./empty-state.module.css";

/** A place where nothing is yet: says what would be here and how to get it. */
export function EmptyState({ title, icon, children }: { title: string; icon?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.empty}>
      {icon !== undefined && <div className={classes.icon}>{icon}</div>}
      <h2 className={classes.title}>{title}</h2>
      <div className={classes.body}>{children}</div>
    </section>
  );
}
