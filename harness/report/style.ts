/** The colours of all that is drawn, for light and for dark; what is printed is light. */

const light = `--bg:#fff;--ink:#1f2328;--quiet:#59636e;--grid:#e3e6ea;--axis:#8c959f;--up:#86c896;--dead:#cf222e;--paused:#c28a0a;
--first:#2f6fdb;--again:#e0701b;--failed:#cf222e;--purple:#8250df;--brown:#8a5a2b;--teal:#0f7d8c;--lost:#1f2328;--other:#4b6cb7;--kill-ink:#a31621;--pause-ink:#855c00;--other-ink:#35539b;`;

const dark = `--bg:#0d1117;--ink:#e6edf3;--quiet:#9aa4af;--grid:#262d36;--axis:#6e7681;--up:#2f8a4c;--dead:#f0524a;--paused:#d29922;
--first:#62a8ff;--again:#ff9a4d;--failed:#ff6a62;--purple:#b48cff;--brown:#cf9a68;--teal:#39b8c9;--lost:#f0f6fc;--other:#6f92e6;--kill-ink:#ff8f88;--pause-ink:#e3b341;--other-ink:#9db6f5`;

/** The colours as variables of whatever the selector means. */
export function palette(selector: string): string {
  return `${selector}{${light}}\n@media screen and (prefers-color-scheme:dark){${selector}{${dark}}}`;
}

/** How a picture's parts look, wherever it stands. */
export const rules = `
.picture{font-family:system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;font-size:12px}
.picture text{fill:var(--ink)}.picture path{fill:none}.picture .paper{fill:var(--bg)}
.picture .title{font-size:19px;font-weight:700}.picture .figures{font-size:14px;fill:var(--quiet)}.picture .doubt{font-size:14px;font-weight:700;fill:var(--failed)}
.picture .quiet{fill:var(--quiet)}.picture .strong{font-weight:700}
.picture .grid{stroke:var(--grid)}.picture .decade{stroke:var(--axis);stroke-opacity:.6}.picture .axis{stroke:var(--axis)}
.picture .up{fill:var(--up)}.picture .dead{fill:var(--dead)}.picture .paused{fill:var(--paused)}
.picture .kill-band{fill:var(--dead);fill-opacity:.1}.picture .pause-band{fill:var(--paused);fill-opacity:.15}.picture .other-band{fill:var(--other);fill-opacity:.13}
.picture .kill-mark{fill:var(--dead)}.picture .pause-mark{fill:var(--paused)}.picture .other-mark{fill:var(--other)}.picture .worst{stroke:var(--ink);stroke-opacity:.55}.picture .quiet-ink{fill:var(--quiet)}
.picture .kill-edge{stroke:var(--dead);stroke-opacity:.6}.picture .pause-edge{stroke:var(--paused);stroke-opacity:.7}.picture .other-edge{stroke:var(--other);stroke-opacity:.6}
.picture .kill-ink{fill:var(--kill-ink)}.picture .pause-ink{fill:var(--pause-ink)}.picture .other-ink{fill:var(--other-ink)}
.picture .median{stroke:var(--ink);stroke-width:2.5}.picture .open{stroke:var(--failed);stroke-width:1.8}
.picture .quiet-curve{stroke:var(--first);stroke-width:1.8}.picture .faulted-curve{stroke:var(--again);stroke-width:2.2}.picture .censored{stroke:var(--failed);stroke-width:2}
.picture .alive{stroke:var(--up);stroke-width:3}.picture .gone{stroke:var(--dead);stroke-width:3;stroke-dasharray:2 4}.picture .frozen{stroke:var(--paused);stroke-width:3;stroke-dasharray:6 3}
.picture .event{fill:var(--ink)}.picture .message{stroke:var(--first);stroke-width:1.6}.picture .unsure{stroke-dasharray:5 3}.picture .halo{stroke:var(--bg);stroke-width:4;stroke-linejoin:round;paint-order:stroke}
.picture .bracket{stroke:var(--ink);stroke-width:1.5}
.picture .dots{stroke-width:3.6;stroke-linecap:round;stroke-opacity:.72}
.picture .first{stroke:var(--first)}.picture .again{stroke:var(--again);stroke-opacity:.9}.picture .failed{stroke:var(--failed);stroke-opacity:.9;stroke-width:5}
.picture .small{stroke-width:2.4}.picture .sample{stroke-width:7;stroke-opacity:1}
.picture .deadline{stroke:var(--failed);stroke-dasharray:5 4}.picture .limit{stroke:var(--axis);stroke-dasharray:1 4}.picture .failed-ink{fill:var(--failed)}
.picture .in-time{fill:var(--up)}.picture .not-in-time{fill:var(--failed);fill-opacity:.28}
.picture .tick{stroke-width:1.6}.picture .duplicated{stroke:var(--purple)}.picture .late{stroke:var(--teal)}.picture .orphan{stroke:var(--brown)}.picture .lost{stroke:var(--lost)}.picture .stuck{stroke:var(--failed)}
.picture .duplicated-ink{fill:var(--purple)}.picture .late-ink{fill:var(--teal)}.picture .orphan-ink{fill:var(--brown)}.picture .lost-ink{fill:var(--lost)}.picture .stuck-ink{fill:var(--failed)}
.picture .lag{fill:url(#lag)}.picture .hatch{stroke:var(--axis);stroke-width:1.5;stroke-opacity:.7}
`;

/** What a picture needs that stands by itself. */
export const style = `\n${palette('.picture')}${rules}`;
