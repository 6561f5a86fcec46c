// Runs before the first paint, so that a stored dark theme never flashes white. A file of its own, and not inline,
// because the Content-Security-Policy allows scripts from 'self' only. The key is Mantine's default.
(() => {
  let stored = null;
  try {
    stored = localStorage.getItem("mantine-color-scheme-value");
  } catch {
    // Storage may be blocked; the system's preference is then right.
  }
  const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const scheme = stored === "light" || stored === "dark" ? stored : prefersDark ? "dark" : "light";
  document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
  document.documentElement.style.background = scheme === "dark" ? "#0b0b0f" : "#fafafb";
})();
