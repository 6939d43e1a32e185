import { DataError } from "../vocab/errors.ts";
import type { Aligned } from "./aligned.ts";
import { utf8 } from "./bytes.ts";

/** A cluster longer than this is looked up character by character. */
const SHORT = 6;

/**
 * SentencePiece's compiled rules of normalisation, base64: a 32-bit size, a double-array trie (Darts) of so many bytes,
 * and the replacements, each ended by a zero. Throws a DataError when sizes do not fit.
 * Source: Kudo and Richardson, "SentencePiece", 2018; S. Yata, darts-clone.
 */
export function charsMap(base64: string): (x: Aligned) => Aligned {
  const bytes = decodeBase64(base64);
  if (bytes.length < 4) throw new DataError("Precompiled: the map of characters is empty");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(0, true);
  if (size % 4 !== 0 || size > bytes.length - 4) {
    throw new DataError(`Precompiled: the map of characters claims ${size} of its ${bytes.length} bytes`);
  }
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const texts = bytes.subarray(4 + size);

  /** The replacement of the shortest prefix that has one. */
  const lookup = (key: Uint8Array): string | null => {
    const offset = (unit: number): number => (unit >>> 10) << ((unit & 512) >>> 6);
    let at = units.length === 0 ? 0 : offset(units[0]);
    for (const byte of key) {
      at ^= byte;
      const unit = units[at] as number | undefined;
      if (unit === undefined || byte === 0 || (unit & 0x800000ff) >>> 0 !== byte) return null;
      at ^= offset(unit);
      if (((unit >>> 8) & 1) === 1) {
        const start = (units[at] ?? 0) & 0x7fffffff;
        const end = texts.indexOf(0, start);
        return new TextDecoder().decode(texts.subarray(start, end < 0 ? texts.length : end));
      }
    }
    return null;
  };
  const known = new Map<string, string>();
  const change = (cluster: string): string => {
    let made = known.get(cluster);
    if (made === undefined) {
      const key = utf8(cluster);
      made = (key.length < SHORT ? lookup(key) : null) ??
        Array.from(cluster, (character) => lookup(utf8(character)) ?? character).join("");
      known.set(cluster, made);
    }
    return made;
  };
  const clusters = new Intl.Segmenter("und", { granularity: "grapheme" });
  return (x) => {
    if (/^[\x20-\x7e]*$/.test(x.text)) return x;
    return x.replaceParts(Array.from(clusters.segment(x.text), ({ segment }) => segment), change);
  };
}
function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new DataError("Precompiled: the map of characters is not base64", { cause });
  }
}
