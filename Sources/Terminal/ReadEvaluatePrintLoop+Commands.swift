import Foundation
import LuaBridge
import Notebook
import Sessions
import Support

/// What the commands do.
extension ReadEvaluatePrintLoop {
    func time(_ entry: Workspace.Entry) {
        let start = ContinuousClock.now
        evaluate(entry)
        show(TimeText.text(seconds: Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1e9))
    }

    func profile(_ entry: Workspace.Entry) {
        show(ProfileTable(OperationProfile.take { evaluate(entry) }, width: width).text)
    }

    func listVariables() {
        do throws(LuaError) {
            var rows: [[String]] = []
            try session.state.interruptible { () throws(LuaError) in
                for (name, value) in try session.workspace.variables() {
                    let summary = try ValueSummary(value, in: session.state)
                    rows.append([name, summary.type, summary.size, summary.bytes.map(Self.bytes) ?? ""])
                }
            }
            show(rows.isEmpty ? "No variables yet." : TextColumns(rows).text)
        } catch {
            ErrorOutput.show(error)
        }
    }

    private static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count) B"
        case ..<1_000_000: String(format: "%.1f kB", Double(count) / 1e3)
        case ..<1_000_000_000: String(format: "%.1f MB", Double(count) / 1e6)
        default: String(format: "%.1f GB", Double(count) / 1e9)
        }
    }

    func save(_ path: String) {
        do {
            switch path {
            case _ where NotebookFile.isJupyter(path): try NotebookFile.write(try Notebook(record), to: path)
            case _ where path.hasSuffix(".lua"): try WholeFile.replace(path, with: Data(record.script.rawBytes))
            default: ErrorOutput.show(":save needs a file whose name ends in .lua or .ipynb, got '\(path.shown)'")
            }
        } catch {
            ErrorOutput.show("\(error)")
        }
    }

    func listHistory(_ argument: String) {
        guard let count = argument.isEmpty ? .max : Int(argument), count > 0 else {
            ErrorOutput.show(":history needs a number of entries, got '\(argument)'")
            return
        }
        show(record.listing(last: count))
    }

    func clearScreen() {
        guard isatty(STDOUT_FILENO) == 1, ProcessInfo.processInfo.environment["TERM"] != "dumb" else { return }
        try? StandardStream.writeOutput("\u{1B}[H\u{1B}[2J")
    }
}

extension Notebook {
    /// A notebook of the entries of a session that ran to their end: a cell each, as it was typed and without outputs.
    fileprivate init(_ record: SessionRecord) throws(NotebookError) {
        var cells: [Cell] = []
        for (number, text) in record.successes {
            guard text.rawBytes.elementsEqual(text.utf8) else {
                throw NotebookError("entry \(number) has bytes that are no UTF-8: only a .lua file can keep them")
            }
            cells.append(Cell(.code, source: text))
        }
        self.init(cells: cells)
    }
}
