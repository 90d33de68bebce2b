/** How the page at /docs looks: dark and light, on a phone, on paper. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3a4149); --soft: light-dark(#f4f6f8, #1b2026); --dim: light-dark(#4f5b66, #a8b3bf); --accent: light-dark(#0b5394, #8ec5ff); }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: light-dark(#14181c, #e6eaee); background: light-dark(#fff, #12161a); }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
header, main, nav { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
h1 { margin: 1.5rem 0 0.25rem; }
h2 { margin: 2.5rem 0 0.5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 1.25rem 0 0.25rem; font-size: 1rem; }
nav ul { columns: 18rem; padding-left: 1rem; }
nav li { break-inside: avoid; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: 6px; margin: 0.5rem 0; }
summary { padding: 0.5rem 0.75rem; cursor: pointer; overflow-wrap: anywhere; }
details > div { scroll-margin-top: 4rem; padding: 0 0.75rem 0.75rem; border-top: 1px solid var(--line); }
.method { display: inline-block; min-width: 4rem; font: 700 0.8rem/1 ui-monospace, monospace; color: var(--accent); }
code, pre { font: 0.9rem/1.4 ui-monospace, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: 0.5rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.dim { color: var(--dim); }
.wide { overflow-x: auto; }
.wide:focus-visible, pre:focus-visible { outline: 3px solid var(--accent); }
summary code { margin-right: 0.5rem; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.5rem; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th { color: var(--dim); font-weight: 600; }
@media (max-width: 40rem) {
  thead { display: none; }
  tr { display: block; padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
  td { display: block; border: 0; padding: 0 0.25rem; overflow-wrap: anywhere; }
}
@media print { nav { display: none; } details { break-inside: avoid; } }
`;
