// The course of a budget through its window: a step line from all to what is left, the rest of the window dotted.
import type { Budget, Mark } from "../model";
import { at, percent } from "../words";

const WIDTH = 640;
const HEIGHT = 72;
const PAD = 4;

interface Props {
  points: Budget["points"];
  since: string;
  until: string;
  now: number;
  marks: Mark[];
}

export function Course({ points, since, until, now, marks }: Props) {
  if (points.length === 0) return null;
  const [begins, ends] = [Date.parse(since), Math.max(Date.parse(until), Date.parse(since) + 1)];
  const lowest = Math.min(0, ...points.map((point) => point.left_ratio));
  const x = (time: number) => PAD + ((Math.min(time, ends) - begins) / (ends - begins)) * (WIDTH - 2 * PAD);
  const y = (ratio: number) => PAD + ((1 - Math.max(ratio, lowest)) / (1 - lowest)) * (HEIGHT - 2 * PAD);
  let path = `M${x(begins)} ${y(1)}`;
  for (const point of points) path += `H${x(Date.parse(point.at)).toFixed(1)}V${y(point.left_ratio).toFixed(1)}`;
  const last = points[points.length - 1]!;
  const nowAt = x(Math.min(now, ends));
  const deployed = marks.filter((one) => one.kind === "deployment" && Date.parse(one.at) >= begins && Date.parse(one.at) <= ends);
  return (
    <figure class="course-figure">
    <svg class="course" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`Budget left over time: from 100 % to ${percent(last.left_ratio)}`}>
      <line class="axis" x1={PAD} x2={WIDTH - PAD} y1={y(0)} y2={y(0)} />
      <path class="fall" d={`${path}H${Math.max(nowAt, x(Date.parse(last.at))).toFixed(1)}`} vector-effect="non-scaling-stroke" />
      {nowAt < WIDTH - PAD ? <line class="rest" x1={nowAt} x2={WIDTH - PAD} y1={y(last.left_ratio)} y2={y(last.left_ratio)} vector-effect="non-scaling-stroke" /> : null}
      {deployed.map((one) => (
        <line key={`${one.at} ${one.name}`} class="deployed" x1={x(Date.parse(one.at))} x2={x(Date.parse(one.at))} y1={PAD} y2={HEIGHT - PAD} vector-effect="non-scaling-stroke">
          <title>{`${one.name} deployed ${at(one.at, now)}`}</title>
        </line>
      ))}
    </svg>
    <figcaption>
      <span>{at(since, now)}, 100 % left</span>
      <span>line at 0 %{deployed.length > 0 ? `; dashed: ${[...new Set(deployed.map((one) => one.name))].slice(-3).join(", ")} deployed` : ""}</span>
      <span>{at(until, now)}{ends <= now + 60_000 ? ", now" : ""}</span>
    </figcaption>
    </figure>
  );
}
