// What an empty panel shows: expressions worth running, and a way to find a metric.
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconListSearch } from "@tabler/icons-react";
import classes from "./first-steps.module.css";
import { MetricBrowser } from "./metric-browser.js";

const examples: { expression: string; meaning: string }[] = [
  { expression: "up", meaning: "Which targets answer (1) and which do not (0)" },
  { expression: "sum by (job) (scrape_samples_scraped)", meaning: "How many samples each job delivers" },
  { expression: 'ALERTS{alertstate="firing"}', meaning: "The alerts that fire, as series" },
  { expression: 'topk(10, count by (__name__) ({__name__=~".+"}))', meaning: "The metrics with the most series" },
  { expression: "rate(process_cpu_seconds_total[5m])", meaning: "CPU cores each process uses, over five minutes" },
];

export function FirstSteps({ onRun }: { onRun: (expression: string) => void }) {
  const [isBrowserOpen, browser] = useDisclosure(false);
  return (
    <div className={classes.steps}>
      <div className={classes.head}>
        <p>Type an expression, or begin with one of these:</p>
        <Button size="xs" variant="default" leftSection={<IconListSearch size={14} />} onClick={browser.open}>
          Browse metrics
        </Button>
      </div>
      <ul className={classes.list}>
        {examples.map(({ expression, meaning }) => (
          <li key={expression}>
            <button type="button" className={classes.example} onClick={() => onRun(expression)}>
              <code>{expression}</code>
              <span>{meaning}</span>
            </button>
          </li>
        ))}
      </ul>
      {isBrowserOpen && (
        <MetricBrowser
          onClose={browser.close}
          onPick={(name) => {
            browser.close();
            onRun(name);
          }}
        />
      )}
    </div>
  );
}
