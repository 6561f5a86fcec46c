// Drives the web UI in a real Chromium as a user would, on whatever server answers at a base URL.
// Comes from: ui.test.ts. It needs a server that scrapes something, has at least one firing alert, and an Alertmanager.
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** How long anything the UI waits for may take, ms: a slow machine under test load, not a goal. */
const waitMs = 60_000;

const missingPage = "/no-such-page";

const chromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
];

export interface UiReport {
  /** What was done and seen, in order. */
  steps: string[];
  /** Errors the pages threw or logged. */
  pageErrors: string[];
  /** axe findings of impact serious or critical, with the page and theme they were found in. */
  violations: string[];
}

/** Runs every step. Throws when one cannot be carried out; what pages and axe complain about is in the report. */
export async function checkUi(baseUrl: string, chromiumPath: string): Promise<UiReport> {
  const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArguments });
  const report: UiReport = { steps: [], pageErrors: [], violations: [] };
  try {
    await checkInLightTheme({ browser, baseUrl, report });
    await checkInDarkTheme({ browser, baseUrl, report });
  } finally {
    await browser.close();
  }
  return report;
}

interface Run {
  browser: Browser;
  baseUrl: string;
  report: UiReport;
}

async function checkInLightTheme({ browser, baseUrl, report }: Run): Promise<void> {
  const context = await browser.newContext({ colorScheme: "light", viewport: { width: 1360, height: 900 } });
  const page = await openPage(context, report);
  await checkQuery(page, { baseUrl, report });
  await checkGraph(page, { baseUrl, report });
  await checkTargets(page, { baseUrl, report });
  await checkSilence(page, { baseUrl, report });
  await checkNotFound(page, { baseUrl, report });
  await context.close();
}

async function openPage(context: BrowserContext, report: UiReport): Promise<Page> {
  context.setDefaultTimeout(waitMs);
  const page = await context.newPage();
  page.on("pageerror", (error) => report.pageErrors.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    // The browser logs what the server refuses on purpose, too; the steps look at how that is shown.
    const isExpected = message.text().includes("status of 400") || message.location().url.endsWith(missingPage);
    if (message.type() === "error" && !isExpected) report.pageErrors.push(`${page.url()}: ${message.text()}`);
  });
  return page;
}

type Step = Omit<Run, "browser">;

/** Types an expression with completion, runs it, reads the table, sees a mistake explained, and goes back. */
async function checkQuery(page: Page, { baseUrl, report }: Step): Promise<void> {
  await page.goto(`${baseUrl}/`);
  await page.waitForURL(/\/query/);
  const editor = page.getByRole("textbox", { name: "Expression 1" });
  await editor.click();
  await page.keyboard.type("scrape_dura", { delay: 20 });
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "scrape_duration_seconds" }).first().click();
  await expectText(editor, "scrape_duration_seconds");
  await page.keyboard.press("Enter");
  await page.getByRole("cell").filter({ hasText: "scrape_duration_seconds" }).first().waitFor();
  const url = new URL(page.url());
  assertStep(url.searchParams.get("g0.expr") === "scrape_duration_seconds", "the expression is in the URL");
  report.steps.push("query: completed, run, table shown, URL holds it");
  await runAxe(page, { report, name: "query, table" });

  await editor.click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("sum(rate(up", { delay: 10 });
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByRole("alert").filter({ hasText: "cannot run this expression" }).waitFor();
  report.steps.push("query: a mistake is explained");
  await page.goBack();
  await page.getByRole("cell").filter({ hasText: "scrape_duration_seconds" }).first().waitFor();
  report.steps.push("query: the back button brings the last result back");
}

/** Opens a link as Prometheus writes them, looks for the drawing, isolates a series, and zooms by dragging. */
async function checkGraph(page: Page, { baseUrl, report }: Step): Promise<void> {
  await page.goto(`${baseUrl}/graph?g0.expr=scrape_samples_scraped&g0.tab=0&g0.range_input=5m`);
  const canvas = page.locator(".u-wrap canvas");
  await canvas.waitFor();
  assertStep((await paintedPixels(page)) > 0, "the graph has drawn something");
  const series = page.locator("button[aria-pressed]", { has: page.locator("span", { hasText: "{" }) });
  await series.first().click();
  await page.locator('button[aria-pressed="false"]').first().waitFor();
  await series.first().click();
  await runAxe(page, { report, name: "query, graph" });

  const box = await page.locator(".u-over").boundingBox();
  if (box === null) throw new Error("the graph has no plotting area");
  await page.mouse.move(box.x + box.width * 0.4, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + 90, { steps: 8 });
  await page.mouse.up();
  await page.waitForURL(/g0\.end_input=/);
  report.steps.push("graph: a Prometheus link drawn, a series isolated, zoomed by dragging");
}

/** Pixels of the plot that are not transparent. */
function paintedPixels(page: Page): Promise<number> {
  // Sent as text, since this file is compiled without the types of a browser.
  return page.evaluate<number>(`(() => {
    const canvas = document.querySelector(".u-wrap canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) painted++;
    return painted;
  })()`);
}

