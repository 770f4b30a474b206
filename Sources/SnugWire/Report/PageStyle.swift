// SPDX-License-Identifier: Apache-2.0

/// How the page looks: light, dark, on paper, and on a telephone.
enum PageStyle {
    /// Vermilion, blue and green of Okabe and Ito, which everyone can tell apart; darker for text on white.
    static let sheet = """
        :root { color-scheme: light dark; --paper: #fbfbf9; --card: #ffffff; --ink: #1b2430; --soft: #5a6573;
          --line: #dcdfe3; --plain: #b84a00; --tls: #0068a8; --padded: #007a59; --tint: #f3e7dc; --mark: #ffd9b8;
          --bad: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --paper: #12161b; --card: #1a2027; --ink: #e6e9ed;
          --soft: #9ba6b3; --line: #323b46; --plain: #ff9b57; --tls: #5eb5ef; --padded: #3fc79a; --tint: #2e2721;
          --mark: #6b3a12; --bad: #ff8a80; } }
        @media print { :root { color-scheme: light; --paper: #fff; --card: #fff; --ink: #000; --soft: #444;
          --line: #bbb; --plain: #b84a00; --tls: #0068a8; --padded: #007a59; --tint: #f3e7dc; --mark: #ffd9b8; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
        main, header, footer { max-width: 1080px; margin: 0 auto; padding: 0 20px; }
        header { padding-top: 40px; }
        h1 { font-size: 2.1rem; line-height: 1.15; margin: 0 0 .4em; letter-spacing: -.02em; text-wrap: balance; }
        h2 { font-size: 1.35rem; line-height: 1.25; margin: 2.6em 0 .3em; letter-spacing: -.01em; }
        h3 { font-size: 1rem; margin: 0 0 .4em; } * + h3 { margin-top: 1.6em; }
        p { max-width: 68ch; margin: .4em 0 1em; }
        .lead { font-size: 1.12rem; }
        .soft, caption, figcaption { color: var(--soft); }
        code, pre, .bytes { font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace;
          font-size: .84em; }
        pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px;
          overflow-x: auto; }
        .grid { display: grid; gap: 20px; margin: 1.2em 0; }
        .three { grid-template-columns: repeat(auto-fit, minmax(min(100%, 290px), 1fr)); }
        .two { grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); }
        .card, figure { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
          padding: 16px 18px; margin: 0; min-width: 0; }
        .card { border-top: 3px solid var(--hue, var(--line)); }
        .card b { display: block; font-size: 2.1rem; line-height: 1.2; letter-spacing: -.02em; color: var(--hue); }
        .plain { --hue: var(--plain); } .tls { --hue: var(--tls); } .padded { --hue: var(--padded); }
        dl { display: grid; grid-template-columns: 1fr auto; gap: 2px 12px; margin: 10px 0 0; font-size: .9rem; }
        dt { color: var(--soft); } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
        .verdict { border-left: 4px solid var(--padded); padding: 2px 14px; margin: 1.2em 0; }
        .verdict.failed { border-color: var(--bad); }
        figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
        figcaption { font-size: .92rem; margin-top: 12px; }
        figcaption strong { color: var(--ink); font-weight: 600; }
        svg text { font: 11px system-ui, "Liberation Sans", sans-serif; fill: var(--soft);
          font-variant-numeric: tabular-nums; }
        svg .note { fill: var(--ink); }
        svg .axis { stroke: var(--soft); fill: none; } svg .grid { stroke: var(--line); fill: none; }
        svg .tint { fill: var(--tint); } svg .bars { fill: var(--hue); }
        svg circle, svg rect.padded { fill: var(--hue); stroke: var(--card); }
        svg .ring { fill: var(--card); stroke: var(--hue); stroke-width: 2; }
        svg .reach { stroke: var(--hue); stroke-width: 1.5; opacity: .55; fill: none; }
        .beside { display: grid; gap: 8px 32px; }
        @media (min-width: 860px) { .beside { grid-template-columns: minmax(0, 440px) 1fr; align-items: center; } }
        .key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: .9rem; margin: 0 0 8px; padding: 0;
          list-style: none; }
        .key li::before { content: ""; display: inline-block; width: 10px; height: 10px; margin-right: 7px;
          background: var(--hue); } .key .tls::before { border-radius: 50%; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        caption { text-align: left; font-size: .85rem; padding: 0 0 6px; } * + .scroll { margin-top: 1.2em; }
        th, td { text-align: left; vertical-align: top; padding: 7px 14px 7px 0; border-top: 1px solid var(--line);
          font-weight: 400; overflow-wrap: anywhere; }
        tbody th { overflow-wrap: normal; } thead th { color: var(--soft); font-size: .85rem; border-top: 0; overflow-wrap: normal; }
        tbody th { font-weight: 600; }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .events { table-layout: fixed; } .events th:first-child { width: 17%; } .events th:nth-child(2) { width: 43%; }
        .events tbody .soft { font-weight: 400; } .events .size { display: block; font-variant-numeric: tabular-nums; }
        .events td:nth-child(2) .size { display: none; }
        mark { background: var(--mark); color: inherit; padding: 1px 2px; border-radius: 2px; }
        details { margin: 10px 0 0; } summary { cursor: pointer; color: var(--tls); width: fit-content; }
        details[open] summary { margin-bottom: 8px; }
        .held { color: var(--padded); } .failed { color: var(--bad); }
        .claims { columns: 2 380px; column-gap: 32px; padding: 0; list-style: none; font-size: .94rem; }
        .claims li { break-inside: avoid; padding: 3px 0 3px 1.7em; text-indent: -1.7em; }
        .claims b { display: inline-block; width: 1.7em; text-indent: 0; }
        a { color: var(--tls); } :focus-visible { outline: 2px solid var(--tls); outline-offset: 2px; }
        .skip { position: absolute; left: -999px; } .skip:focus { position: static; }
        nav { max-width: 1080px; margin: 0 auto; padding: 0 20px; font-size: .94rem; }
        nav ol { columns: 3 240px; padding-left: 1.4em; } nav li { break-inside: avoid; }
        .unfold { display: none; }
        footer { padding: 40px 20px 60px; font-size: .9rem; color: var(--soft); }
        @media screen and (max-width: 640px) { .unfold { display: block; padding: 8px 0; }
          .unfold:not(:has(:checked)) + .scroll .more { display: none; } }
        @media (max-width: 640px) { header { padding-top: 24px; } h1 { font-size: 1.7rem; }
          .stack thead { display: none; } .stack tr { display: block; padding: 10px 0;
          border-top: 1px solid var(--line); } .stack th, .stack td { display: block; border-top: 0; padding: 3px 0; }
          .stack td[data-of]::before { content: attr(data-of) " "; display: block; color: var(--soft);
          font-size: .8rem; } .events tbody th:first-child { width: auto; }
          .events .size { display: inline; } .stack .number { text-align: left; }
          .figures :is(thead, tbody) { display: block; } .figures thead th:first-child { display: none; }
          .figures tr { display: flex; flex-wrap: wrap; border-top: 1px solid var(--line); }
          .figures :is(th, td) { flex: 1; border-top: 0; padding: 3px 0; }
          .figures tbody th:first-child { flex-basis: 100%; } }
        @media print { body { font-size: 10.5pt; } figure, .card, .verdict, pre, tr, li { break-inside: avoid; }
          thead { display: table-header-group; } p { break-inside: avoid; } section > p { break-after: avoid; }
          .three { grid-template-columns: repeat(3, 1fr); } .two { grid-template-columns: repeat(2, 1fr); }
          .card b { font-size: 1.6rem; } .claims { columns: auto; } figure svg { max-height: 165mm; }
          h2, h3, caption { break-after: avoid; } .scroll { overflow: visible; } .skip { display: none; } }
        """
}
