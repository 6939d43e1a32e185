/**
 * GPT-2's alphabet for bytes: printable bytes stand for themselves, the others for characters from 256 on, so that
 * every byte is a character that can be seen ("Ġ" is the space).
 * Source: Radford and others, "Language Models are Unsupervised Multitask Learners", 2019.
 */
const printable = (byte: number): boolean =>
  (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
let others = 0;
export const BYTE_CHARACTERS: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  String.fromCharCode(printable(byte) ? byte : 256 + others++));
const BYTE_OF = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

const encoder = new TextEncoder();
/** The UTF-8 bytes of a text in that alphabet. */
export function toByteCharacters(text: string): string {
  let out = "";
  for (const byte of encoder.encode(text)) out += BYTE_CHARACTERS[byte];
  return out;
}
/** Back: characters outside of the alphabet stand for their own UTF-8, broken sequences become U+FFFD. */
export function fromByteCharacters(text: string): string {
  const bytes: number[] = [];
  for (const character of text) {
    const byte = BYTE_OF.get(character);
    if (byte === undefined) bytes.push(...encoder.encode(character));
    else bytes.push(byte);
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
export const utf8 = (text: string): Uint8Array => encoder.encode(text);
