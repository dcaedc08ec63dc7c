/** The timeline's colours, for light and for dark. */
export const style = `
.timeline{--bg:#fff;--ink:#1f2328;--quiet:#59636e;--grid:#e3e6ea;--axis:#8c959f;--up:#86c896;--dead:#cf222e;--paused:#c28a0a;
--first:#2f6fdb;--again:#e0701b;--failed:#cf222e;--purple:#8250df;--brown:#8a5a2b;--teal:#0f7d8c;--lost:#1f2328;--other:#4b6cb7;--kill-ink:#a31621;--pause-ink:#855c00;--other-ink:#35539b;
font-family:system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;font-size:12px}
@media (prefers-color-scheme:dark){.timeline{--bg:#0d1117;--ink:#e6edf3;--quiet:#9aa4af;--grid:#262d36;--axis:#6e7681;--up:#2f8a4c;--dead:#f0524a;--paused:#d29922;
--first:#62a8ff;--again:#ff9a4d;--failed:#ff6a62;--purple:#b48cff;--brown:#cf9a68;--teal:#39b8c9;--lost:#f0f6fc;--other:#6f92e6;--kill-ink:#ff8f88;--pause-ink:#e3b341;--other-ink:#9db6f5}}
.timeline text{fill:var(--ink)}.timeline path{fill:none}.timeline .paper{fill:var(--bg)}
.timeline .title{font-size:19px;font-weight:700}.timeline .figures{font-size:14px;fill:var(--quiet)}.timeline .doubt{font-size:14px;font-weight:700;fill:var(--failed)}
.timeline .quiet{fill:var(--quiet)}.timeline .strong{font-weight:700}
.timeline .grid{stroke:var(--grid)}.timeline .axis{stroke:var(--axis)}
.timeline .up{fill:var(--up)}.timeline .dead{fill:var(--dead)}.timeline .paused{fill:var(--paused)}
.timeline .kill-band{fill:var(--dead);fill-opacity:.1}.timeline .pause-band{fill:var(--paused);fill-opacity:.15}.timeline .other-band{fill:var(--other);fill-opacity:.13}
.timeline .kill-edge{stroke:var(--dead);stroke-opacity:.6}.timeline .pause-edge{stroke:var(--paused);stroke-opacity:.7}.timeline .other-edge{stroke:var(--other);stroke-opacity:.6}
.timeline .kill-ink{fill:var(--kill-ink)}.timeline .pause-ink{fill:var(--pause-ink)}.timeline .other-ink{fill:var(--other-ink)}
.timeline .bracket{stroke:var(--ink);stroke-width:1.5}
.timeline .dots{stroke-width:3.6;stroke-linecap:round;stroke-opacity:.72}
.timeline .first{stroke:var(--first)}.timeline .again{stroke:var(--again);stroke-opacity:.9}.timeline .failed{stroke:var(--failed);stroke-opacity:.9;stroke-width:5}
.timeline .small{stroke-width:2.4}.timeline .sample{stroke-width:7;stroke-opacity:1}
.timeline .deadline{stroke:var(--failed);stroke-dasharray:5 4}.timeline .limit{stroke:var(--axis);stroke-dasharray:1 4}.timeline .failed-ink{fill:var(--failed)}
.timeline .in-time{fill:var(--up)}.timeline .not-in-time{fill:var(--failed);fill-opacity:.28}
.timeline .tick{stroke-width:1.6}.timeline .duplicated{stroke:var(--purple)}.timeline .late{stroke:var(--teal)}.timeline .orphan{stroke:var(--brown)}.timeline .lost{stroke:var(--lost)}.timeline .stuck{stroke:var(--failed)}
.timeline .duplicated-ink{fill:var(--purple)}.timeline .late-ink{fill:var(--teal)}.timeline .orphan-ink{fill:var(--brown)}.timeline .lost-ink{fill:var(--lost)}.timeline .stuck-ink{fill:var(--failed)}
.timeline .lag{fill:url(#lag)}.timeline .hatch{stroke:var(--axis);stroke-width:1.5;stroke-opacity:.7}
`;
