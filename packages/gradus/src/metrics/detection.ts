import { average, distinct, falling, pair, ratio, total, type Values } from "./input.ts";

/** A box as x1, y1, x2, y2. */
export type Box = readonly [number, number, number, number];
const area = ([x1, y1, x2, y2]: Box): number => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
/** Intersection over union of two boxes. Jaccard 1901. */
export function boxIoU(a: Box, b: Box): number {
  const shared = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return ratio(shared, area(a) + area(b) - shared);
}
const shared = (truth: Values, predicted: Values, label: number): [both: number, t: number, p: number] => {
  const [a, b] = pair("mask", truth, predicted);
  const count = (x: Float64Array): number => total(x.map((v) => (v === label ? 1 : 0)));
  return [total(a.map((v, i) => (v === label && b[i] === label ? 1 : 0))), count(a), count(b)];
};
/** Intersection over union of the cells with a label; 1 where neither mask has any. */
export function maskIoU(truth: Values, predicted: Values, label = 1): number {
  const [both, t, p] = shared(truth, predicted, label);
  return ratio(both, t + p - both, 1);
}
/** Twice the shared cells over the cells of both. Dice 1945. */
export function dice(truth: Values, predicted: Values, label = 1): number {
  const [both, t, p] = shared(truth, predicted, label);
  return ratio(2 * both, t + p, 1);
}
/** The mean IoU over the labels that occur. */
export const meanIoU = (truth: Values, predicted: Values): number =>
  average(distinct(...pair("meanIoU", truth, predicted)).map((label) => maskIoU(truth, predicted, label)));

export interface Detected {
  readonly boxes: readonly Box[];
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}
export interface Annotated {
  readonly boxes: readonly Box[];
  readonly labels: readonly number[];
}
export interface DetectionOptions {
  /** IoU from which a detection counts as right; several are averaged (default 0.5, 0.55, ..., 0.95, as COCO). */
  readonly thresholds?: readonly number[];
  /** COCO: 101 recalls, and a taken box leaves the next best; VOC: the whole area, and a second detection is wrong. */
  readonly style?: "coco" | "voc";
  /** The most detections per image and class, by score. */
  readonly maxDetections?: number;
}
const COCO_THRESHOLDS = Array.from({ length: 10 }, (_, i) => 0.5 + 0.05 * i);

/** Whether each detection of one class in one image, scores falling, finds a box that is still free. */
function matches(detected: readonly Box[], truth: readonly Box[], threshold: number, style: "coco" | "voc"): boolean[] {
  const taken = truth.map(() => false);
  return detected.map((box) => {
    let [best, at] = [Math.min(threshold, 1 - 1e-10), -1];
    truth.forEach((other, i) => {
      const iou = boxIoU(box, other);
      // Of equal ones COCO takes the last.
      if ((style === "voc" || !taken[i]) && iou >= best) [best, at] = [iou, i];
    });
    if (at < 0 || taken[at]) return false;
    taken[at] = true;
    return true;
  });
}
/** The area under precision over recall, precision held at the highest that a higher recall reaches. */
function areaUnder(hits: readonly boolean[], positives: number, style: "coco" | "voc"): number {
  let right = 0;
  const points = hits.map((hit, i) => {
    if (hit) right++;
    return { recall: right / positives, precision: right / (i + 1) };
  });
  for (let i = points.length - 2; i >= 0; i--) {
    points[i].precision = Math.max(points[i].precision, points[i + 1].precision);
  }
  if (style === "voc") {
    return total(points.map(({ recall, precision }, i) => (recall - (i > 0 ? points[i - 1].recall : 0)) * precision));
  }
  return average(Array.from({ length: 101 }, (_, i) =>
    points.find(({ recall }) => recall >= i / 100 - 1e-15)?.precision ?? 0));
}

/**
 * mAP: the mean over classes and thresholds of the average precision of detections. One entry per image. Everingham et
 * al. 2010 (VOC), Lin et al. 2014 (COCO, boxes of all sizes).
 */
export function detectionMeanAveragePrecision(
  detections: readonly Detected[], annotations: readonly Annotated[], options: DetectionOptions = {},
): { readonly mean: number; readonly classes: ReadonlyMap<number, number> } {
  const { style = "coco", maxDetections = 100 } = options;
  const thresholds = options.thresholds ?? (style === "coco" ? COCO_THRESHOLDS : [0.5]);
  const classes = new Map(distinct(...annotations.map(({ labels }) => labels)).map((label) => {
    const images = annotations.map((truth, i) => {
      const { boxes, labels, scores } = detections[i];
      const own = falling(scores).filter((at) => labels[at] === label).slice(0, maxDetections);
      return {
        truth: truth.boxes.filter((_, j) => truth.labels[j] === label),
        boxes: own.map((at) => boxes[at]), scores: own.map((at) => scores[at]),
      };
    });
    const positives = total(images.map(({ truth }) => truth.length)), scores = images.flatMap((image) => image.scores);
    const each = thresholds.map((threshold) => {
      const hits = images.flatMap(({ boxes, truth }) => matches(boxes, truth, threshold, style));
      return areaUnder(falling(scores).map((at) => hits[at]), positives, style);
    });
    return [label, average(each)] as const;
  }));
  return { mean: average([...classes.values()]), classes };
}
