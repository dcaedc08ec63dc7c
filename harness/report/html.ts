/** A page in one file: no script, nothing from elsewhere, light or dark as its reader has it, and fit to be printed. */
import { inlined, type Picture } from './picture.ts';
import { palette, rules } from './style.ts';
import { element, escaped } from './svg.ts';

/** `title` is text; `body` is markup that is safe. */
export function html(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${palette(':root')}${look}${rules}</style>
</head>
<body>
${body}</body>
</html>
`;
}

export interface Cell {
  /** Markup that is safe. */
  readonly html: string;
  readonly align?: 'l' | 'r' | undefined;
  /** Leads elsewhere, which is of no use on paper. */
  readonly isLinks?: boolean;
}

/** A table that scrolls by itself where the page is too narrow. The first cell of a row is its name. */
export function table(caption: string, titles: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const cell = (name: 'th' | 'td', { html, align, isLinks }: Cell, scope?: 'col' | 'row') =>
    element(name, { scope, class: isLinks ? 'files' : align === 'r' ? 'figure' : undefined }, html === '' ? ' ' : html);
  const head = element('tr', {}, ...titles.map((title) => cell('th', title, 'col')));
  const body = rows.map((row) =>
    element('tr', {}, ...row.map((one, index) => (index === 0 ? cell('th', one, 'row') : cell('td', one)))),
  );
  return scrolling(
    caption,
    element(
      'table',
      {},
      element('caption', {}, escaped(caption)),
      element('thead', {}, head),
      element('tbody', {}, ...body),
    ),
  );
}

/** A picture under its heading, with what it shows in words for whoever can't see it, or wants to copy it. */
export function figure(picture: Picture, caption: string, words: string = paragraph(picture.description)): string {
  return element(
    'figure',
    {},
    scrolling(picture.title, inlined(picture)),
    element('figcaption', {}, escaped(caption)),
    element('details', {}, element('summary', {}, 'In words'), words),
  );
}

export function paragraph(text: string): string {
  return element('p', {}, escaped(text));
}

export function section(heading: string, ...inner: readonly string[]): string {
  return element('section', {}, element('h2', {}, escaped(heading)), ...inner);
}

/** `path` is relative, and given as it is on the disk. */
export function link(path: string, text: string): string {
  return element('a', { href: path.split('/').map(encodeURIComponent).join('/') }, escaped(text)).trimEnd();
}

/** Can be reached and scrolled by keys. */
function scrolling(name: string, inner: string): string {
  return element('div', { class: 'scroll', role: 'region', 'aria-label': name, tabindex: '0' }, inner);
}

const look = `
*{box-sizing:border-box}
body{margin:0 auto;max-width:1264px;padding:16px 24px 48px;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;overflow-wrap:break-word}
h1{font-size:24px;line-height:1.3;margin:12px 0 8px}h2{font-size:18px;margin:36px 0 8px}h3{font-size:15px;margin:24px 0 4px}
p,figcaption{max-width:75ch;margin:6px 0}ul{margin:8px 0;padding-left:20px;font-size:14px}.quiet,figcaption,caption,summary{color:var(--quiet)}figcaption,caption,summary{font-size:13px}
a{color:var(--first)}a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--first);outline-offset:2px}
figure{margin:12px 0}.scroll{overflow-x:auto}.scroll>svg{display:block;width:100%;min-width:900px;height:auto}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}caption{text-align:left;padding:4px 0;white-space:nowrap}
th,td{padding:3px 10px 3px 0;border-bottom:1px solid var(--grid);text-align:left;vertical-align:top;white-space:nowrap}
thead th{border-bottom-color:var(--axis);vertical-align:bottom}tbody th{font-weight:400}.figure{text-align:right}
.wrong{color:var(--failed);font-weight:700}.doubtful{color:var(--pause-ink);font-weight:700}.well{color:var(--quiet)}
pre{overflow-x:auto;font-size:12px;line-height:1.45}code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}code{overflow-wrap:anywhere}
@media (max-width:600px){body{padding:8px 12px 32px}h1{font-size:20px}}
@media print{@page{size:A4 landscape;margin:12mm}body{max-width:none;padding:0;font-size:11px}.scroll{overflow:visible}.scroll>svg{min-width:0;max-height:165mm}
table,caption,figcaption{font-size:9px}th,td{padding:2px 5px 2px 0;white-space:normal}figure,tr,p,li{break-inside:avoid}h2,h3,h3+p,caption{break-after:avoid}tbody tr:nth-child(-n+3){break-before:avoid}thead{display:table-header-group}details,.files{display:none}a{color:inherit;text-decoration:none}}
`;
