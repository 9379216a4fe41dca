# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the page of a report looks: colours for day and night, and the style sheet that uses them by name."""

from __future__ import annotations

# A tone has an ink for words and lines, a fill for areas, and what is written on that fill. Teal, amber and vermilion stay apart for eyes
# that do not see red or green, by lightness as well; every tone comes with a word or a shape.
LIGHT = {
    "page": "#f4f6f8",
    "card": "#ffffff",
    "ink": "#17212b",
    "muted": "#55636f",
    "line": "#d6dde3",
    "data": "#2a5fa5",
    "data-soft": "#93b4dc",
    "good-ink": "#0a7260",
    "good-fill": "#0b7d68",
    "good-on": "#ffffff",
    "calm-fill": "#d5ece6",
    "calm-on": "#0d3b33",
    "calm-line": "#8cc5b8",
    "warn-ink": "#8a5200",
    "warn-fill": "#f0b440",
    "warn-on": "#2b1d00",
    "bad-ink": "#b02c0f",
    "bad-fill": "#b93213",
    "bad-on": "#ffffff",
    "code": "#eef2f5",
}
DARK = {
    "page": "#0e1318",
    "card": "#171e25",
    "ink": "#e6ecf1",
    "muted": "#9dadba",
    "line": "#2f3b46",
    "data": "#86b4f0",
    "data-soft": "#5d84ba",
    "good-ink": "#54cdb2",
    "good-fill": "#3bb69b",
    "good-on": "#03130f",
    "calm-fill": "#17403a",
    "calm-on": "#c6ede3",
    "calm-line": "#2f7468",
    "warn-ink": "#efb550",
    "warn-fill": "#e0a73a",
    "warn-on": "#201500",
    "bad-ink": "#ff8f6b",
    "bad-fill": "#ff7f57",
    "bad-on": "#2a0a00",
    "code": "#222c35",
}

