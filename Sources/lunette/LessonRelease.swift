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

    /// The answers that the lesson gives, all seen to be right; nil where one is not, which is reported, or where the
    /// run did not go through. The lesson gets its outputs.
    func answers(of lesson: inout Notebook) throws -> (key: AnswerKey?, ending: NotebookRun.Ending) {
        let (ending, book) = try results(of: &lesson, "")
        guard ending == .complete else { return (nil, ending) }
        let wrong = book.results.filter { $0.verdict != .right }
        for result in wrong {
            let what = result.verdict == .missing ? "missing, or no cell checks it" : result.verdict.rawValue
            say(result.name, "its own answer is \(what)")
        }
        return (wrong.isEmpty ? book.key : nil, ending)
    }

    /// The student's form; nil where something stands against it, which is reported, and how the last run ended. The
    /// lesson gets its outputs.
    func run(_ lesson: inout Notebook) throws -> (student: Notebook?, ending: NotebookRun.Ending) {
        let unrun = lesson
        let (key, ending) = try answers(of: &lesson)
        guard let key else { return (nil, ending) }
        let student = try unrun.studentForm(answers: key.names.isEmpty ? "" : key.sealed)
        var attempt = student
        let (trial, unsolved) = try results(of: &attempt, " of the student's form")
        guard trial == .complete else { return (nil, trial) }
        let solved = unsolved.results.filter { $0.verdict != .missing }
        for result in solved {
            say(result.name, "it is \(result.verdict.rawValue) in the student's form, without an answer")
        }
        guard solved.isEmpty else { return (nil, trial) }
        let (count, points) = (key.names.count, key.names.map { key[$0]?.points ?? 0 }.reduce(0, +))
        let worth = points == 1 ? "1 point" : "\(points.formatted()) points"
        report("\(file.shown): \(count == 1 ? "1 exercise" : "\(count) exercises"), \(worth)")
        return (student, trial)
    }

    private func results(
        of notebook: inout Notebook, _ what: String
    ) throws -> (ending: NotebookRun.Ending, book: AnswerBook) {
        let session = try Session()
        let book = session.state.answerBook
        let ending = try execute(&notebook, session)
        if case .failed(let cell, let reason) = ending {
            report("\(file.shown): cell \(cell)\(what) failed: \(reason)")
        }
        return (ending, book)
    }

    private func say(_ exercise: String, _ what: String) { report("\(file.shown): exercise '\(exercise)': \(what)") }
}
