// Mantine's theme, mapped onto the colours of tokens.css so that its components and ours look as one.
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const iris: MantineColorsTuple = [
  ...(["#eef0ff", "#dfe2fd", "#bcc2f8", "#98a2ff", "#7680ee"] as const),
  ...(["#5c67e6", "#4854de", "#3d49d6", "#333ebb", "#2a339b"] as const),
];

const dark: MantineColorsTuple = [
  ...(["#ededf1", "#c8c8d1", "#a3a3b1", "#757582", "#3a3a45"] as const),
  ...(["#27272f", "#1a1a21", "#131318", "#0f0f13", "#0b0b0f"] as const),
];

export const theme = createTheme({
  primaryColor: "iris",
  primaryShade: { light: 7, dark: 6 },
  colors: { iris, dark },
  defaultRadius: 8,
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: "var(--nx-mono)",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.4" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true, fz: "xs" } },
    Button: { defaultProps: { size: "sm", fw: 550 } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: "md" } },
    Tabs: { styles: { list: { "--tab-border-color": "var(--nx-border)" } } },
    Drawer: { styles: { title: { fontWeight: 600, fontSize: 16 } } },
    Modal: { styles: { title: { fontWeight: 600, fontSize: 16 } } },
    Notification: {
      defaultProps: { closeButtonProps: { "aria-label": "Close the message" } },
      styles: { description: { color: "var(--nx-muted)" } },
    },
    Menu: { defaultProps: { shadow: "md" } },
  },
});

const shared = {
  "--mantine-color-body": "var(--nx-surface)",
  "--mantine-color-text": "var(--nx-text)",
  "--mantine-color-dimmed": "var(--nx-muted)",
  "--mantine-color-placeholder": "var(--nx-muted)",
  "--mantine-color-default": "var(--nx-surface)",
  "--mantine-color-default-hover": "var(--nx-hover)",
  "--mantine-color-default-border": "var(--nx-border-strong)",
  "--mantine-color-default-color": "var(--nx-text)",
  "--mantine-color-anchor": "var(--nx-accent)",
  "--mantine-color-gray-light-color": "var(--nx-muted)",
  "--mantine-color-error": "var(--nx-firing)",
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: shared,
  dark: shared,
});
