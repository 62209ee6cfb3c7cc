import Foundation
import LuaBridge
import Sessions
import Support

extension Kernel {
    /// Runs a cell.
    func execute(_ request: Message) {
        let content = request.content
        let code = content["code"]?.text ?? ""
        let isSilent = content["silent"]?.truth ?? false
        let isStored = !isSilent && content["store_history"]?.truth ?? true
        if isStored { count += 1 }
        let number = JSON.number(Double(count))
        execution = Execution(request: request)
        var opening = [(Channel.iopub, status("busy", request))]
        if !isSilent {
            let input = JSON.record(["code": .string(code), "execution_count": number])
            opening.append((.iopub, writer.broadcast("execute_input", parent: request.header, input)))
        }
        channels.post(opening, outputParent: request)
        var reply: JSON
        var closing: [(Channel, Message)] = []
        var abandoned: [Message] = []
        var output: String?
        do throws(LuaError) {
            let result = try run(code)
            if let bundle = result.bundle, !isSilent {
                output = bundle.text
                let message = self.content(of: bundle, adding: ["execution_count": number])
                closing.append((.iopub, writer.broadcast("execute_result", parent: request.header, message)))
            }
            reply = .record([
                "status": .string("ok"), "execution_count": number,
                "user_expressions": expressions(content["user_expressions"]),
                "payload": .array(result.pages.map(Self.page)),
            ])
        } catch {
            var cellError = CellError(error, in: session.workspace)
            if error.exitStatus != nil { cellError.message += "; the kernel goes on until the front end shuts it down" }
            let members = cellError.members
            // Requests that the front end sent before it could know of the error are in the queue behind this one.
            let error = writer.broadcast("error", parent: request.header, .object(members))
            channels.post(isSilent ? [] : [(.iopub, error)])
            if content["stop_on_error"]?.truth ?? true {
                abandoned = channels.requests.takeAll(ofType: "execute_request")
            }
            let status = [JSON.Member("status", .string("error")), JSON.Member("execution_count", number)]
            reply = .object(status + members)
        }
        if isStored { history.add(line: count, input: code, output: output) }
        closing.append((.shell, writer.reply(to: request, reply)))
        channels.post(closing + [(.iopub, status("idle", request))])
        execution = nil
        for request in abandoned { respond(to: request, .record(["status": .string("aborted")])) }
    }

    /// What a cell gives to show: its value, or pages of help.
    private struct Outcome {
        var bundle: MIMEBundle?
        var pages: [String] = []
    }

    private func run(_ code: String) throws(LuaError) -> Outcome {
        if let name = Self.question(code) { return Outcome(pages: [try session.workspace.help(about: name)]) }
        guard !code.allSatisfy(\.isWhitespace) else { return Outcome() }
        return Outcome(bundle: try session.runCell(code, name: "cell \(count)"))
    }

    /// The name in a cell that is nothing but a question for help, `?name` or `name?`.
    private static func question(_ code: String) -> String? {
        let line = code.trimmingCharacters(in: .whitespacesAndNewlines)
        guard line.hasPrefix("?") || line.hasSuffix("?") else { return nil }
        return line.wholeMatch(of: #/\?{0,2}([\w.:]+)\?{0,2}/#).map { String($0.1) }
    }

    private static func page(_ text: String) -> JSON {
        .record([
            "source": .string("page"), "start": .number(0), "data": MIMEBundle(text: text).data,
        ])
    }

    /// The values of the expressions that a front end asks for, each by its name.
    private func expressions(_ asked: JSON?) -> JSON {
        .object(
            (asked?.members ?? []).map { member in
                do throws(LuaError) {
                    let bundle = try lua.interruptible { () throws(LuaError) in
                        try lua.mimeBundle(of: values(of: member.value.text ?? "", name: member.name))
                    }
                    return JSON.Member(member.name, self.content(of: bundle, adding: ["status": .string("ok")]))
                } catch {
                    let status = JSON.Member("status", .string("error"))
                    return JSON.Member(member.name, .object([status] + CellError(error, in: session.workspace).members))
                }
            })
    }

    private func values(of expression: String, name: String) throws(LuaError) -> [LuaValue] {
        switch session.workspace.read(expression, name: name) {
        case .complete(let entry): return try session.workspace.run(entry)
        case .incomplete: throw LuaError(message: "\(name): an expression expected, got '\(expression)'")
        case .wrong(let error): throw error
        }
    }

    /// A bundle as the content of a message, with further members.
    func content(of bundle: MIMEBundle, adding members: KeyValuePairs<String, JSON>) -> JSON {
        .object(
            members.map { JSON.Member($0.key, $0.value) } + [
                JSON.Member("data", bundle.data), JSON.Member("metadata", bundle.metadata),
            ])
    }
}
