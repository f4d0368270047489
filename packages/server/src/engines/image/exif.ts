/** EXIF and TIFF tags by the names the vendor's `info` prints. */
const TAGS: Readonly<Record<number, string>> = {
  254: 'NewSubfileType',
  259: 'Compression',
  262: 'PhotometricInterpretation',
  269: 'DocumentName',
  270: 'ImageDescription',
  271: 'Make',
  272: 'Model',
  274: 'Orientation',
  277: 'SamplesPerPixel',
  282: 'XResolution',
  283: 'YResolution',
  284: 'PlanarConfiguration',
  296: 'ResolutionUnit',
  301: 'TransferFunction',
  305: 'Software',
  306: 'DateTime',
  315: 'Artist',
  316: 'HostComputer',
  318: 'WhitePoint',
  319: 'PrimaryChromaticities',
  513: 'JPEGInterchangeFormat',
  514: 'JPEGInterchangeFormatLength',
  529: 'YCbCrCoefficients',
  530: 'YCbCrSubSampling',
  531: 'YCbCrPositioning',
  532: 'ReferenceBlackWhite',
  18246: 'Rating',
  18249: 'RatingPercent',
  33432: 'Copyright',
  34665: 'ExifTag',
  34853: 'GPSTag',
  33434: 'ExposureTime',
  33437: 'FNumber',
  34850: 'ExposureProgram',
  34852: 'SpectralSensitivity',
  34855: 'ISOSpeedRatings',
  34864: 'SensitivityType',
  34865: 'StandardOutputSensitivity',
  34866: 'RecommendedExposureIndex',
  36864: 'ExifVersion',
  36867: 'DateTimeOriginal',
  36868: 'DateTimeDigitized',
  36880: 'OffsetTime',
  36881: 'OffsetTimeOriginal',
  36882: 'OffsetTimeDigitized',
  37121: 'ComponentsConfiguration',
  37122: 'CompressedBitsPerPixel',
  37377: 'ShutterSpeedValue',
  37378: 'ApertureValue',
  37379: 'BrightnessValue',
  37380: 'ExposureBiasValue',
  37381: 'MaxApertureValue',
  37382: 'SubjectDistance',
  37383: 'MeteringMode',
  37384: 'LightSource',
  37385: 'Flash',
  37386: 'FocalLength',
  37396: 'SubjectArea',
  37510: 'UserComment',
  37520: 'SubSecTime',
  37521: 'SubSecTimeOriginal',
  37522: 'SubSecTimeDigitized',
  40960: 'FlashpixVersion',
  40961: 'ColorSpace',
  40962: 'PixelXDimension',
  40963: 'PixelYDimension',
  40965: 'InteroperabilityTag',
  41486: 'FocalPlaneXResolution',
  41487: 'FocalPlaneYResolution',
  41488: 'FocalPlaneResolutionUnit',
  41492: 'SubjectLocation',
  41493: 'ExposureIndex',
  41495: 'SensingMethod',
  41728: 'FileSource',
  41729: 'SceneType',
  41985: 'CustomRendered',
  41986: 'ExposureMode',
  41987: 'WhiteBalance',
  41988: 'DigitalZoomRatio',
  41989: 'FocalLengthIn35mmFilm',
  41990: 'SceneCaptureType',
  41991: 'GainControl',
  41992: 'Contrast',
  41993: 'Saturation',
  41994: 'Sharpness',
  41996: 'SubjectDistanceRange',
  42016: 'ImageUniqueID',
  42032: 'CameraOwnerName',
  42033: 'BodySerialNumber',
  42034: 'LensSpecification',
  42035: 'LensMake',
  42036: 'LensModel',
  42037: 'LensSerialNumber',
};

const GPS_TAGS: Readonly<Record<number, string>> = {
  0: 'GPSVersionID',
  1: 'GPSLatitudeRef',
  2: 'GPSLatitude',
  3: 'GPSLongitudeRef',
  4: 'GPSLongitude',
  5: 'GPSAltitudeRef',
  6: 'GPSAltitude',
  7: 'GPSTimeStamp',
  8: 'GPSSatellites',
  9: 'GPSStatus',
  10: 'GPSMeasureMode',
  11: 'GPSDOP',
  12: 'GPSSpeedRef',
  13: 'GPSSpeed',
  14: 'GPSTrackRef',
  15: 'GPSTrack',
  16: 'GPSImgDirectionRef',
  17: 'GPSImgDirection',
  18: 'GPSMapDatum',
  19: 'GPSDestLatitudeRef',
  20: 'GPSDestLatitude',
  21: 'GPSDestLongitudeRef',
  22: 'GPSDestLongitude',
  23: 'GPSDestBearingRef',
  24: 'GPSDestBearing',
  25: 'GPSDestDistanceRef',
  26: 'GPSDestDistance',
  27: 'GPSProcessingMethod',
  28: 'GPSAreaInformation',
  29: 'GPSDateStamp',
  30: 'GPSDifferential',
  31: 'GPSHPositioningError',
};

const DIRECTIONS: Readonly<Record<string, string>> = { N: 'North', S: 'South', E: 'East', W: 'West' };

/** Bytes of one value, by TIFF type. */
const SIZES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
};

/** Longer values (maker notes, thumbnails in tags) are left out. */
const LONGEST_VALUE = 2048;

