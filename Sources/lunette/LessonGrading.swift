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
        let possible: Double
        var isRight = false

        var points: Double { isRight ? possible : 0 }
    }

    let rows: [Row]
    /// How the run ended where it did not go through: what failed, or that its time was over.
    let remark: String

    var points: Double { rows.map(\.points).reduce(0, +) }
    var possible: Double { rows.map(\.possible).reduce(0, +) }
}

/// What a judge tells of a run.
struct Verdicts {
    /// The names of exercises and tests whose last check was right.
    let right: [String]
    let remark: String

    /// The most characters of a remark: a message of the student's code may have millions.
    private static let longestRemark = 1000

    /// The exercises of a session and the tests of a notebook that ran in it.
    init(_ results: [AnswerBook.Result], _ notebook: Notebook, _ ending: NotebookRun.Ending) {
        right = results.filter { $0.verdict == .right }.map(\.name) + notebook.passedTests
        switch ending {
        case .complete: remark = ""
        case .failed(let cell, let reason):
            // Messages of Lua begin with the cell already.
            let told = reason.hasPrefix("cell \(cell):") ? reason : "cell \(cell): \(reason)"
            remark = String(told.prefix(Self.longestRemark))
        case .interrupted: remark = "stopped before its end"
        case .exited(let cell, let status): remark = "cell \(cell): os.exit(\(status))"
        }
    }

    var json: JSON { .record(["remark": .string(remark), "right": .array(right.map { .string($0) })]) }

    /// What `json` says; nil where it is none.
    init?(_ json: JSON) {
        guard let remark = json["remark"]?.text, let elements = json["right"]?.elements else { return nil }
        self.remark = remark
        right = elements.compactMap(\.text)
    }
}

/// Runs one student's notebook as a process of its own, which `LessonGrading` has started in a sandbox, and tells the
/// grades.
///
/// The standard input is a line that nobody else knows and the sealed answers. The line stands before the verdicts on
/// the standard output, where the student's own cells may have written, too.
struct LessonJudge {
    /// The student's notebook, with the lesson's own checks, and what it becomes.
    static let (given, graded) = ("given.ipynb", "graded.ipynb")

    let timeout: Double?

    func run() throws {
        let mark = readLine() ?? ""
        var sealed = ""
        while let line = readLine() { sealed += line + "\n" }
        // Cells could read it again: the system shows what is open below /proc/self/fd.
        StandardStream.closeInput()
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
        try StandardStream.writeOutput("\n\(mark)\(Verdicts(book.results, notebook, ending).json)\n")
        // Nothing of the student's is run or written any longer: no finaliser, and no file that still holds text.
        _exit(0)
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

    /// The paths of the notebooks in `folder` and the folders in it, in the order of names. Folders that grading has
    /// written are left out: `output`, and others with its table, which `leftOut` is told of.
    static func submissions(
        in folder: String, without output: String, leftOut: (String) -> Void
    ) throws(FileError) -> [String] {
        var found: [String] = []
        for name in try FileSystem.names(in: folder) {
            let path = "\(folder)/\(name)"
            if FileSystem.kind(path) == .folder {
                if path == output || name.hasPrefix(".") { continue }
                if FileSystem.exists("\(path)/\(table)") {
                    leftOut(path)
                } else {
                    found += try submissions(in: path, without: output, leftOut: leftOut)
                }
            } else if NotebookFile.isJupyter(name) {
                found.append(path)
            }
        }
        return found
    }

    /// Runs a student's notebook and gives its grades; what it became is written to `output`.
    func grades(of path: String, to output: String) throws -> Grades {
        var rows = key.names.map { Grades.Row(name: $0, possible: key[$0]?.points ?? 0) }
        rows += lesson.tests.map { Grades.Row(name: $0.name, possible: $0.points) }
        let student: Notebook
        do {
            student = try NotebookFile.read(path)
        } catch {
            return Grades(rows: rows, remark: "\(error)")
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
            let verdicts = (try? JSON(parsing: Array(line.dropFirst(mark.count).utf8))).flatMap({ Verdicts($0) })
        else {
            let said = lines.last { $0.hasPrefix("lunette: ") }.map { ": \($0.dropFirst(9))" } ?? ""
            return Grades(rows: rows, remark: "ended with code \(status)\(said)")
        }
        try NotebookFile.write(try NotebookFile.read("\(folder)/\(LessonJudge.graded)"), to: output)
        for place in rows.indices { rows[place].isRight = verdicts.right.contains(rows[place].name) }
        return Grades(rows: rows, remark: verdicts.remark)
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
            // Spreadsheets take what begins so for a formula, and the names of files are the students' own.
            let text = text.first.map("=+-@\t\r".contains) == true ? "'" + text : text
            let isPlain = !text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
            return isPlain ? text : "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\""
        }
        let names = rows.first?.grades.rows.map(\.name) ?? []
        var lines = [["student"] + names + ["points", "possible", "remark"]]
        for (student, grades) in rows {
            let numbers = (grades.rows.map(\.points) + [grades.points, grades.possible]).map { $0.formatted(.plain) }
            lines.append([student] + numbers + [grades.remark])
        }
        return lines.map { $0.map(field).joined(separator: ",") + "\n" }.joined()
    }
}

extension FormatStyle where Self == FloatingPointFormatStyle<Double> {
    /// Digits and a point, in whatever language.
    fileprivate static var plain: Self { Self(locale: Locale(identifier: "en_US_POSIX")).grouping(.never) }
}
