// The bar on top of every page: where you are, what needs you (firing alerts, targets down), and preferences.
import { ActionIcon, type MantineColorScheme, Menu, Tooltip, useMantineColorScheme } from "@mantine/core";
import {
  IconBell,
  IconDeviceDesktop,
  IconMoon,
  IconSend,
  IconSettings,
  IconSun,
  IconTarget,
  IconTerminal2,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ComponentType } from "react";
import { Link, useLocation } from "wouter";
import { fetchBuildInfo } from "../api/prometheus.js";
import { printCount } from "../format/value.js";
import { useZone } from "../parts/preferences.js";
import classes from "./header.module.css";
import { Logo } from "./logo.js";
import { homePath, pages } from "./pages.js";
import { useDownCount, useFiringCount } from "./queries.js";

interface NavItem {
  path: string;
  name: string;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  /** Things that need attention, and the word for them. */
  count?: number | undefined;
  noun?: string;
}

const icons: Record<string, NavItem["icon"]> = {
  "/agent": IconSend,
  "/query": IconTerminal2,
  "/alerts": IconBell,
  "/targets": IconTarget,
};

export function Header() {
  const [location] = useLocation();
  const counts: Record<string, Pick<NavItem, "count" | "noun">> = {
    "/alerts": { count: useFiringCount().data, noun: "firing" },
    "/targets": { count: useDownCount().data, noun: "down" },
  };
  return (
    <header className={classes.header}>
      <div className={classes.inner}>
        <Link href={homePath} className={classes.brand} aria-label={`Narthex, to the ${pages[0]?.name} page`}>
          <Logo />
          <span className={classes.wordmark}>Narthex</span>
        </Link>
        <nav aria-label="Pages" className={classes.nav}>
          {pages.map(({ path, name }) => {
            const item = { path, name, icon: icons[path] ?? IconTarget, ...counts[path] };
            return <NavLink key={path} item={item} isCurrent={location === path} />;
          })}
        </nav>
        <Preferences />
      </div>
    </header>
  );
}

function NavLink({ item, isCurrent }: { item: NavItem; isCurrent: boolean }) {
  const Icon = item.icon;
  const count = item.count ?? 0;
  return (
    <Link href={item.path} className={classes.link} aria-current={isCurrent ? "page" : undefined}>
      <Icon size={16} stroke={1.8} />
      {item.name}
      {count > 0 && (
        <span className={classes.count} title={`${count} ${item.noun}`}>
          {printCount(count)}
          <span className={classes.hidden}> {item.noun}</span>
        </span>
      )}
    </Link>
  );
}

const schemes = [
  { value: "light", name: "Light", icon: IconSun },
  { value: "dark", name: "Dark", icon: IconMoon },
  { value: "auto", name: "As the system", icon: IconDeviceDesktop },
] as const;

const zones = [
  { value: "local", name: "Local time" },
  { value: "utc", name: "UTC" },
] as const;

function Preferences() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [zone, setZone] = useZone();
  const build = useQuery({
    queryKey: ["buildinfo"],
    queryFn: ({ signal }) => fetchBuildInfo(signal),
    staleTime: 60_000,
  });
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <Tooltip label="Theme and time zone" position="left">
          <ActionIcon aria-label="Theme and time zone" size="lg">
            <IconSettings size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Theme</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
          {schemes.map(({ value, name, icon: Icon }) => (
            <Menu.RadioItem key={value} value={value} closeMenuOnClick rightSection={<Icon size={15} />}>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>Times in</Menu.Label>
        <Menu.RadioGroup value={zone} onChange={(value) => setZone(value === "utc" ? "utc" : "local")}>
          {zones.map(({ value, name }) => (
            <Menu.RadioItem key={value} value={value} closeMenuOnClick>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{build.data === undefined ? "Server unknown" : `Server ${build.data.version}`}</Menu.Label>
        <Menu.Label>Press ? for keyboard shortcuts</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}
