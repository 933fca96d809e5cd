"""How the ledger page looks: light and dark, from 360 pixels up."""

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --card: #fff; --ink: #1b2430; --soft: #5b6675; --line: #dde2e8; --accent: #1f5fbf; --on-accent: #fff;
  --good: #11703f; --good-ground: #ddf3e6; --bad: #a3241c; --bad-ground: #fbe3e1; --warn: #7a5200; --warn-ground: #fdf0cf;
  --busy: #1c5299; --busy-ground: #dfebfb; --tax-ground: #f3effb; --tax: #5b3da1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --card: #1a2029; --ink: #e7ebf0; --soft: #9ba8b7; --line: #2d3641; --accent: #7fb0f5; --on-accent: #0d1a2b;
    --good: #7fd8a5; --good-ground: #153524; --bad: #ff9f97; --bad-ground: #43201e; --warn: #f0cb77; --warn-ground: #3b2f10;
    --busy: #9cc4fb; --busy-ground: #1b2f4b; --tax-ground: #231f33; --tax: #c3aef5;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 30px; line-height: 1.1; margin: 0 0 8px; }
h2 { font-size: 20px; margin: 36px 0 12px; }
h3 { font-size: 16px; margin: 0; }
.card > .row + table { margin-top: 8px; }
.card > .row > h3 { margin-bottom: 0; }
h2 small, h3 small { color: var(--soft); font-weight: 400; font-size: 14px; }
p { margin: 0 0 8px; }
a { color: var(--accent); }
h3 a { color: inherit; text-decoration: none; }
h3 a:hover { text-decoration: underline; }
header p { max-width: 62ch; color: var(--soft); }
header .kicker { font-size: 13px; letter-spacing: .03em; margin-bottom: 2px; }
.facts { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0 0; }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 8px 14px; flex: 1 1 150px;
  display: flex; flex-direction: column-reverse; }
.facts dt { font-size: 13px; color: var(--soft); }
.facts dd { margin: 0; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 16px; align-items: start; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; }
.single { margin-top: 28px; }
.entry th:not(:first-child) { width: 8.5em; }
.entry { margin-bottom: 14px; scroll-margin-top: 12px; }
.row { display: flex; flex-wrap: wrap; gap: 6px 12px; justify-content: space-between; align-items: center; }
.meta { color: var(--soft); font-size: 13px; margin: 4px 0 10px; }
.job { border-top: 1px solid var(--line); margin-top: 14px; padding-top: 12px; font-size: 14px; }
.badges { display: flex; flex-wrap: wrap; gap: 6px; }
.badge { display: inline-block; border-radius: 20px; padding: 1px 10px; font-size: 12.5px; white-space: nowrap;
  background: var(--line); color: var(--ink); }
.badge.good { background: var(--good-ground); color: var(--good); }
.badge.bad { background: var(--bad-ground); color: var(--bad); }
.badge.warn { background: var(--warn-ground); color: var(--warn); }
.badge.busy { background: var(--busy-ground); color: var(--busy); }
.badge.tax { background: var(--tax-ground); color: var(--tax); border: 1px solid currentColor; padding: 0 7px; font-size: 11px; }
.bad-text { color: var(--bad); }
details summary { cursor: pointer; color: var(--soft); }
details ul { list-style: none; margin: 8px 0 0; padding: 0; }
details li { border-left: 3px solid var(--bad); padding: 2px 0 2px 10px; margin-bottom: 8px; }
details li b { display: block; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th { text-align: right; font-weight: 500; font-size: 12.5px; color: var(--soft); padding: 4px 0 4px 10px; }
th:first-child { text-align: left; padding-left: 0; }
td { padding: 6px 0; border-top: 1px solid var(--line); vertical-align: top; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; padding-left: 10px; overflow-wrap: normal; }
td small { display: block; color: var(--soft); font-size: 12.5px; }
td q { quotes: none; }
tr.tax td { background: var(--tax-ground); }
.account { font-variant-numeric: tabular-nums; font-weight: 600; margin-right: 4px; }
tfoot td { font-weight: 600; border-top: 2px solid var(--line); }
.card > h3 { margin-bottom: 8px; }
.files { margin: 10px 0 0; display: flex; flex-wrap: wrap; gap: 8px; }
.file { border: 1px solid var(--line); border-radius: 6px; padding: 2px 10px; font-size: 13px; text-decoration: none; }
.empty { color: var(--soft); margin: 8px 0 0; }
button { font: inherit; font-size: 14px; font-weight: 600; border: 1px solid transparent; border-radius: 7px;
  padding: 7px 14px; cursor: pointer;  background: var(--accent); color: var(--on-accent); }
button:hover { filter: brightness(1.08); }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button.quiet { background: none; color: var(--accent); border-color: currentColor; }
form { margin: 0; }
.decision { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
.soft { color: var(--soft); }
tfoot tr.payment td { font-weight: 400; border-top: 1px solid var(--line); }
tr.payment.none td.number { text-decoration: line-through; color: var(--soft); }
nav { margin-top: 18px; }
@media (max-width: 520px) {
  main { padding: 20px 12px 40px; }
  .card { padding: 14px 12px; }
  .facts div { flex-basis: 40%; }
  table { font-size: 13px; }
  .entry th:not(:first-child) { width: auto; }
  td.number, th { padding-left: 7px; }
  /* Four columns of long numbers do not fit: the account has a line of its own above its numbers. */
  .balance tr { display: grid; grid-template-columns: 1fr 1fr 1fr; border-top: 1px solid var(--line); }
  .balance thead tr { border-top: 0; }
  .balance tr > :first-child { grid-column: 1 / -1; }
  .balance td { border-top: 0; padding: 4px 0; }
  .balance tfoot tr { border-top: 2px solid var(--line); }
}
"""
