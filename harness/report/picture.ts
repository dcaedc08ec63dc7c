/** A picture: what is drawn, and what it says to whoever can't see it. */
import { style } from './style.ts';
import { box, element, escaped, fixed } from './svg.ts';

export interface Picture {
  /** What it is, or what it finds, in one sentence. */
  readonly title: string;
  /** What is to be seen in it, in words. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  /** Markup that is safe. */
  readonly body: string;
}

/** A file of its own: an SVG, the same to the byte for the same picture. It follows the reader's choice of light or dark. */
export function standalone(picture: Picture): string {
  return drawn(picture, element('style', {}, style));
}

/** A part of a page that has the style’s palette and rules. */
export function inlined(picture: Picture): string {
  return drawn(picture, '');
}

function drawn({ title, description, width, height, body }: Picture, styled: string): string {
  const size = { viewBox: `0 0 ${fixed(width)} ${fixed(height)}`, width, height };
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', class: 'picture', ...size, role: 'img' },
    element('title', {}, escaped(title)),
    element('desc', {}, escaped(description)),
    styled,
    box(0, 0, width, height, 'paper'),
    body,
  );
}
