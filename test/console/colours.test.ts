/**
 * The colours of the style sheet, as people with each kind of colour blindness see them. Matrices for linear RGB at full
 * severity: Machado, Oliveira and Fernandes (2009); contrast: WCAG 2.2, relative luminance; difference: OKLab, × 100.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

const SIGHTS: Readonly<Record<string, Matrix>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const TO_LMS: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_LAB: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

const ROLES = ['critical', 'major', 'warning', 'well'];
const THEMES = ['light', 'dark'] as const;
/** OKLab × 100. */
const LEAST_DIFFERENCE = 12;
const LEAST_CONTRAST = 4.5;

const sheet = readFileSync(new URL('../../web/style/1-base.css', import.meta.url), 'utf8');

const times = (matrix: Matrix, [a, b, c]: Triple): Triple => {
  const [x, y, z] = matrix.map(([p, q, r]) => p * a + q * b + r * c) as unknown as [number, number, number];
  return [x, y, z];
};
const within = (value: number) => Math.min(1, Math.max(0, value));
const each = ([a, b, c]: Triple, change: (value: number) => number): Triple => [change(a), change(b), change(c)];

/** A colour of the sheet, `--NAME: light-dark(#…, #…)`, as linear RGB from 0 to 1. */
function colour(name: string, theme: (typeof THEMES)[number]): Triple {
  const found = new RegExp(`--${name}: light-dark\\(#(\\w+), #(\\w+)\\)`).exec(sheet);
  const hex = found?.[theme === 'light' ? 1 : 2] ?? '';
  const full = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex;
  if (!/^[\da-f]{6}$/i.test(full)) throw new Error(`--${name} has no colour of the theme ${theme}`);
  const channel = (at: number) => Number.parseInt(full.slice(at, at + 2), 16) / 255;
  return each([channel(0), channel(2), channel(4)], (value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
}

const seen = (sight: Matrix, linear: Triple): Triple => each(times(sight, linear), within);

function contrast(one: Triple, other: Triple): number {
  const luminance = ([red, green, blue]: Triple) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function difference(one: Triple, other: Triple): number {
  const [a, b] = [one, other].map((linear) => times(TO_LAB, each(times(TO_LMS, linear), Math.cbrt))) as [
    Triple,
    Triple,
  ];
  return 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

t.test('contrast and difference are those of known colours', async (t) => {
  const [black, white]: readonly Triple[] = [
    [0, 0, 0],
    [1, 1, 1],
  ];
  t.equal(contrast(black as Triple, white as Triple), 21);
  t.ok(Math.abs(difference(black as Triple, white as Triple) - 100) < 0.01);
  const deutan = SIGHTS['deuteranopia'] as Matrix;
  const [red, green]: readonly Triple[] = [
    [0.35, 0.02, 0.02],
    [0.02, 0.12, 0.02],
  ];
  const [before, after] = [
    difference(red as Triple, green as Triple),
    difference(seen(deutan, red as Triple), seen(deutan, green as Triple)),
  ];
  t.ok(after < before / 2, `red beside green: ${before.toFixed(1)}, with deuteranopia ${after.toFixed(1)}`);
});

for (const theme of THEMES)
  for (const [name, sight] of Object.entries(SIGHTS))
    t.test(`severities differ, theme ${theme}, sight ${name}`, async (t) => {
      for (const [index, one] of ROLES.entries())
        for (const other of ROLES.slice(index + 1)) {
          const apart = difference(seen(sight, colour(one, theme)), seen(sight, colour(other, theme)));
          t.ok(apart >= LEAST_DIFFERENCE, `${one} and ${other}: ${apart.toFixed(1)}`);
        }
    });

for (const theme of THEMES)
  t.test(`text and severities are readable, theme ${theme}`, async (t) => {
    for (const role of [...ROLES, 'text', 'dim', 'accent'])
      for (const below of ['ground', 'panel']) {
        const ratio = contrast(colour(role, theme), colour(below, theme));
        t.ok(ratio >= LEAST_CONTRAST, `${role} on ${below}: ${ratio.toFixed(2)}`);
      }
  });

t.test('charts are drawn in the colours that are tested here', async (t) => {
  const charts = readFileSync(new URL('../../web/style/6-charts.css', import.meta.url), 'utf8');
  const values = [...charts.matchAll(/^\s*(?:stroke|fill|color|background|border[\w-]*): (.*);$/gm)].map(
    ([, value = '']) => value,
  );
  const named = values.filter((value) => !/^none$|^dotted$/.test(value));
  t.ok(named.length > 10);
  const known = [...ROLES, 'dim', 'accent', 'ground', 'line'].map((role) => `var(--${role})`);
  for (const value of named)
    t.ok(
      known.some((role) => value.endsWith(role)),
      value,
    );
  // Open, needed and done stand beside each other; the accent is the colour of warning.
  for (const theme of THEMES) t.same(colour('accent', theme), colour('warning', theme));
});
