import Course
import LuaModules
import Notebook
import Sessions
import Support

/// Makes the student's form of a lesson, once the lesson's own answers were seen to be right, and that form to run
/// without any.
struct LessonRelease {
    let file: String
    /// Takes what there is to say.
    let report: (String) -> Void
    /// Runs a notebook in a session.
    let execute: (inout Notebook, Session) throws -> NotebookRun.Ending

    /// The student's form; nil where something stands against it, which is reported, and how the last run ended.
    func run(_ lesson: Notebook) throws -> (student: Notebook?, ending: NotebookRun.Ending) {
        let (ending, book) = try results(of: lesson, "")
        guard ending == .complete else { return (nil, ending) }
        let wrong = book.results.filter { $0.verdict != .right }
        for result in wrong {
            let what = result.verdict == .missing ? "missing, or no cell checks it" : result.verdict.rawValue
            say(result.name, "its own answer is \(what)")
        }
        guard wrong.isEmpty else { return (nil, ending) }
        let student = try lesson.studentForm(answers: book.results.isEmpty ? "" : book.key.sealed)
        let (trial, unsolved) = try results(of: student, " of the student's form")
        guard trial == .complete else { return (nil, trial) }
        let solved = unsolved.results.filter { $0.verdict != .missing }
        for result in solved {
            say(result.name, "it is \(result.verdict.rawValue) in the student's form, without an answer")
        }
        guard solved.isEmpty else { return (nil, trial) }
        let (count, points) = (book.results.count, book.results.map(\.possible).reduce(0, +))
        let worth = points == 1 ? "1 point" : "\(points.formatted()) points"
        report("\(file.shown): \(count == 1 ? "1 exercise" : "\(count) exercises"), \(worth)")
        return (student, trial)
    }

    private func results(
        of notebook: Notebook, _ what: String
    ) throws -> (ending: NotebookRun.Ending, book: AnswerBook) {
        var (notebook, session) = (notebook, try Session())
        let book = session.state.answerBook
        let ending = try execute(&notebook, session)
        if case .failed(let cell, let reason) = ending {
            report("\(file.shown): cell \(cell)\(what) failed: \(reason)")
        }
        return (ending, book)
    }

    private func say(_ exercise: String, _ what: String) { report("\(file.shown): exercise '\(exercise)': \(what)") }
}
