// The course of a budget through its window: a step line from all to what is left, the rest of the window dotted.
import type { Budget } from "../model";

const WIDTH = 640;
const HEIGHT = 72;
const PAD = 4;

export function Course({ points, since, until, now }: { points: Budget["points"]; since: string; until: string; now: number }) {
  if (points.length === 0) return null;
  const [begins, ends] = [Date.parse(since), Math.max(Date.parse(until), Date.parse(since) + 1)];
  const lowest = Math.min(0, ...points.map((point) => point.left_ratio));
  const x = (time: number) => PAD + ((Math.min(time, ends) - begins) / (ends - begins)) * (WIDTH - 2 * PAD);
  const y = (ratio: number) => PAD + ((1 - Math.max(ratio, lowest)) / (1 - lowest)) * (HEIGHT - 2 * PAD);
  let path = `M${x(begins)} ${y(1)}`;
  for (const point of points) path += `H${x(Date.parse(point.at)).toFixed(1)}V${y(point.left_ratio).toFixed(1)}`;
  const last = points[points.length - 1]!;
  const nowAt = x(Math.min(now, ends));
  return (
    <svg class="course" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`From 100 % to ${(last.left_ratio * 100).toFixed(0)} %`}>
      <line class="axis" x1={PAD} x2={WIDTH - PAD} y1={y(0)} y2={y(0)} />
      <path class="fall" d={`${path}H${Math.max(nowAt, x(Date.parse(last.at))).toFixed(1)}`} vector-effect="non-scaling-stroke" />
      {nowAt < WIDTH - PAD ? <line class="rest" x1={nowAt} x2={WIDTH - PAD} y1={y(last.left_ratio)} y2={y(last.left_ratio)} vector-effect="non-scaling-stroke" /> : null}
    </svg>
  );
}
