// Shared parts of uPlot charts: the style sheet's colours, axes, and a moment as a dashed line with its name.
import type uPlot from "uplot";

export function ink(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}

export const plainAxis = () => ({ stroke: ink("--quiet"), grid: { stroke: ink("--rule"), width: 1 }, ticks: { stroke: ink("--rule") } });

/** Times of day with 24 hours, in the zone that the page names; days where they change. */
const TIMES: uPlot.Axis.Values = [
  [365 * 86_400, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * 86_400, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [86_400, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
];

/** The times between which a chart is drawn. uPlot would draw a single point on an axis of years. */
export const timeRange = (stepS: number): uPlot.Scale.Range => (plot, first, last) =>
  plot.data[0].length < 2 ? [first - 2 * stepS, first + 2 * stepS] : [first, last];

export const timeAxis = (): uPlot.Axis => ({ ...plainAxis(), values: TIMES });

/** `row`: how many lines of text below the top, so that names of moments that lie close don't cover each other. */
export function drawMoment(plot: uPlot, seconds: number, name: string, colour: string, row = 0): void {
  const x = plot.valToPos(seconds, "x", true);
  if (x < plot.bbox.left - 1 || x > plot.bbox.left + plot.bbox.width + 1) return;
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.setLineDash([5, 4]);
  ctx.beginPath();
  ctx.moveTo(x, plot.bbox.top);
  ctx.lineTo(x, plot.bbox.top + plot.bbox.height);
  ctx.stroke();
  ctx.fillStyle = ink("--quiet");
  const isRight = x + 4 + ctx.measureText(name).width > plot.bbox.left + plot.bbox.width;
  ctx.textAlign = isRight ? "right" : "left";
  ctx.fillText(name, isRight ? x - 4 : x + 4, plot.bbox.top + 12 * devicePixelRatio * (row + 1));
  ctx.restore();
}

/** A threshold: a dashed line across, with its name above or below it. */
export function drawThreshold(plot: uPlot, value: number, name: string, colour: string, isBelow = false): void {
  const y = plot.valToPos(value, "y", true);
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.setLineDash([8, 5]);
  ctx.beginPath();
  ctx.moveTo(plot.bbox.left, y);
  ctx.lineTo(plot.bbox.left + plot.bbox.width, y);
  ctx.stroke();
  ctx.fillStyle = colour;
  ctx.textAlign = "right";
  ctx.fillText(name, plot.bbox.left + plot.bbox.width - 4, y + (isBelow ? 12 : -4) * devicePixelRatio);
  ctx.restore();
}
