import Report

/// Sliders of a page: what came out for each value is there, and one of them is shown.
enum SliderHTML {
    /// The outputs of a cell with a slider that was run; nil of other cells.
    static func html(_ cell: Cell) -> String? {
        guard let slider = try? cell.slider else { return nil }
        let states = cell.sliderStates
        guard states.count > 1 else { return nil }
        let shown = states.firstIndex { $0.outputs == cell.outputs } ?? 0
        let panels = states.enumerated().map { place, state in
            let outputs = state.outputs.map(OutputHTML.html).joined()
            // Without a script all are there, one below the other, each under its value.
            return "<div class=\"state\" data-value=\"\(state.value.htmlText)\">\n"
                + "<p class=\"value\">\(slider.variable.htmlText) = \(state.value.htmlText)</p>\n\(outputs)</div>\n"
        }
        return """
            <div class="slider" data-shown="\(shown)">
            <label hidden>\(slider.variable.htmlText) = <output>\(states[shown].value.htmlText)</output>
            <input type="range" min="0" max="\(states.count - 1)" step="1" value="\(shown)"></label>
            \(panels.joined())</div>

            """
    }

    /// What moves the sliders of a page.
    static let script = """
        for (const slider of document.querySelectorAll('.slider')) {
          const [label, states] = [slider.querySelector('label'), [...slider.querySelectorAll('.state')]];
          const [input, output] = [label.querySelector('input'), label.querySelector('output')];
          const show = () => {
            states.forEach((state, place) => { state.hidden = place != input.value; });
            output.textContent = states[input.value].dataset.value;
            input.setAttribute('aria-valuetext', output.textContent);
          };
          for (const value of slider.querySelectorAll('.value')) value.hidden = true;
          input.value = slider.dataset.shown;
          label.hidden = false;
          input.addEventListener('input', show);
          show();
        }
        """
}
