import Course
import Foundation
import LuaModules
import Notebook
import Sessions
import Support

/// What is said of a student's notebook.
struct Grades {
    /// An exercise, or a test of nbgrader's.
    struct Row {
        let name: String
        let verdict: String
        let points: Double
        let possible: Double
    }

    var rows: [Row] = []
    /// How the run ended where it did not go through: what failed, or that its time was over.
    var remark = ""

    var points: Double { rows.map(\.points).reduce(0, +) }
    var possible: Double { rows.map(\.possible).reduce(0, +) }

    /// The exercises of a session and the tests of a notebook that ran in it.
    init(_ results: [AnswerBook.Result], _ notebook: Notebook, _ ending: NotebookRun.Ending) {
        rows = results.map {
            Row(name: $0.name, verdict: $0.verdict.rawValue, points: $0.points, possible: $0.possible)
        }
        for test in notebook.testResults {
            let (verdict, points) = test.isPassed ? ("right", test.points) : ("wrong", 0)
            rows.append(Row(name: test.name, verdict: verdict, points: points, possible: test.points))
        }
        switch ending {
        case .complete: break
        case .failed(let cell, let reason):
            // Messages of Lua begin with the cell already.
            remark = reason.hasPrefix("cell \(cell):") ? reason : "cell \(cell): \(reason)"
        case .interrupted: remark = "stopped before its end"
        case .exited(let cell, let status): remark = "cell \(cell): os.exit(\(status))"
        }
    }

    /// Grades of a notebook that could not be run: nothing for any of the exercises.
    init(none rows: [Row], remark: String) {
        self.rows = rows.map { Row(name: $0.name, verdict: "missing", points: 0, possible: $0.possible) }
        self.remark = remark
    }

    var json: JSON {
        .record([
            "remark": .string(remark),
            "rows": .array(
                rows.map { row in
                    .record([
                        "name": .string(row.name), "verdict": .string(row.verdict), "points": .number(row.points),
                        "possible": .number(row.possible),
                    ])
                }),
        ])
    }

    /// What `json` says; nil where it is none.
    init?(_ json: JSON) {
        guard let remark = json["remark"]?.text, let elements = json["rows"]?.elements else { return nil }
        for element in elements {
            guard let name = element["name"]?.text, let verdict = element["verdict"]?.text,
                let points = element["points"]?.number, let possible = element["possible"]?.number
            else { return nil }
            rows.append(Row(name: name, verdict: verdict, points: points, possible: possible))
        }
        self.remark = remark
    }
}

/// Runs one student's notebook as a process of its own, which `LessonGrading` has started in a sandbox, and tells the
/// grades.
///
/// The standard input is a line that nobody else knows and the sealed answers. The line stands before the grades on the
/// standard output, where the student's own cells may have written, too.
struct LessonJudge {
    /// The student's notebook, with the lesson's own checks, and what it becomes.
    static let (given, graded) = ("given.ipynb", "graded.ipynb")

    let timeout: Double?

    func run() throws {
        let mark = readLine() ?? ""
        var sealed = ""
        while let line = readLine() { sealed += line + "\n" }
        var notebook = try NotebookFile.read(Self.given)
        let session = try Session()
        let book = session.state.answerBook
        book.grade(by: sealed.isEmpty ? AnswerKey() : try AnswerKey(sealed: sealed))
        var run = NotebookRun()
        (run.timeout, run.keepsGoing) = (timeout, true)
        let ending = try run.run(&notebook, in: session, path: Self.given)
        // Not through a link that a cell may have made.
        _ = FileSystem.remove(Self.graded)
        try NotebookFile.write(notebook, to: Self.graded)
        try StandardStream.writeOutput("\n\(mark)\(Grades(book.results, notebook, ending).json)\n")
    }
}

/// Grades the notebooks that students have handed in: each is run in a sandbox, with limits of time and memory.
struct LessonGrading {
    /// The teacher's notebook.
    let lesson: Notebook
    /// Its answers, as far as it has any.
    let key: AnswerKey
    let arguments: NotebookArguments

