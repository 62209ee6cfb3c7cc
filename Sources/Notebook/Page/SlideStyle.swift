/// What slides have beyond the pages of notebooks: a room of 50 x 28 letters' sizes that is as large as the window lets
/// it be, so that what fits on a screen fits on paper; on a phone, pages to scroll, with figures as wide as the page,
/// because a touch moves slides.
enum SlideStyle {
    static let css = """

        html { font-size: min(1.9vw, 3.4vh) }
        body { display: block; max-width: none; margin: 0; padding: 0 }
        main { display: flex; height: 100vh; overflow: auto hidden; scroll-snap-type: x mandatory; scrollbar-width: none }
        main:focus-visible { outline: none }
        .slide { position: relative; flex: 0 0 100%; min-width: 0; height: 100%; overflow-y: auto; scroll-snap-align: start;
          scroll-snap-stop: always; display: grid; place-items: center }
        .room { width: 50rem; height: 28rem; display: flex; flex-direction: column; gap: .6em;
          font-size: calc(var(--fit, 1) * .95rem) }
        .slide :is(h1, h2) { margin: 0; padding: 0; border: 0; font-size: 1.6em }
        .title .room { justify-content: center }
        .title h1 { font-size: 2.2em }
        .title .body { flex: none }
        .slide :is(p, ul, ol, table, blockquote, details) { max-width: none }
        .slide pre { font-size: .7em }
        .slide table { font-size: .85em }
        .body { flex: 1; min-height: 0; display: flex; flex-direction: column; gap: .6em }
        .beside { flex-direction: row; gap: 1.5em }
        .beside > .words { flex: 2; min-width: 0 }
        .beside > .figures { flex: 3 }
        .words > :last-child { margin-bottom: 0 }
        .figures { flex: 1; min-width: 0; min-height: 9em; display: flex; gap: 1em }
        .figures :is(.slider, .state, .picture, p) { flex: 1; min-width: 0; min-height: 0; margin: 0; overflow: hidden;
          display: flex; flex-direction: column }
        .figures [hidden] { display: none }
        .figures img { flex: 1; width: 100%; min-width: 0; min-height: 0; object-fit: contain; background: none }
        .code { flex: none; margin: 0; padding: 0; border: 0; font-size: .75em }
        .place { position: absolute; right: 6rem; bottom: 1rem; margin: 0; color: var(--faint); font-size: .6rem }
        .move { position: fixed; right: 1rem; bottom: .5rem; margin: 0 }
        .move button { width: 2.2em; height: 2.2em; border: 1px solid var(--rule); border-radius: 3px; font: inherit;
          color: var(--ink); background: var(--paper); cursor: pointer }
        @media screen and (max-width: 50rem) {
          html { font-size: 100% }
          main { height: 100dvh }
          main:not(.measured) .slide { display: block; padding: 1.2rem 1rem 4rem }
          main:not(.measured) .room { display: block; width: auto; height: auto; font-size: 1rem }
          main:not(.measured) .room * { min-height: 0 }
          main:not(.measured) :is(.body, .figures) { display: block; margin-top: .8rem }
          main:not(.measured) .figures :is(.slider, .state, .picture, p):not([hidden]) { display: block; margin: .4rem 0 }
          .place { position: static; margin-top: 1rem; font-size: .8rem }
        }
        @page { size: 13.333in 7.5in; margin: 0 }
        @media print {
          html { font-size: 18pt }
          body { font-size: 1rem }
          main { display: block; height: auto; overflow: visible }
          .slide { width: 100%; height: 7.49in; overflow: hidden; break-after: page; break-inside: avoid }
          .slide:last-child { break-after: auto }
          .slide :is(h1, h2) { margin: 0 }
          .slide pre { font-size: .7em }
          .slide table { font-size: .85em }
          .move, .code { display: none }
        }
        """

    /// Makes letters smaller where a slide has too many, and moves by keys and buttons; a touch moves without it.
    static let script = """
        {
          const main = document.querySelector("main"), slides = [...main.querySelectorAll(".slide")];
          const move = document.querySelector(".move");
          main.classList.add("measured");
          for (const room of main.querySelectorAll(".room")) {
            const [body] = room.getElementsByClassName("body");
            const parts = [room, body, ...body.querySelectorAll(".words, .words pre, .words math[display=block], .words table")];
            const isFull = () => parts.some(part => part.scrollHeight > part.clientHeight + 1 ||
              part.scrollWidth > part.clientWidth + 1);
            for (let fit = 1; fit > .4 && isFull(); fit -= .05) room.style.setProperty("--fit", fit);
          }
          main.classList.remove("measured");
          const go = place => {
            const next = Math.min(Math.max(place, 0), slides.length - 1);
            main.scrollTo({ left: next * main.clientWidth, behavior: "instant" });
            history.replaceState(null, "", "#" + slides[next].id);
          };
          const here = () => Math.round(main.scrollLeft / main.clientWidth);
          const steps = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 };
          document.addEventListener("keydown", event => {
            if (event.target.closest("input, summary, button") || event.ctrlKey || event.altKey || event.metaKey) return;
            const place = event.key === "Home" ? 0 : event.key === "End" ? slides.length - 1
              : event.key in steps ? here() + (event.shiftKey ? -1 : 1) * steps[event.key] : null;
            if (place === null) return;
            event.preventDefault();
            go(place);
          });
          const [back, on] = move.querySelectorAll("button");
          back.addEventListener("click", () => go(here() - 1));
          on.addEventListener("click", () => go(here() + 1));
          move.hidden = false;
        }
        """
}