STYLE = """
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",
sans-serif;overflow-wrap:anywhere}
main{max-width:1040px;margin:0 auto;padding:16px}
h1,h2,p{margin:0}
h2{font-size:18px;line-height:1.3;margin-bottom:4px}
small{font-size:13.5px;color:var(--muted)}
code{font:13.5px/1.5 ui-monospace,"SFMono-Regular",Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{margin:6px 0 0;padding:8px 10px;background:var(--code);border-radius:6px;white-space:pre-wrap;user-select:all}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px;margin-top:14px}
section>p{color:var(--muted);margin-bottom:10px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.good{--t:var(--good-ink);--f:var(--good-fill);--o:var(--good-on)}
.warn{--t:var(--warn-ink);--f:var(--warn-fill);--o:var(--warn-on)}
.bad{--t:var(--bad-ink);--f:var(--bad-fill);--o:var(--bad-on)}
.calm{--t:var(--good-ink);--f:var(--calm-fill);--o:var(--calm-on)}
.none{--t:var(--muted);--f:transparent;--o:var(--muted)}
header{border-left:8px solid var(--f);background:var(--card);border-radius:12px;padding:16px 16px 16px 14px;
border-top:1px solid var(--line);border-right:1px solid var(--line);border-bottom:1px solid var(--line)}
header .which{color:var(--muted);font-size:14px}
header h1{display:flex;gap:12px;align-items:center;font-size:26px;line-height:1.2;margin:8px 0;color:var(--t)}
header h1 .icon{width:44px;height:44px}
header h1 b{display:block;font-size:14px;letter-spacing:.08em}
header .head{font-size:18px;line-height:1.45}
header ul{margin:8px 0 0;padding-left:20px}
header .put{margin-top:8px;font-weight:600;color:var(--t)}
.icon{flex:none;width:18px;height:18px;vertical-align:-3px}
.icon .area{fill:var(--f);stroke:var(--t);stroke-width:1.5}.icon .mark{fill:none;stroke:var(--o);stroke-width:2.4;stroke-linecap:round;
stroke-linejoin:round}.icon .dot{fill:var(--o)}
.todo{border-color:var(--t)}
.todo ol{margin:8px 0 0;padding-left:22px}.todo li+li{margin-top:10px}.todo small{display:block}
.figures{display:grid;grid-template-columns:2.4fr repeat(4,1fr);gap:14px;margin-top:14px}
.figures section{margin:0;padding:14px}
.figures h2{font-size:14px;font-weight:600;color:var(--muted)}
.figures .value{font-size:30px;line-height:1.25;font-weight:650;color:var(--ink);font-variant-numeric:tabular-nums}
.figures .value.bad,.figures .value.warn{color:var(--t)}
.figures p{font-size:14px;color:var(--muted);margin:0}
.scale{position:relative;height:26px;margin:8px 0 4px}
.scale i{position:absolute;display:block}
.scale .track{left:0;right:0;top:12px;height:2px;background:var(--line)}
.scale .band{top:6px;height:14px;background:var(--calm-fill);border:1px solid var(--calm-line);border-radius:3px}
.scale .floor{top:2px;height:22px;border-left:2px dashed var(--muted)}
.scale .run{left:0;top:11px;height:4px;background:var(--ink);border-radius:2px}.scale .open{background:var(--bad-ink)}
.scale .took{top:5px;width:16px;height:16px;margin-left:-8px;border-radius:50%;background:var(--ink);border:3px solid var(--card)}
.keys{display:flex;flex-wrap:wrap;gap:0 14px;font-size:13.5px;color:var(--muted)}
.keys span::before{content:"";display:inline-block;margin-right:5px;vertical-align:-1px}
.keys .k-took::before{width:10px;height:10px;border-radius:50%;background:var(--ink)}
.keys .k-band::before{width:16px;height:10px;background:var(--calm-fill);border:1px solid var(--calm-line);border-radius:2px}
.keys .k-floor::before{width:0;height:12px;border-left:2px dashed var(--muted)}
.tabs{display:inline-flex;border:1px solid var(--line);border-radius:8px;overflow:hidden;margin:4px 0 8px}
.tabs label{padding:7px 14px;font-size:14px;cursor:pointer;color:var(--muted)}
.pick{position:absolute;opacity:0;pointer-events:none}
#near:checked~.tabs [for=near],#all:checked~.tabs [for=all]{background:var(--ink);color:var(--card)}
.pick:focus-visible~.tabs{outline:3px solid var(--data);outline-offset:2px}
#near:checked~.whole,#all:checked~.close{display:none}
svg.chart{display:block;width:100%;height:auto;touch-action:pan-y;border-radius:4px}
svg.chart:focus-visible{outline:3px solid var(--data);outline-offset:3px}
svg.narrow{display:none}
svg.chart text{font-size:12px;fill:var(--ink)}
svg.chart text.q{fill:var(--muted)}svg.chart text.h{font-weight:600}svg.chart text.b{fill:var(--bad-ink);font-weight:600}
svg.chart .s{fill:var(--f);stroke:none}svg.chart .calm.s{stroke:var(--calm-line)}
svg.chart .none.s{stroke:var(--line);stroke-dasharray:3 3}
svg.chart text.on{fill:var(--o)}
svg.chart .hatch{stroke:var(--warn-on);stroke-width:1.6;opacity:.32}svg.chart .dots{fill:var(--warn-on);opacity:.4}
svg.chart .out{fill:var(--bad-fill);opacity:.1}svg.chart .grid{stroke:var(--line)}svg.chart .tick{stroke:var(--muted);opacity:.35}
svg.chart .fault{stroke:var(--bad-ink);stroke-width:1.5}
svg.chart .flag{fill:var(--card);stroke:var(--muted)}svg.chart text.n{font-size:11px;text-anchor:middle}
svg.chart .phase{fill:var(--code);stroke:var(--card);stroke-width:2}
svg.chart .p50{fill:none;stroke:var(--data);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
svg.chart .max{fill:none;stroke:var(--data-soft);stroke-width:1.3;stroke-linecap:round;stroke-linejoin:round}
svg.chart .rate{fill:var(--data-soft);opacity:.55;stroke:none}svg.chart text.d{fill:var(--data);font-weight:600}
svg.chart .halo{paint-order:stroke;stroke:var(--card);stroke-width:4.5px;stroke-linejoin:round}
svg.chart .cursor{stroke:var(--ink);visibility:hidden}
.read{min-height:3.2em;margin-top:8px;font-size:14px;color:var(--muted);font-variant-numeric:tabular-nums}
.read b{color:var(--ink)}
table{width:100%;border-collapse:collapse;font-size:15px}
caption{text-align:left;color:var(--muted);font-size:14px;padding-bottom:6px}
th,td{padding:8px 12px 8px 0;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;font-size:13px;color:var(--muted);font-weight:600;padding-top:0}
tbody th{font-weight:500}
td.num,th.num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.checks td.v{width:1%;padding-right:20px}.checks tbody th{width:36%}td.v{white-space:nowrap;color:var(--t);font-weight:600}
td.unseen{color:var(--muted)}
table small{display:block}
.id{color:var(--muted);font-size:13.5px}.checks td:last-child{font-size:14.5px}
.cure{display:block;margin-top:4px}
.cure b{color:var(--t)}
tr.none{color:var(--muted)}
.miles th:first-child,.miles td:first-child{width:44px}.miles .num{width:96px;padding-right:18px}
.mile{display:inline-block;min-width:22px;height:22px;line-height:20px;border:1px solid var(--muted);border-radius:11px;text-align:center;
font-size:12px}
details{border-top:1px solid var(--line);padding:10px 0}details:first-of-type{border-top:0}
summary{cursor:pointer;font-weight:600}
dl{display:grid;grid-template-columns:minmax(110px,220px) 1fr;gap:4px 14px;margin:8px 0 0;font-size:15px}
dt{color:var(--muted)}dd{margin:0}dd dl{margin-top:0}
footer{padding:18px 4px;color:var(--muted);font-size:13.5px}
@media (max-width:720px){
main{padding:10px}section,header{padding:14px}
header h1{font-size:23px}header .head{font-size:17px}
.figures{grid-template-columns:1fr 1fr;gap:10px;margin-top:10px}.figures section:first-child{grid-column:1/-1}
.figures .value{font-size:25px}
section{margin-top:10px}
svg.wide{display:none}svg.narrow{display:block}
.checks thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.checks tr{display:block;border-top:1px solid var(--line);padding:10px 0}.checks tbody tr:first-child{border-top:0}
.checks th,.checks td,.checks tbody th{display:block;border:0;padding:0 0 3px;width:auto}
dl{grid-template-columns:1fr}dd{margin-bottom:6px}dd dl{padding-left:12px}
th,td{padding-right:8px}
}
@media (prefers-reduced-motion:no-preference){svg.chart .cursor{transition:opacity .1s}}
@media print{
@page{margin:14mm}
body{background:#fff;font-size:11pt}main{max-width:none;padding:0}
section{break-inside:avoid;border-color:#bbb}header{break-inside:avoid}.whole{margin-top:16px}.checks,.miles{break-inside:auto}tr{break-inside:avoid}
.tabs,.read,.pick{display:none}svg.narrow{display:none!important}svg.wide{display:block!important}
#near:checked~.whole,#all:checked~.close{display:block}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"""


def _variables(palette: dict[str, str]) -> str:
    return ":root{" + ";".join(f"--{name}:{colour}" for name, colour in palette.items()) + "}"


# Paper is white, whatever the hour.
SHEET = f"{_variables(LIGHT)}\n@media screen and (prefers-color-scheme:dark){{{_variables(DARK)}}}{STYLE}"
