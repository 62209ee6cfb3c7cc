import Foundation
import LuaBridge
import Sessions
import Support

/// What scripts can call in a notebook.
extension Kernel {
    /// Connects `display`, bars of progress, `display.clear_output` and `io.read` to the front end.
    func registerFunctions() throws(LuaError) {
        let sink = lua.displaySink
        sink.show = { [unowned self] bundle, id in display(bundle, id) }
        sink.clear = { [unowned self] waits in publish("clear_output", .record(["wait": .bool(waits)])) }
        let ask = LuaFunction("ask", "Asks the front end for a line.", returns: "the line") { [unowned self] in
            try self.ask()
        }
        try lua.setGlobal(Self.askName, ask)
        try lua.run(Self.reading, name: "=io")
    }

    /// Shows a value: as a new output, or in the place of what this run of the cell has shown under the same id.
    private func display(_ bundle: MIMEBundle, _ id: String?) {
        let isNew = id.map { execution?.shownNames.insert($0).inserted ?? true } ?? true
        let transient = JSON.record(id.map { ["display_id": .string($0)] } ?? [:])
        publish(isNew ? "display_data" : "update_display_data", content(of: bundle, adding: ["transient": transient]))
    }

    /// Sends a message about the cell that runs to all front ends.
    private func publish(_ type: String, _ content: JSON) {
        guard let request = execution?.request else { return }
        channels.post([(.iopub, writer.broadcast(type, parent: request.header, content))])
    }

    /// Asks the front end that sent the cell for a line; an interrupt ends the waiting.
    private func ask() throws -> String {
        guard let request = execution?.request, request.content["allow_stdin"]?.truth ?? false else {
            throw LuaError(message: "the front end takes no input")
        }
        _ = channels.answers.takeAll(ofType: "input_reply")
        let question = JSON.record(["prompt": .string(""), "password": .bool(false)])
        channels.post([(.stdin, writer.question(to: request, "input_request", question))])
        while !Interrupt.isRequested, !channels.answers.isOver {
            guard let answer = channels.answers.next(until: Date().addingTimeInterval(0.05)) else { continue }
            if answer.type == "input_reply" { return answer.content["value"]?.text ?? "" }
        }
        throw LuaError(message: "interrupted")
    }

    private static let askName = "\u{1}ask"

    /// `io.read` and `io.stdin:read`, a line for each format.
    private static let reading = """
        local ask, files = _G["\\1ask"], getmetatable(io.stdin).__index
        _G["\\1ask"] = nil
        local stdin, read, table_unpack, to_number = io.stdin, files.read, table.unpack, tonumber
        local function converted(line, format)
            if math.type(format) == "integer" then return line:sub(1, format) end
            local kind = tostring(format):gsub("^%*", ""):sub(1, 1)
            if kind == "n" then return to_number(line) end
            return kind == "l" and line or line .. "\\n"
        end
        function files.read(file, ...)
            if file ~= stdin then return read(file, ...) end
            local formats = select("#", ...) == 0 and {"l"} or {...}
            local results = {}
            for index, format in ipairs(formats) do results[index] = converted(ask(), format) end
            return table_unpack(results, 1, #formats)
        end
        function io.read(...) return io.input():read(...) end
        """
}