async function checkTargets(page: Page, { baseUrl, report }: Step): Promise<void> {
  await page.goto(`${baseUrl}/targets`);
  await page
    .getByRole("region", { name: /^Scrape pool/ })
    .first()
    .waitFor();
  await page
    .getByRole("button", { name: /^Show details of/ })
    .first()
    .click();
  await page.getByText("Labels as discovered").first().waitFor();
  await runAxe(page, { report, name: "targets" });
  await page.getByRole("searchbox").fill("no such target anywhere");
  await page.getByText("No target matches").waitFor();
  report.steps.push("targets: pools shown, details opened, search narrows");
}

/** Silences the first firing alert from its row, sees it silenced, and expires the silence again. */
async function checkSilence(page: Page, { baseUrl, report }: Step): Promise<void> {
  await page.goto(`${baseUrl}/alerts?state=firing`);
  const alert = page
    .getByRole("article")
    .filter({ hasNotText: /Silenced by/ })
    .filter({ has: page.getByText(/^to \S/) })
    .first();
  await alert.waitFor();
  await runAxe(page, { report, name: "alerts" });
  const comment = `checked in a browser at ${new Date().toISOString()}`;
  await alert.getByRole("button", { name: /^Silence (?!.*at once)/ }).click();
  const form = page.getByRole("dialog");
  await form.getByText(/held by Alertmanager match/).waitFor();
  await form.getByRole("textbox", { name: "Why" }).fill(comment);
  await form.getByRole("textbox", { name: "Who" }).fill("apptest");
  await runAxe(page, { report, name: "silence form" });
  await form.getByRole("button", { name: "Silence", exact: true }).click();
  await page.getByText(comment).first().waitFor();
  report.steps.push("alerts: silenced by click, and shown as silenced with the reason");

  await page.getByRole("tab", { name: /^Alertmanager/ }).click();
  await page.getByText(comment).first().waitFor();
  await runAxe(page, { report, name: "alertmanager" });
  await page.getByRole("tab", { name: /^Silences/ }).click();
  const silence = page.getByRole("article").filter({ hasText: comment });
  await runAxe(page, { report, name: "silences" });
  await silence.getByRole("button", { name: "Expire" }).click();
  await silence.getByRole("button", { name: "End it now" }).click();
  await silence.waitFor({ state: "detached" });
  report.steps.push("silences: listed and expired");
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByRole("article").filter({ hasText: "firing" }).first().waitFor();
  await runAxe(page, { report, name: "alert history" });
  report.steps.push("history: tells that the alert began to fire");
}

async function checkNotFound(page: Page, { baseUrl, report }: Step): Promise<void> {
  await page.goto(`${baseUrl}${missingPage}`);
  await page.getByRole("heading", { name: "No such page" }).waitFor();
  report.steps.push("an unknown address says so");
}

/** Chooses the dark theme in the menu, finds it kept after a reload, and lets axe look at every page in it. */
async function checkInDarkTheme({ browser, baseUrl, report }: Run): Promise<void> {
  const context = await browser.newContext({ colorScheme: "light", viewport: { width: 1360, height: 900 } });
  const page = await openPage(context, report);
  await page.goto(`${baseUrl}/alerts`);
  await page.getByRole("button", { name: "Theme and time zone" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await page.reload();
  await page.locator('html[data-mantine-color-scheme="dark"]').waitFor({ state: "attached" });
  await page.getByRole("article").first().waitFor();
  await runAxe(page, { report, name: "alerts, dark" });
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await page
    .getByRole("region", { name: /^Scrape pool/ })
    .first()
    .waitFor();
  await runAxe(page, { report, name: "targets, dark" });
  await page.goto(`${baseUrl}/query?g0.expr=up&g0.tab=graph&g0.range_input=5m`);
  await page.locator(".u-wrap canvas").waitFor();
  await runAxe(page, { report, name: "query, dark" });
  await context.close();
  report.steps.push("dark: chosen, kept after a reload, reached by keyboard");
}

async function runAxe(page: Page, { report, name }: { report: UiReport; name: string }): Promise<void> {
  await settleAnimations(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  for (const { id, impact, nodes } of violations) {
    if (impact !== "serious" && impact !== "critical") continue;
    for (const node of nodes) report.violations.push(`${name}: ${id} (${impact}) at ${node.target.join(" ")}`);
  }
}

/** Colours are measured as they are seen, so a fading overlay must have ended. */
async function settleAnimations(page: Page): Promise<void> {
  await page.evaluate<void>(
    `Promise.all(document.getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity)
      .map((animation) => animation.finished.catch(() => undefined)))`,
  );
}

async function expectText(locator: ReturnType<Page["locator"]>, expected: string): Promise<void> {
  await locator.filter({ hasText: expected }).waitFor();
}

function assertStep(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected that ${what}`);
}
