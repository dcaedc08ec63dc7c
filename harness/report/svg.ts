/** A small SVG writer: strings only, no DOM, the same bytes for the same picture. */

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One decimal at most, never an exponent, never "-0": the same number is always the same text. */
export function fixed(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no place in a picture`);
  const tenths = Math.round(value * 10);
  return String(tenths === 0 ? 0 : tenths / 10);
}

export function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** An element around markup that is already safe; attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes, ...inner: readonly string[]): string {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === 'number' ? fixed(value) : escaped(value)}"`],
  );
  const body = inner.join('');
  return body === '' ? `<${name}${given.join('')}/>\n` : `<${name}${given.join('')}>${body}</${name}>\n`;
}

type Anchor = 'start' | 'middle' | 'end';

export function label(x: number, y: number, words: string, look = '', anchor: Anchor = 'start'): string {
  const attributes = { x, y, class: look || undefined, 'text-anchor': anchor === 'start' ? undefined : anchor };
  return element('text', attributes, escaped(words));
}

export function box(x: number, y: number, width: number, height: number, look: string): string {
  return element('rect', { x, y, width, height, class: look });
}

export function line(x1: number, y1: number, x2: number, y2: number, look: string): string {
  return element('path', { d: `M${fixed(x1)} ${fixed(y1)}L${fixed(x2)} ${fixed(y2)}`, class: look });
}

/** Dots as one path of strokes without length: round caps make them dots, at a fifth of the size of circles. */
export function dots(points: readonly (readonly [x: number, y: number])[], look: string): string {
  if (points.length === 0) return '';
  return element('path', { d: points.map(([x, y]) => `M${fixed(x)} ${fixed(y)}h0`).join(''), class: look });
}

/** About how wide text comes out; on the wide side, for no font is known here. */
export function widthOf(words: string, size = 12, bold = false): number {
  return words.length * size * (bold ? 0.6 : 0.535);
}

/** Breaks words into lines that fit; a figure and its unit stay together. */
export function wrapped(words: string, width: number, size: number, bold = false): string[] {
  const lines: string[] = [];
  for (const word of words.split(/(?<!\d) | (?!%|m?s\b)/)) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`, size, bold) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The same number of lines, but of about the same length: no last word alone on its line. */
export function balanced(words: string, width: number, size: number, bold = false): string[] {
  const lines = wrapped(words, width, size, bold);
  const even = wrapped(words, (widthOf(words, size, bold) / lines.length) * 1.1, size, bold);
  return even.length === lines.length ? even : lines;
}
