import LuaBridge
import Sessions
import Support

extension LuaModule {
    /// `display`: values shown before a cell ends.
    public static let display = LuaModule(
        "display", "Shows a value while the code goes on: as a picture in notebooks, as text elsewhere.",
        call: LuaFunction(
            "display",
            "Shows a value in its richest form. A table's metamethod `__display` may return its own: {[MIME type] = text}.",
            DisplayedValue(), Option("id", String?.self, "what is shown replaces, in a notebook, what has the same id"),
            example: "display(plot.curves({loss = {3, 2, 1}}), {id = 'loss'})"
        ) { show, id in try show(id) },
        functions: [
            LuaFunction(
                "clear_output", "Removes, in a notebook, what is below the cell; elsewhere it does nothing.",
                WithDisplaySink(
                    Parameter("wait", Bool.self, default: false, "whether only once there is something new")),
                example: "display.clear_output(true)"
            ) { wait in wait.sink.clear(wait.value) }
        ])
}

/// The parameter `value` of `display`; what is read is a function that shows the value under an id.
private struct DisplayedValue: LuaParameter {
    private let parameter = Parameter("value", LuaValue.self, "any value")

    /// Name, type, meaning and default.
    var parameterDescriptions: [ParameterDescription] { parameter.parameterDescriptions }

    /// Prepares what is shown of the argument: its forms or, where no front end takes these, the text of the prompt.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> (_ id: String?) throws -> Void {
        let value = try parameter.read(&reader)
        let state = try CurrentState().read(&reader)
        do {
            guard let show = state.displaySink.show else {
                let text = try ValueText(state).text(value)
                return { _ in try StandardStream.writeOutput(text + "\n") }
            }
            let bundle = try state.mimeBundle(of: value)
            return { id in show(bundle, id) }
        } catch {
            throw LuaArgumentError("value", error.message)
        }
    }
}
