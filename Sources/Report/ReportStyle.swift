/// The style of pages, and the scripts that all of them have, or those with sliders.
package enum ReportStyle {
    /// In dark mode a figure of lines and letters is drawn light on dark in its hues, and one of pixels is dimmed.
    static let css = """
        :root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --faint: #5a636d; --rule: #d8dce0;
          --shade: #f5f6f7; --link: #0060a8 }
        * { box-sizing: border-box }
        html { -webkit-text-size-adjust: 100% }
        body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 66rem; background: var(--paper); color: var(--ink);
          font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
        h1, h2, h3, h4 { line-height: 1.25; margin: 2.2em 0 .6em; text-wrap: balance; break-after: avoid;
          overflow-wrap: break-word }
        h1 { font-size: 1.9rem; margin: 0 }
        h2 { font-size: 1.35rem; padding-top: .8em; border-top: 1px solid var(--rule) }
        h3 { font-size: 1.1rem }
        h4 { font-size: 1rem }
        p { margin: 0 0 .9em; max-width: 44rem; overflow-wrap: break-word; white-space: pre-line }
        a { color: var(--link) }
        .subtitle { color: var(--faint); margin: .4rem 0 0 }
        nav { margin: 1.2rem 0; font-size: .9rem }
        nav ol { list-style: none; margin: 0; padding: 0 }
        nav a { display: block; padding: .2rem 0; text-decoration: none }
        nav a:hover { text-decoration: underline }
        nav .level-3 { padding-left: 1rem }
        nav .level-4 { padding-left: 2rem }
        figure { margin: 1.4em 0; break-inside: avoid }
        img { display: block; min-width: var(--least, 0); max-width: 100%; height: auto; background: #fff; border-radius: 3px }
        img[hidden] { display: none }
        figure > div { overflow-x: auto }
        figcaption { margin-top: .5rem; max-width: 44rem; color: var(--faint); font-size: .9rem; white-space: pre-line }
        table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums;
          border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink) }
        th, td { padding: .28rem .8rem; text-align: left; white-space: nowrap }
        thead :is(th, td) { border-bottom: 1px solid var(--ink) }
        tbody tr + tr td { border-top: 1px solid var(--rule) }
        pre { margin: 0; padding: .8rem 1rem; overflow-x: auto; background: var(--shade); border-radius: 3px;
          font: .85rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
        .slider label { display: flex; align-items: center; gap: .8rem; max-width: 44rem; margin-top: .5rem }
        .slider input { flex: 1; min-width: 0; margin: 0; height: 1.6rem }
        .slider output { min-width: 5rem; font-variant-numeric: tabular-nums }
        @media (min-width: 84rem) {
          body { display: grid; grid-template: "nav header" auto "nav main" 1fr / 14rem minmax(0, 66rem);
            column-gap: 3rem; max-width: 83rem }
          header { grid-area: header }
          main { grid-area: main }
          nav { grid-area: nav; position: sticky; top: 1.5rem; align-self: start; max-height: calc(100vh - 3rem);
            margin: 0; overflow-y: auto }
        }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #16191d; --ink: #dfe3e7; --faint: #a0a8b1; --rule: #363c43; --shade: #22272d;
            --link: #74b7f2 }
          img { filter: brightness(.85) }
          img[src^="data:image/svg"] { filter: invert(.91) hue-rotate(180deg) }
        }
        @media print {
          :root { color-scheme: light; --paper: #fff; --ink: #000; --faint: #444; --rule: #ccc; --shade: #f5f6f7;
            --link: #000 }
          body { display: block; max-width: none; padding: 0; font-size: 10pt }
          nav, .slider input { display: none }
          h2, h3, h4 { margin-top: 1.4em }
          pre, p { white-space: pre-wrap }
          pre { font-size: 8pt }
          figure > div { overflow: visible }
          img { min-width: 0; filter: none !important }
          table { font-size: 9pt }
          th, td { padding: .2rem .5rem; white-space: normal }
        }
        """

    /// The attribute of an image that is `width` CSS pixels wide: a phone moves it sideways where it would shrink its
    /// letters too much. Empty for one that fits.
    package static func leastWidth(_ width: Int) -> String {
        width > 340 ? " style=\"--least: \(min(width, 750) * 17 / 20)px\"" : ""
    }

    /// What can be moved sideways, and only that, is reached by the Tab key, so that arrow keys can move it.
    static let reach = """
        {
          const parts = "pre, math, main table, .outputs, .picture, figure > div, .slide";
          const watch = new ResizeObserver(entries => {
            for (const { target } of entries) {
              const moves = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
              if (moves && getComputedStyle(target).overflowX !== "visible") target.setAttribute("tabindex", "0");
              else target.removeAttribute("tabindex");
            }
          });
          for (const part of document.querySelectorAll(parts)) watch.observe(part);
        }
        """

    /// A slider shows the image of its number; after a click on the image, the arrow keys move the slider.
    static let script = """
        for (const slider of document.querySelectorAll(".slider")) {
          const input = slider.querySelector("input"), output = slider.querySelector("output");
          const images = slider.querySelectorAll("img");
          const show = () => {
            images.forEach((image, index) => { image.hidden = index + 1 !== input.valueAsNumber; });
            output.textContent = images[input.valueAsNumber - 1].dataset.label;
            input.setAttribute("aria-valuetext", output.textContent);
          };
          input.addEventListener("input", show);
          slider.querySelector("div").addEventListener("click", () => input.focus());
          show();
        }
        """
}
