// One target: where it is scraped, how it went, and on demand everything that is known about it.
import { ActionIcon } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useId, useState } from "react";
import { Link } from "wouter";
import type { ActiveTarget, LabelRecord } from "../api/prometheus.js";
import { parseDuration } from "../format/duration.js";
import { labelPairs } from "../format/labels.js";
import { parseApiTime } from "../format/time.js";
import { printValue } from "../format/value.js";
import { StateBadge } from "../parts/badge.js";
import { LabelChips } from "../parts/labels.js";
import { RelativeTime } from "../parts/moment.js";
import { queryLink } from "../query/url.js";
import classes from "./pool-card.module.css";
import { targetSelector } from "./pools.js";

export function TargetRow({ target }: { target: ActiveTarget }) {
  const [isOpen, setIsOpen] = useState(false);
  const detailsId = useId();
  return (
    <li className={classes.target} data-health={target.health}>
      <div className={classes.row}>
        <div className={classes.endpoint}>
          <ActionIcon
            size="xs"
            mt={1}
            aria-label={`${isOpen ? "Hide" : "Show"} details of ${target.scrapeUrl}`}
            aria-expanded={isOpen}
            aria-controls={detailsId}
            onClick={() => setIsOpen(!isOpen)}
          >
            {isOpen ? <IconChevronUp size={14} /> : <IconChevronDown size={14} />}
          </ActionIcon>
          <a href={target.globalUrl || target.scrapeUrl} target="_blank" rel="noreferrer noopener">
            {target.scrapeUrl}
          </a>
        </div>
        <div className={classes.state}>
          <StateBadge state={target.health} />
        </div>
        <div className={classes.labels}>
          <LabelChips labels={target.labels} />
        </div>
        <div className={classes.number}>
          <RelativeTime t={parseApiTime(target.lastScrape)} />
        </div>
        <div className={classes.number}>
          <ScrapeDuration target={target} />
        </div>
      </div>
      {target.lastError !== "" && <div className={classes.error}>{target.lastError}</div>}
      <div id={detailsId} hidden={!isOpen}>
        {isOpen && <Details target={target} />}
      </div>
    </li>
  );
}

// More than this much of the timeout is worth a colour: the next slow scrape may fail.
const slowShare = 0.5;

/** The duration with a bar that is full at the scrape timeout. */
function ScrapeDuration({ target }: { target: ActiveTarget }) {
  const timeoutMs = parseDuration(target.scrapeTimeout) ?? 0;
  const share = timeoutMs > 0 ? Math.min(1, (target.lastScrapeDuration * 1000) / timeoutMs) : 0;
  return (
    <div title={`Timeout ${target.scrapeTimeout}, every ${target.scrapeInterval}`}>
      {printValue(target.lastScrapeDuration, "seconds")}
      <div className={classes.meter}>
        <div
          className={classes.meterFill}
          data-slow={share > slowShare || undefined}
          style={{ width: `${Math.max(1, share * 100)}%` }}
        />
      </div>
    </div>
  );
}

function Details({ target }: { target: ActiveTarget }) {
  const selector = targetSelector(target);
  return (
    <div className={classes.details}>
      <section>
        <h3>Scrape</h3>
        <LabelList
          labels={{
            pool: target.scrapePool,
            interval: target.scrapeInterval,
            timeout: target.scrapeTimeout,
            "last scrape": target.lastScrape,
          }}
        />
        <h3>Look closer</h3>
        <p>
          <Link href={queryLink(`up${selector}`, "graph")}>When was it up?</Link>
          <br />
          <Link href={queryLink(`scrape_duration_seconds${selector}`, "graph")}>How long do scrapes take?</Link>
          <br />
          <Link href={queryLink(`scrape_samples_scraped${selector}`, "graph")}>How many samples does it send?</Link>
        </p>
      </section>
      <section>
        <h3>Labels as discovered, before relabeling</h3>
        <LabelList labels={target.discoveredLabels} />
      </section>
    </div>
  );
}

export function LabelList({ labels }: { labels: LabelRecord }) {
  return (
    <dl>
      {labelPairs(labels).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