/** There are five in what cameras write. Directories may lie over one another, and be as many as there are bytes. */
const MOST_DIRECTORIES = 8;
const MOST_ENTRIES = 512;

/**
 * All known tags of an EXIF block (with or without its `Exif\0\0`), rendered as the vendor does: numbers and fractions
 * as they are stored, references to a hemisphere as words, angles as `30deg 15' 8.20" `. A damaged directory ends early.
 */
export function readExif(block: Buffer): Map<string, string> {
  const bytes = block.toString('latin1', 0, 6) === 'Exif\0\0' ? block.subarray(6) : block;
  const result = new Map<string, string>();
  const order = bytes.toString('latin1', 0, 2);
  if (bytes.length < 8 || (order !== 'II' && order !== 'MM')) return result;
  const reader = new TiffReader(bytes, order === 'II');
  // A directory that points back at itself must not be read for ever.
  const seen = new Set<number>();
  const directory = (offset: number, names: Readonly<Record<number, string>>): number => {
    if (offset === 0 || seen.has(offset) || offset + 2 > bytes.length || seen.size === MOST_DIRECTORIES) return 0;
    seen.add(offset);
    const count = reader.u16(offset);
    if (count > MOST_ENTRIES) return 0;
    for (let index = 0; index < count; index++) {
      const entry = offset + 2 + index * 12;
      if (entry + 12 > bytes.length) return 0;
      const tag = reader.u16(entry);
      const name = names[tag];
      // The first directory describes the picture itself; a later one only adds what that one lacks.
      if (name !== undefined && !result.has(name)) {
        const value = reader.value(entry, names === GPS_TAGS ? tag : undefined);
        if (value !== undefined) result.set(name, value);
      }
      if (names === TAGS && tag === 34665) directory(reader.u32(entry + 8), TAGS);
      if (names === TAGS && tag === 34853) directory(reader.u32(entry + 8), GPS_TAGS);
    }
    const next = offset + 2 + count * 12;
    return next + 4 <= bytes.length ? reader.u32(next) : 0;
  };
  const thumbnail = directory(reader.u32(4), TAGS);
  directory(thumbnail, TAGS);
  return result;
}

class TiffReader {
  readonly #bytes: Buffer;
  readonly #little: boolean;
  constructor(bytes: Buffer, little: boolean) {
    this.#bytes = bytes;
    this.#little = little;
  }

  u16(at: number): number {
    return this.#little ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  u32(at: number): number {
    return this.#little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  /** The value of a directory entry as text; undefined when it is damaged or too long to print. */
  value(entry: number, gpsTag: number | undefined): string | undefined {
    const type = this.u16(entry + 2);
    const count = this.u32(entry + 4);
    const size = (SIZES[type] ?? 0) * count;
    if (size === 0 || size > LONGEST_VALUE) return undefined;
    const at = size <= 4 ? entry + 8 : this.u32(entry + 8);
    if (at + size > this.#bytes.length) return undefined;
    if (type === 2) {
      const text = this.#bytes.toString('utf8', at, at + size).split('\0', 1)[0] ?? '';
      return gpsTag !== undefined && (gpsTag === 1 || gpsTag === 3) ? (DIRECTIONS[text] ?? text) : text;
    }
    if (type === 5 || type === 10) {
      const fractions = Array.from({ length: count }, (_, index) => {
        const numerator = this.u32(at + index * 8);
        const denominator = this.u32(at + index * 8 + 4);
        return type === 5 ? ([numerator, denominator] as const) : ([numerator | 0, denominator | 0] as const);
      });
      if (gpsTag !== undefined && (gpsTag === 2 || gpsTag === 4)) return degrees(fractions);
      return fractions.map(([numerator, denominator]) => `${numerator}/${denominator}`).join(' ');
    }
    const width = SIZES[type] ?? 1;
    return Array.from({ length: count }, (_, index) => this.#number(type, at + index * width)).join(' ');
  }

  #number(type: number, at: number): number {
    const bytes = this.#bytes;
    switch (type) {
      case 3:
        return this.u16(at);
      case 4:
        return this.u32(at);
      case 6:
        return bytes.readInt8(at);
      case 8:
        return this.#little ? bytes.readInt16LE(at) : bytes.readInt16BE(at);
      case 9:
        return this.#little ? bytes.readInt32LE(at) : bytes.readInt32BE(at);
      case 11:
        return this.#little ? bytes.readFloatLE(at) : bytes.readFloatBE(at);
      case 12:
        return this.#little ? bytes.readDoubleLE(at) : bytes.readDoubleBE(at);
      default:
        return bytes[at] ?? 0;
    }
  }
}

/** `30deg 15' 8.20" `, units that are zero left out from the right, and the blank at the end as the vendor has it. */
function degrees(fractions: readonly (readonly [number, number])[]): string {
  const units = ['deg', "'", '"'];
  let last = Math.min(2, fractions.length - 1);
  while (last > 0 && (fractions[last]?.[0] === 0 || fractions[last]?.[1] === 0)) last--;
  let text = '';
  for (let index = 0; index <= last; index++) {
    const [numerator, denominator] = fractions[index] ?? [0, 1];
    const value = denominator === 0 ? 0 : numerator / denominator;
    text += `${Number.isInteger(value) ? value : value.toFixed(2)}${units[index]} `;
  }
  return text;
}
