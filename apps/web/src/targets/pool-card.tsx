// One scrape pool: how many of its targets are up, and the targets, those that are down first.
import { IconChevronRight } from "@tabler/icons-react";
import { useId, useState } from "react";
import { plural } from "../format/value.js";
import { StateBadge } from "../parts/badge.js";
import page from "../parts/page.module.css";
import classes from "./pool-card.module.css";
import type { Pool } from "./pools.js";
import { TargetRow } from "./target-row.js";

/** Targets of one pool shown before somebody asks for the rest. */
const targetsShownMax = 100;

interface PoolCardProps {
  pool: Pool;
  isOpen: boolean;
  onToggle: () => void;
}

export function PoolCard({ pool, isOpen, onToggle }: PoolCardProps) {
  const [isAllShown, setIsAllShown] = useState(false);
  const bodyId = useId();
  const shown = isAllShown ? pool.targets : pool.targets.slice(0, targetsShownMax);
  return (
    <section className={page.card} aria-label={`Scrape pool ${pool.name}`}>
      <div className={classes.head}>
        <button
          type="button"
          className={classes.toggle}
          aria-expanded={isOpen}
          aria-controls={bodyId}
          onClick={onToggle}
        >
          <IconChevronRight size={16} className={classes.chevron} aria-hidden="true" />
          <h2 className={page.cardTitle}>{pool.name}</h2>
        </button>
        <PoolCounts pool={pool} />
      </div>
      <div id={bodyId} hidden={!isOpen}>
        {isOpen && (
          <>
            {/* For the eye only: each row says its parts by itself. */}
            <div className={classes.columns} aria-hidden="true">
              <span>Endpoint</span>
              <span>State</span>
              <span>Labels</span>
              <span>Last scrape</span>
              <span>Took</span>
            </div>
            <ul className={classes.targets}>
              {shown.map((target) => (
                <TargetRow key={`${target.scrapeUrl}\n${JSON.stringify(target.labels)}`} target={target} />
              ))}
            </ul>
          </>
        )}
        {isOpen && shown.length < pool.targets.length && (
          <button type="button" className={page.more} onClick={() => setIsAllShown(true)}>
            Show all {plural(pool.targets.length, "target")}
          </button>
        )}
      </div>
    </section>
  );
}

function PoolCounts({ pool: { counts } }: { pool: Pool }) {
  return (
    <span className={classes.counts}>
      {counts.down > 0 && <StateBadge state="down">{counts.down} down</StateBadge>}
      {counts.unknown > 0 && <StateBadge state="unknown">{counts.unknown} unknown</StateBadge>}
      {counts.up > 0 && <StateBadge state="up">{counts.up} up</StateBadge>}
    </span>
  );
}
