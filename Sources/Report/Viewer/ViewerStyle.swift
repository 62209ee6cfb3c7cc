/// The style of volumes on a page: the pictures are black, and all else takes the page's own colours, light or dark.
enum ViewerStyle {
    static let css = """
        :host { display: block; container-type: inline-size }
        .viewer { --line: color-mix(in srgb, currentColor 25%, transparent); font-size: .9rem; line-height: 1.4;
          font-variant-numeric: tabular-nums; accent-color: #2f86c4 }
        .planes { display: grid; grid-template-columns: var(--across) var(--across) 1fr; gap: .5rem .75rem; align-items: start }
        .plane { min-width: 0 }
        canvas { display: block; width: 100%; aspect-ratio: var(--beside); background: #000; border-radius: 3px; cursor: crosshair;
          touch-action: pan-y }
        canvas:focus-visible, input:focus-visible, select:focus-visible, button:focus-visible {
          outline: 2px solid #2f86c4; outline-offset: 2px }
        label { display: flex; align-items: center; gap: .5rem }
        input[type=range] { flex: 1; min-width: 0; width: 100%; height: 1.6rem; margin: 0 }
        input[type=checkbox] { width: 1.1rem; height: 1.1rem; margin: 0; flex: none }
        .plane label { margin-top: .25rem }
        .plane output { min-width: 3.8rem; text-align: right; white-space: nowrap }
        .panel { display: grid; grid-template-columns: auto minmax(10rem, 1fr) minmax(min-content, 2fr); gap: .75rem 1.5rem;
          margin-top: .75rem; padding-top: .75rem; border-top: 1px solid var(--line); align-items: start }
        dl { display: grid; grid-template-columns: auto 1fr; gap: .15rem .75rem; margin: 0 0 .5rem }
        dt, dd { white-space: nowrap }
        dt { opacity: .75 }
        dd { margin: 0; min-width: 11.5em }
        select, button { font: inherit; color: inherit; background: transparent; border: 1px solid var(--line);
          border-radius: 3px; padding: .2rem .5rem; min-height: 2rem; max-width: 100% }
        option { color: #000; background: #fff }
        button { cursor: pointer }
        .sliders { display: grid; gap: .25rem; justify-items: start }
        .sliders label { width: 100% }
        .sliders span { min-width: 3.6rem }
        .sliders output { min-width: 3rem; text-align: right }
        .layers { display: grid; grid-template-columns: auto auto minmax(4rem, 1fr) minmax(6.5rem, auto);
          gap: .2rem .9rem; align-items: center }
        .layers:empty { display: none }
        .layer { display: contents }
        .layer label span { max-width: 12rem; overflow-wrap: break-word }
        .layer output { text-align: right; white-space: nowrap }
        .key { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem; max-width: 9rem; font-size: .8rem }
        .key span { display: inline-flex; align-items: center; gap: .25rem; white-space: nowrap }
        .key i { width: .9rem; height: .9rem; border-radius: 2px; border: 1px solid var(--line) }
        .key.bar { flex-wrap: nowrap; white-space: nowrap }
        .key.bar i { width: 3.5rem }
        p { margin: .5rem 0 0; font-size: .85rem; opacity: .8 }
        @container (max-width: 62rem) {
          .panel { grid-template-columns: 1fr 1fr }
          .layers { grid-column: 1 / -1 }
        }
        @container (max-width: 36rem) {
          .planes { grid-template-columns: var(--across) 1fr }
          .axial { grid-column: 1 / -1 }
          canvas { aspect-ratio: var(--own) }
          .coronal label, .sagittal label { display: grid; grid-template-columns: auto 1fr; gap: 0 .5rem }
          .coronal input, .sagittal input { grid-row: 2; grid-column: 1 / -1 }
          .panel { grid-template-columns: 1fr }
          .layers { grid-template-columns: 1fr }
          .layer { display: grid; grid-template-columns: 1fr 1fr; gap: 0 .9rem; align-items: center;
            padding-bottom: .4rem }
          .key { justify-content: end; max-width: none }
        }
        @media print {
          input[type=range], button, select, .hint { display: none }
        }
        """
}
