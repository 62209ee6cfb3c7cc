import Foundation
import LuaBridge
import LuaModules

/// The interactive prompt: reads Lua, runs it, prints what an expression gives.
public struct ReadEvaluatePrintLoop {
    private let session: Session
    private var lua: LuaState { session.state }

    /// A prompt for a session.
    public init(_ session: Session) { self.session = session }

    /// Runs until the end of the input.
    public func run() {
        let reader = LineReader(history: HistoryFile())
        while let input = readInput(reader) { evaluate(input) }
        print()
    }

    /// A complete input; nil at the end.
    private func readInput(_ reader: LineReader) -> LuaCallback? {
        var text = ""
        while true {
            fflush(nil)
            switch reader.read(prompt: text.isEmpty ? "> " : ">> ") {
            case .end: return nil
            case .cleared: text = ""
            case .line(let line):
                text += text.isEmpty ? line : "\n" + line
                guard !text.allSatisfy(\.isWhitespace) else {
                    text = ""
                    continue
                }
                switch Chunk(text, lua) {
                case .complete(let function):
                    reader.remember(text)
                    return function
                case .incomplete: break
                case .wrong(let error):
                    reader.remember(text)
                    Report.show(error)
                    text = ""
                }
            }
        }
    }

    private func evaluate(_ function: LuaCallback) {
        do throws(LuaError) {
            let results = try lua.call(function)
            guard !results.isEmpty else { return }
            var texts: [String] = []
            for value in results { texts.append(try ValueText(lua).text(value)) }
            print(texts.joined(separator: "\t"))
        } catch {
            Report.show(error)
        }
    }
}

/// What a text is as Lua.
enum Chunk {
    /// An expression, or statements.
    case complete(LuaCallback)
    /// The beginning of a statement.
    case incomplete
    /// Neither.
    case wrong(LuaError)

    init(_ text: String, _ lua: LuaState) {
        if let expression = try? lua.load("return " + text, name: "=stdin") {
            self = .complete(expression)
            return
        }
        do throws(LuaError) {
            self = .complete(try lua.load(text, name: "=stdin"))
        } catch {
            self = error.message.hasSuffix("<eof>") ? .incomplete : .wrong(error)
        }
    }
}
