import Support

/// A slider of a cell: `-- %% slider sigma = 0.01, 0.1, 1`. The cell is run with each value of the variable, and its
/// page switches between what came out.
///
/// The variable is a global that an earlier cell has set: in the prompt and in Jupyter the cell runs with what it is.
struct CellSlider: Equatable {
    /// Where the metadata keep what was asked for, and the outputs of all values after a run.
    static let (name, states) = ("slider", "slider-states")

    /// The variable.
    let variable: String
    /// Its values, as Lua: numbers, and strings in quotes.
    let values: [String]

    /// Reads `sigma = 0.01, 0.1, 1`; an error says what is wrong.
    init(_ text: String) throws(NotebookError) {
        let parts = text.split(separator: "=", maxSplits: 1).map { $0.trimming { $0 == " " } }
        let isName = parts.first.map { $0.wholeMatch(of: /[A-Za-z_][A-Za-z_0-9]*/) != nil } ?? false
        let values = parts.last?.split(separator: ",", omittingEmptySubsequences: false).map {
            String($0.trimming { $0 == " " })
        }
        guard isName, parts.count == 2, let values, values.count > 1,
            values.allSatisfy({ Double($0)?.isFinite == true || $0.wholeMatch(of: /"[^"\\]*"|'[^'\\]*'/) != nil }),
            Set(values).count == values.count
        else {
            throw NotebookError("slider: NAME = VALUE, VALUE, ... expected, numbers or strings, got '\(text)'")
        }
        (variable, self.values) = (String(parts[0]), values)
    }

    /// What came out for a value.
    struct State: Equatable {
        let value: String
        let outputs: [JSON]
    }
}

extension Substring {
    /// The text without the characters at its ends that `isSpace` names.
    fileprivate func trimming(_ isSpace: (Character) -> Bool) -> Substring {
        let start = drop(while: isSpace)
        let kept = start.reversed().drop(while: isSpace).count
        return start.prefix(kept)
    }
}

extension Cell {
    /// The slider; nil where the cell has none. An error where it is wrong.
    var slider: CellSlider? {
        get throws(NotebookError) {
            guard kind == .code, let text = metadata[CellSlider.name]?.text else { return nil }
            return try CellSlider(text)
        }
    }

    /// The outputs of all values after a run; empty without a slider.
    var sliderStates: [CellSlider.State] {
        get {
            (metadata[CellSlider.states]?.elements ?? []).compactMap { state in
                guard let value = state["value"]?.text, let outputs = state["outputs"]?.elements else { return nil }
                return CellSlider.State(value: value, outputs: outputs)
            }
        }
        set {
            let states = newValue.map { state in
                JSON.record(["value": .string(state.value), "outputs": .array(state.outputs)])
            }
            metadata = metadata.setting(CellSlider.states, to: states.isEmpty ? nil : .array(states))
        }
    }
}
