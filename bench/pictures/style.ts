/** The charts' colours, for light and for dark: a picture follows its reader's choice by itself. */
export const style = `
.chart{--bg:#fff;--ink:#1f2328;--quiet:#59636e;--grid:#e3e6ea;--axis:#8c959f;
--s0:#2f6fdb;--s1:#e0701b;--s2:#1a7f37;--s3:#cf222e;--s4:#8250df;--s5:#0f7d8c;--s6:#8a5a2b;--s7:#bf3989;--other:#a5adb6;
font-family:system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;font-size:12px}
@media (prefers-color-scheme:dark){.chart{--bg:#0d1117;--ink:#e6edf3;--quiet:#9aa4af;--grid:#262d36;--axis:#6e7681;
--s0:#62a8ff;--s1:#ff9a4d;--s2:#56d364;--s3:#ff6a62;--s4:#b48cff;--s5:#39b8c9;--s6:#cf9a68;--s7:#f778ba;--other:#565e68}}
.chart text{fill:var(--ink)}.chart path{fill:none}.chart .paper{fill:var(--bg)}
.chart .title{font-size:16px;font-weight:700}.chart .quiet{fill:var(--quiet)}.chart .grid{stroke:var(--grid)}.chart .axis{stroke:var(--axis)}
.chart .curve{stroke-width:2.2}.chart .thin{stroke-width:1.4}.chart .dashed{stroke-dasharray:5 4}.chart .dots{stroke-width:6;stroke-linecap:round}
.chart .kill{stroke-width:7;stroke-linecap:round;stroke-opacity:.55}.chart .interval{stroke:var(--ink);stroke-width:3}
${[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `.chart .s${n}{stroke:var(--s${n})}.chart text.s${n}-ink{fill:var(--s${n})}`).join('')}.chart .other{stroke:var(--other)}.chart text.other-ink{fill:var(--quiet)}
`;
