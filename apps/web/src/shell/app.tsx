// The frame around the pages: theme, data cache, routes. Each page is a chunk of its own, loaded when first visited.
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { type ComponentType, lazy, Suspense, useEffect } from "react";
import { Redirect, Route, Router, Switch, useLocation, useSearch } from "wouter";
import { basePath } from "../api/base.js";
import { PageSkeleton } from "../parts/skeleton.js";
import classes from "./app.module.css";
import { ConnectionBanner } from "./connection-banner.js";
import { CrashGuard } from "./crash-guard.js";
import { Header } from "./header.js";
import { NotFound } from "./not-found.js";
import { homePath, pages } from "./pages.js";
import { queryClient, useFiringCount } from "./queries.js";
import { ShortcutKeys } from "./shortcut-keys.js";
import { cssVariables, theme } from "./theme.js";

const AgentPage = lazy(() => import("../agent/page.js"));
const QueryPage = lazy(() => import("../query/page.js"));
const AlertsPage = lazy(() => import("../alerts/page.js"));
const TargetsPage = lazy(() => import("../targets/page.js"));

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <Router base={basePath}>
          <button type="button" className={classes.skip} onClick={focusMain}>
            Skip to content
          </button>
          <Header />
          <ConnectionBanner />
          <main id="main" tabIndex={-1} className={classes.main}>
            <Pages />
          </main>
          <ShortcutKeys />
          <Title />
        </Router>
        <Notifications position="bottom-right" />
      </QueryClientProvider>
    </MantineProvider>
  );
}

// A button, as with <base href> a link to "#main" would lead to another page.
function focusMain(): void {
  document.getElementById("main")?.focus();
}

function Pages() {
  const search = useSearch();
  const [location] = useLocation();
  const home = `${homePath}${search === "" ? "" : `?${search}`}`;
  return (
    <CrashGuard key={location}>
      <Suspense fallback={<PageSkeleton />}>
        <Switch>
          {pages.map(({ path }) => (
            <Route key={path} path={path} component={components[path] ?? NotFound} />
          ))}
          <Route path="/">
            <Redirect to={home} replace />
          </Route>
          <Route path="/graph">
            <Redirect to={home} replace />
          </Route>
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </CrashGuard>
  );
}

const components: Record<string, ComponentType> = {
  "/agent": AgentPage,
  "/query": QueryPage,
  "/alerts": AlertsPage,
  "/targets": TargetsPage,
};

// Of --web.page-title: the server puts it into the page.
const siteTitle = document.title;

/** Puts the number of firing alerts in the tab's title, where it is seen among other tabs. */
function Title() {
  const [location] = useLocation();
  const firing = useFiringCount().data ?? 0;
  useEffect(() => {
    const page = pages.find(({ path }) => path === location)?.name ?? "Not found";
    document.title = `${firing > 0 ? `(${firing}) ` : ""}${page} · ${siteTitle}`;
  }, [location, firing]);
  return null;
}
