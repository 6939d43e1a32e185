/** The value below which a part of the sorted numbers lies, between neighbours in proportion. */
export function quantile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}
export const summary = (numbers) =>
  ({ median: quantile(numbers, 0.5), p25: quantile(numbers, 0.25), p75: quantile(numbers, 0.75) });

export const geometricMean = (numbers) => Math.exp(numbers.reduce((sum, x) => sum + Math.log(x), 0) / numbers.length);
