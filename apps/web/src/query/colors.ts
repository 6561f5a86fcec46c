// Colours of series: told apart on white and on near-black, neighbours far apart in hue.
const palette =
  "4c78f0 f2762e 1fa874 c94fc7 e5484d 12a5b8 b8860b 7c5cff 5d9c1f e0559a 2f86c9 a8622d 0f9d8a 9a6ad6 d97706 6b7fa3"
    .split(" ")
    .map((color) => `#${color}`);
const goldenAngle = 137.508;

/** Stable for a place in the legend; beyond the palette, hues by the golden angle. */
export function seriesColor(index: number): string {
  return palette[index] ?? `hsl(${Math.round((index * goldenAngle) % 360)} 62% 52%)`;
}

/** The same colour, thin enough for others to be seen through it. */
export function seriesFill(index: number): string {
  const color = seriesColor(index);
  return color.startsWith("#") ? `${color}4d` : color.replace(")", " / 30%)");
}
