/** A kind of device. */
export interface Device {
  readonly kind: 'computer' | 'phone' | 'tablet';
  /** Whether Apple makes the device. Apple devices and Android devices send different user agents. */
  readonly isApple: boolean;
}

const DEVICES: readonly (readonly [RegExp, Device])[] = [
  [/^(?:apple )?(?:iphone|ipod)\b/, { kind: 'phone', isApple: true }],
  [/^(?:apple )?ipad\b/, { kind: 'tablet', isApple: true }],
  [
    /^(?:android )?(?:phone|smart ?phone|(?:mobile|cell)(?: ?phone| device)?)$/,
    { kind: 'phone', isApple: false },
  ],
  [/^(?:android )?tablet$/, { kind: 'tablet', isApple: false }],
  [/^(?:desktop|laptop|notebook|pc|computer)(?: pc| computer)?$/, { kind: 'computer', isApple: false }],
  [/^(?:apple )?(?:imac|macbook|mac)\b/, { kind: 'computer', isApple: true }],
];

/** Finds the kind of a device. Returns `undefined` if the text names no known kind. */
export const findDevice = (text: string): Device | undefined => {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
  return DEVICES.find(([pattern]) => pattern.test(name))?.[1];
};

/** A screen, in CSS pixels. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly deviceScaleFactor?: number;
}

/** Maximum width and height in CSS pixels. A larger window could exhaust the memory of the machine. */
const MAX_SIDE = 10_000;
const MAX_SCALE = 10;

const SCREEN_SIZE = /^(\d{1,5})(?: ?px)? ?[x×*] ?(\d{1,5})(?: ?px)?(?: ?@ ?(\d(?:\.\d{1,3})?)x?)?$/i;

/** Reads a size such as `1920x1080`, `1920 × 1080 px` or `390x844@3x`. Returns `undefined` for any other text. */
export function parseScreenSize(text: string): Screen | undefined {
  const [, width, height, scale = '1'] = SCREEN_SIZE.exec(text.trim()) ?? [];
  const sides = [Number(width), Number(height)] as const;
  const isUsable = sides.every((side) => side >= 1 && side <= MAX_SIDE);
  if (!isUsable || !(Number(scale) > 0) || Number(scale) > MAX_SCALE) return undefined;
  return {
    width: sides[0],
    height: sides[1],
    ...(text.includes('@') && { deviceScaleFactor: Number(scale) }),
  };
}
