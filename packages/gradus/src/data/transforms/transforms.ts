export { asBatch, compose, perPicture, randomApply, seeded, type Range, type Transform } from "./transform.ts";
export { normalize, toBytes, toChannelsFirst, toChannelsLast, toFloat } from "./convert.ts";
export {
  centerCrop, crop, gaussianBlur, horizontalFlip, pad, resize, verticalFlip,
  type PadOptions, type ResizeOptions, type Sides, type Size,
} from "./geometry.ts";
export { affine, displace, rotate, sampleAt, type AffineOptions, type WarpOptions } from "./warp.ts";
export { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, grayscale } from "./colour.ts";
export {
  colourJitter, cutout, erase, gaussianNoise, randomAffine, randomCrop, randomElastic, randomErasing,
  randomGaussianBlur, randomGrayscale, randomHorizontalFlip, randomResizedCrop, randomRotation, randomVerticalFlip,
  type AreaOptions, type JitterOptions, type RandomAffineOptions,
} from "./random.ts";
export { betaShare, cutmix, cutmixBy, mixup, mixupBy, type LabelledBatch } from "./mix.ts";
