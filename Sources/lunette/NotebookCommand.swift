import Foundation
import LuaModules
import Notebook
import Sessions
import Support

/// The command `lunette notebook`: runs, checks, converts and releases notebooks.
struct NotebookCommand {
    private let arguments: NotebookArguments

    /// Does what the words after `notebook` ask for, and returns the exit code.
    static func run(_ words: [String]) -> Int32 {
        if words.contains("--help") {
            Lunette.show(NotebookArguments.usage)
            return 0
        }
        let command: NotebookCommand
        do {
            command = NotebookCommand(arguments: try NotebookArguments(words))
        } catch {
            report("lunette: \(error.message)\n\(NotebookArguments.usage)")
            return 1
        }
        do {
            switch command.arguments.verb {
            case .grade: return try command.grade()
            case .judge:
                try LessonJudge(timeout: command.arguments.timeout).run()
                return 0
            default: return command.run()
            }
        } catch {
            report("lunette: \(error)")
            return 1
        }
    }

    /// Goes through the files, and returns the largest exit code.
    private func run() -> Int32 {
        var code: Int32 = 0
        for file in arguments.files {
            do {
                switch arguments.verb {
                case .run: code = max(code, try run(file))
                case .check: code = max(code, try check(file))
                case .convert: try convert(file)
                case .release: code = max(code, try release(file))
                case .grade, .judge: break  // They take no list of files.
                }
            } catch {
                Self.report("lunette: \(error)")
                code = max(code, 1)
            }
            if code > Self.signalled { break }
        }
        return code
    }

    private static let secondsBetweenFiles = 10.0

    /// What shells add to the number of the signal that ended a command.
    private static let signalled: Int32 = 128

    private func run(_ file: String) throws -> Int32 {
        var notebook = try NotebookFile.read(file)
        let output = arguments.output ?? (NotebookFile.isJupyter(file) ? file : Self.path(file, ending: "ipynb"))
        let start = Date()
        var kept = start
        let ending = try execute(&notebook, file) { notebook in
            // A run of hours is not lost with its process. A file that is run in place keeps its outputs until the end.
            guard output != file, Date().timeIntervalSince(kept) > Self.secondsBetweenFiles else { return }
            try NotebookFile.write(notebook, to: output)
            kept = Date()
        }
        try NotebookFile.write(notebook, to: output)
        let seconds = String(format: "%.1f", Date().timeIntervalSince(start))
        switch ending {
        case .complete: Self.report("\(file.shown): all cells ran in \(seconds) s, kept in \(output.shown)")
        case .failed(let cell, let reason): Self.report("\(file.shown): cell \(cell) failed: \(reason)")
        case .interrupted: Self.report("\(file.shown): interrupted; what ran is kept in \(output.shown)")
        case .exited(let cell, let status):
            Self.report("\(file.shown): cell \(cell) called os.exit(\(status)); what ran is kept in \(output.shown)")
        }
        return Self.code(of: ending)
    }

    private func check(_ file: String) throws -> Int32 {
        let old = try NotebookFile.read(file)
        var new = old
        let ending = try execute(&new, file)
        if case .interrupted = ending { return Self.code(of: ending) }
        let comparison = arguments.tolerance.map { OutputComparison(tolerance: $0) } ?? OutputComparison()
        let differences = comparison.differences(old, new)
        for difference in differences { Lunette.show("\(file.shown): \(difference)") }
        if case .failed(let cell, let reason) = ending, differences.isEmpty {
            Lunette.show("\(file.shown): cell \(cell) failed as before: \(reason)")
        }
        return differences.isEmpty ? Self.code(of: ending) : 1
    }

    private func convert(_ file: String) throws {
        let notebook = try NotebookFile.read(file)
        let format = arguments.format ?? "html"
        let output =
            arguments.output
            ?? (format == "slides" ? Self.path(file, ending: "html", mark: "-slides") : Self.path(file, ending: format))
        try NotebookFile.write(notebook, to: output, as: format)
        let lost = format == "lua" ? notebook.lostInLua : format == "ipynb" ? nil : notebook.lostOnPage
        let loss = lost.map { "; " + $0 } ?? ""
        Self.report("\(file.shown): written to \(output.shown)\(loss)")
    }

