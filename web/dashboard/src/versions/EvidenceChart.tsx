// The evidence of one metric over time on uPlot, with the two thresholds, the release's stages and the deployments.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Evidence, MetricCourse } from "../model";
import { drawMoment, drawThreshold, ink, plainAxis, timeAxis, timeRange } from "./drawing";

const HEIGHT = 220;

export function EvidenceChart({ evidence, course, label }: { evidence: Evidence; course: MetricCourse; label: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = place.current;
    if (box === null) return undefined;
    const plot = draw(box, evidence, course);
    const sizing = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
    sizing.observe(box);
    return () => {
      sizing.disconnect();
      plot.destroy();
    };
  }, [evidence, course.name]);
  return <div ref={place} class="chart" role="img" aria-label={label} />;
}

function draw(box: HTMLElement, evidence: Evidence, course: MetricCourse): uPlot {
  const first = Date.parse(evidence.first_at) / 1000;
  const times = course.log_e.map((_, place) => first + place * evidence.every_minutes * 60);
  const moments = [
    ...evidence.stages.map((stage) => ({ at: Date.parse(stage.starts_at) / 1000, name: stage.name, colour: "--accent", row: 0 })),
    ...evidence.deployments.map((one) => ({ at: Date.parse(one.deployed_at) / 1000, name: one.service_version, colour: "--quiet", row: 1 })),
  ];
  const marks = (plot: uPlot) => {
    drawThreshold(plot, course.log_e_to_pause, "pause", ink("--warn"), true);
    drawThreshold(plot, course.log_e_to_roll_back, "roll back", ink("--bad"));
    for (const one of moments) drawMoment(plot, Math.max(one.at, first), one.name, ink(one.colour), one.row);
  };
  return new uPlot(
    {
      width: Math.max(box.clientWidth, 200),
      height: HEIGHT,
      series: [{}, { label: "evidence", stroke: ink("--ink"), width: 2, points: { show: times.length < 3 } }],
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { range: timeRange(evidence.every_minutes * 60) }, y: { range: (_, low, high) => [Math.min(-1, low ?? 0), Math.max(course.log_e_to_roll_back * 1.2, (high ?? 0) * 1.05)] } },
      axes: [timeAxis(), { ...plainAxis(), size: 44, label: "ln E", labelSize: 18, labelFont: "13px system-ui" }],
      hooks: { draw: [marks] },
    },
    [times, course.log_e],
    box,
  );
}
