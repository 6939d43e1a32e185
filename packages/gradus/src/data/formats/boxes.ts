import { DataError } from "../../vocab/errors.ts";
import { JsonField } from "./fields.ts";
import { parseXml, type XmlElement } from "./xml.ts";

/** An object in a picture: its corners in pixels from the top left edge, x to the right, y down. */
export interface BoxAnnotation {
  readonly label: string;
  readonly box: readonly [left: number, top: number, right: number, bottom: number];
  /** Hard to recognise (VOC), or a crowd (COCO): usually left out of scores. */
  readonly difficult: boolean;
}
export interface AnnotatedPicture {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly BoxAnnotation[];
}

/**
 * Reads an annotation of Pascal VOC. VOC counts pixels from 1 and includes the last one, so a box from xmin to xmax
 * covers xmin - 1 .. xmax. Boxes that leave the picture or are empty are cut to it or refused with a DataError.
 * Source: Everingham and others, "The PASCAL Visual Object Classes Challenge", 2010.
 */
export function parseVoc(text: string, name = "VOC annotation"): AnnotatedPicture {
  const root = parseXml(text, name);
  if (root.name !== "annotation") throw new DataError(`${name}: <${root.name}> is no VOC annotation`);
  const size = child(root, "size", name);
  const width = numberIn(size, "width", name), height = numberIn(size, "height", name);
  const objects = root.children.filter(({ name: tag }) => tag === "object").map((object, i): BoxAnnotation => {
    const where = `${name}, object ${i}`;
    const label = child(object, "name", where).text.trim();
    if (label === "") throw new DataError(`${where}: its name is empty`);
    const box = child(object, "bndbox", where);
    const [xmin, ymin, xmax, ymax] = ["xmin", "ymin", "xmax", "ymax"].map((side) => numberIn(box, side, where));
    const left = Math.max(0, xmin - 1), top = Math.max(0, ymin - 1);
    const right = Math.min(xmax, width), bottom = Math.min(ymax, height);
    if (!(left < right && top < bottom)) {
      throw new DataError(`${where}: the box ${[xmin, ymin, xmax, ymax].join(", ")} covers no pixel of ` +
        `${width} x ${height}`);
    }
    const difficult = object.children.find((element) => element.name === "difficult")?.text.trim() === "1";
    return { label, box: [left, top, right, bottom], difficult };
  });
  return { file: child(root, "filename", name).text.trim(), width, height, objects };
}
function child(element: XmlElement, tag: string, name: string): XmlElement {
  const found = element.children.filter((inner) => inner.name === tag);
  if (found.length !== 1) throw new DataError(`${name}: <${element.name}> has ${found.length} <${tag}>, not one`);
  return found[0];
}
function numberIn(element: XmlElement, tag: string, name: string): number {
  const text = child(element, tag, name).text.trim();
  if (!/^\d{1,7}(\.\d{1,9})?$/.test(text)) {
    throw new DataError(`${name}: <${tag}> holds ${JSON.stringify(text.slice(0, 40))}, which is no number of pixels`);
  }
  return Number(text);
}

/** The outlines of a COCO object, each x0, y0, x1, y1, ..., or a run-length code. */
export type Segmentation = readonly (
  readonly number[])[] | { readonly size: readonly number[]; readonly counts: readonly number[] };
export interface CocoObject extends BoxAnnotation {
  readonly id: number;
  readonly category: number;
  readonly area: number;
  readonly segmentation: Segmentation | null;
}
export interface CocoPicture extends AnnotatedPicture {
  readonly id: number;
  readonly objects: readonly CocoObject[];
}
export interface Coco {
  readonly pictures: readonly CocoPicture[];
  /** Names by id; ids have gaps. */
  readonly categories: ReadonlyMap<number, string>;
}

/**
 * Reads COCO's instance annotations (JSON). Boxes come as x, y, width, height. Throws a DataError that names the field
 * that is missing, or the picture or category that an annotation names in vain.
 * Source: Lin and others, "Microsoft COCO: Common Objects in Context", 2014.
 */
export function parseCoco(text: string, name = "COCO annotations"): Coco {
  const root = JsonField.parse(text, name);
  const categories = new Map(root.get("categories").list.map((c) => [c.get("id").integer, c.get("name").text]));
  const objects = new Map<number, CocoObject[]>();
  const images = root.get("images").list;
  for (const image of images) objects.set(image.get("id").integer, []);
  if (objects.size !== images.length) throw new DataError(`${name}: two images have the same id`);
  for (const field of root.get("annotations").list) {
    const image = field.get("image_id").integer, category = field.get("category_id").integer;
    const list = objects.get(image), label = categories.get(category);
    if (list === undefined) throw new DataError(`${name}: ${field.path} is of image ${image}, which is not listed`);
    if (label === undefined) throw new DataError(
      `${name}: ${field.path} has category ${category}, which is not listed`);
    const [x, y, width, height, ...more] = field.get("bbox").list.map((side) => side.number);
    if (more.length > 0 || !(width >= 0 && height >= 0 && Number.isFinite(x + y + width + height))) {
      throw new DataError(`${name}: ${field.path}.bbox is not x, y, width, height`);
    }
    list.push({
      id: field.get("id").integer, category, label, box: [x, y, x + width, y + height],
      area: field.get("area").isMissing ? width * height : field.get("area").number,
      difficult: !field.get("iscrowd").isMissing && field.get("iscrowd").integer === 1,
      segmentation: segmentationOf(field.get("segmentation")),
    });
  }
  const pictures = images.map((image): CocoPicture => ({
    id: image.get("id").integer, file: image.get("file_name").text, width: image.get("width").integer,
    height: image.get("height").integer, objects: objects.get(image.get("id").integer)!,
  }));
  return { pictures, categories };
}
function segmentationOf(field: JsonField): Segmentation | null {
  if (field.isMissing) return null;
  if (Array.isArray(field.value)) return field.list.map((outline) => outline.list.map((n) => n.number));
  const counts = field.get("counts");
  // Compressed counts are a text of six-bit pieces (pycocotools' rleFrString).
  return {
    size: field.get("size").list.map((n) => n.integer),
    counts: typeof counts.value === "string" ? runLengths(counts.value, counts) : counts.list.map((n) => n.integer),
  };
}
function runLengths(text: string, field: JsonField): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0, shift = 0, piece: number;
    do {
      piece = text.charCodeAt(at++) - 48;
      if (!(piece >= 0 && piece < 64) || shift > 30) field.fail("run lengths");
      value += (piece & 31) * 2 ** shift;
      shift += 5;
    } while ((piece & 32) !== 0);
    if ((piece & 16) !== 0) value -= 2 ** shift;
    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
  }
  return counts;
}

/** The mask of a run-length code: [height, width] bytes, 1 inside. COCO runs down the columns, starting outside. */
export function runLengthMask(
  code: { readonly size: readonly number[]; readonly counts: readonly number[] }): Uint8Array {
  const [height, width] = code.size;
  const total = code.counts.reduce((sum, run) => sum + run, 0);
  if (!(height * width <= 2 ** 27) || total !== height * width || code.counts.some((run) => run < 0)) {
    throw new DataError(`a run-length code of ${total} pixels does not fill ${height} x ${width}`);
  }
  const mask = new Uint8Array(height * width);
  let at = 0;
  code.counts.forEach((run, i) => {
    for (const end = at + run; at < end; at++) if (i % 2 === 1) mask[(at % height) * width + Math.floor(
      at / height)] = 1;
  });
  return mask;
}