    /// The name of the table in the folder of what was graded.
    static let table = "grades.csv"

    /// The paths of the notebooks in `folder` and the folders in it, without those in `output`, in the order of names.
    static func submissions(in folder: String, without output: String) throws(FileError) -> [String] {
        var found: [String] = []
        for name in try FileSystem.names(in: folder) {
            let path = "\(folder)/\(name)"
            if FileSystem.kind(path) == .folder {
                if path != output, !name.hasPrefix(".") { found += try submissions(in: path, without: output) }
            } else if NotebookFile.isJupyter(name) {
                found.append(path)
            }
        }
        return found
    }

    /// Runs a student's notebook and gives its grades; what it became is written to `output`.
    func grades(of path: String, to output: String) throws -> Grades {
        let possible = key.names.map { name in
            Grades.Row(name: name, verdict: "missing", points: 0, possible: key[name]?.points ?? 0)
        }
        let student: Notebook
        do {
            student = try NotebookFile.read(path)
        } catch {
            return Grades(none: possible, remark: "\(error)")
        }
        let folder = try temporaryFolder()
        defer { FileSystem.removeFolder(folder) }
        try NotebookFile.write(student.gradedForm(by: lesson), to: "\(folder)/\(LessonJudge.given)")
        let mark = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        let sealed = key.names.isEmpty ? "" : key.sealed
        let (status, printed) = try ChildProgram.run(
            "/proc/self/exe", words(folder), input: Array("\(mark)\n\(sealed)".utf8), in: folder)
        let lines = String(decoding: printed, as: UTF8.self).split(separator: "\n")
        guard let line = lines.last(where: { $0.hasPrefix(mark) }),
            let grades = (try? JSON(parsing: Array(line.dropFirst(mark.count).utf8))).flatMap({ Grades($0) })
        else {
            let said = lines.last { $0.hasPrefix("lunette: ") }.map { ": \($0.dropFirst(9))" } ?? ""
            return Grades(none: possible, remark: "ended with code \(status)\(said)")
        }
        try NotebookFile.write(try NotebookFile.read("\(folder)/\(LessonJudge.graded)"), to: output)
        return grades
    }

    private func words(_ folder: String) -> [String] {
        var words = ["--sandbox", folder]
        for path in arguments.readable { words += ["--readable", path] }
        words += ["--memory", "\(arguments.memory)", "--time", "\(arguments.time)", "notebook", "judge"]
        if let timeout = arguments.timeout { words += ["--timeout", "\(timeout)"] }
        return words
    }

    private func temporaryFolder() throws(FileError) -> String {
        let pattern = (FileSystem.environment("TMPDIR") ?? "/tmp") + "/lunette-XXXXXX"
        guard let made = pattern.withSystemPath({ strdup($0) }) else { throw .system(pattern) }
        defer { free(made) }
        guard mkdtemp(made) != nil else { throw .system(pattern) }
        return String(cString: made)
    }

    /// The table: a line a student, with the points of each exercise.
    static func csv(_ rows: [(student: String, grades: Grades)]) -> String {
        func field(_ text: String) -> String {
            let isPlain = !text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
            return isPlain ? text : "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\""
        }
        var names: [String] = []
        for row in rows { for each in row.grades.rows where !names.contains(each.name) { names.append(each.name) } }
        var lines = [["student"] + names + ["points", "possible", "remark"]]
        for (student, grades) in rows {
            let points = names.map { name in
                grades.rows.first { $0.name == name }.map { $0.points.formatted(.plain) } ?? ""
            }
            lines.append(
                [student] + points
                    + [grades.points.formatted(.plain), grades.possible.formatted(.plain), grades.remark])
        }
        return lines.map { $0.map(field).joined(separator: ",") + "\n" }.joined()
    }
}

extension FormatStyle where Self == FloatingPointFormatStyle<Double> {
    /// Digits and a point, in whatever language.
    fileprivate static var plain: Self { Self(locale: Locale(identifier: "en_US_POSIX")).grouping(.never) }
}