    private func release(_ file: String) throws -> Int32 {
        var lesson = try NotebookFile.read(file)
        // They are in the student's form, too, as the answers hang on them.
        try lesson.setParameters(arguments.parameters)
        let (student, ending) = try release(of: file).run(&lesson)
        if let path = arguments.run { try NotebookFile.write(lesson, to: path) }
        guard let student else { return ending == .complete ? 1 : Self.code(of: ending) }
        let output = arguments.output ?? Self.path(file, ending: "ipynb", mark: "-student")
        try NotebookFile.write(student, to: output)
        Self.report("\(file.shown): the student's form is written to \(output.shown)")
        return 0
    }

    private func release(of file: String) -> LessonRelease {
        LessonRelease(file: file, report: Self.report) { notebook, session in
            try execute(&notebook, file, in: session)
        }
    }

    private func grade() throws -> Int32 {
        let (file, folder) = (arguments.files[0], arguments.files[1])
        var lesson = try NotebookFile.read(file)
        try lesson.setParameters(arguments.parameters)
        let output = arguments.output ?? "\(folder)/graded"
        let paths = try LessonGrading.submissions(in: folder, without: output) {
            Self.report("\($0.shown): left out, as \(LessonGrading.table) in it is of an earlier grading")
        }
        guard !paths.isEmpty else { throw FileError(path: folder, reason: "no notebook (.ipynb) is in it") }
        let (key, ending) = try release(of: file).answers(of: &lesson)
        guard let key else { return max(Self.code(of: ending), 1) }
        let grading = LessonGrading(lesson: lesson, key: key, arguments: arguments)
        var rows: [(student: String, grades: Grades)] = []
        let progress = Progress(total: paths.count, label: "grading", sink: .lines)
        for path in paths {
            let student = String(path.dropFirst(folder.count + 1).dropLast(".ipynb".count))
            try FileSystem.makeFolder("\(output)/\(student)".parentPath)
            let grades = try grading.grades(of: path, to: "\(output)/\(student).ipynb")
            let remark = grades.remark.isEmpty ? "" : "; \(grades.remark)"
            Self.report("\(student.shown): \(grades.points.formatted()) of \(grades.possible.formatted())\(remark)")
            rows.append((student, grades))
            // Kept as it grows, so that what was graded is not lost where the rest is stopped.
            try WholeFile.replace("\(output)/\(LessonGrading.table)", with: Data(LessonGrading.csv(rows).utf8))
            progress.advance()
        }
        Self.report("\(file.shown): \(rows.count) graded, written to \(output.shown)/\(LessonGrading.table)")
        return 0
    }

    private func execute(
        _ notebook: inout Notebook, _ file: String, in session: Session? = nil,
        afterCell: @escaping (Notebook) throws -> Void = { _ in }
    ) throws -> NotebookRun.Ending {
        try notebook.setParameters(arguments.parameters)
        var run = NotebookRun()
        run.timeout = arguments.timeout
        run.keepsGoing = arguments.keepsGoing
        let count = notebook.cells.count(where: \.isRun)
        let progress = Progress(total: count, label: file.shown, sink: .lines)
        if isatty(STDERR_FILENO) == 1 { run.onCell = { Self.report("\(file.shown): cell \($0) of \(count)") } }
        run.afterCell = {
            progress.advance()
            try afterCell($0)
        }
        return try run.run(&notebook, in: session ?? Session(), path: file)
    }

    private static func code(of ending: NotebookRun.Ending) -> Int32 {
        switch ending {
        case .complete: 0
        case .failed: 1
        case .interrupted(let signal): signalled + signal
        // The system keeps the lowest eight bits of a process's status.
        case .exited(_, let status): Int32(truncatingIfNeeded: status & 0xFF)
        }
    }

    private static func path(_ file: String, ending: String, mark: String = "") -> String {
        let name = file.lastPathPart.utf8
        let dot = name.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > name.startIndex ? $0 : nil }
        let stem = dot.map { String(decoding: file.utf8.dropLast(name[$0...].count), as: UTF8.self) } ?? file
        return "\(stem)\(mark).\(ending)"
    }

    private static func report(_ text: String) {
        StandardStream.flush()
        StandardStream.writeError(text + "\n")
    }
}
