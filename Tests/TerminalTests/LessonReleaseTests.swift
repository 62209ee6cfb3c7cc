import Foundation
import TestSupport
import Testing

/// `lunette notebook release`, as a teacher runs it.
@Suite struct LessonReleaseTests {
    private let folder: NotebookFolder

    init() throws { folder = try NotebookFolder() }

    /// A lesson with one exercise, whose solution, right answer and check are these lines of Lua.
    private func write(solution: String = "sum = 6", answer: String = "sum", check: String = "check('sum', sum)") throws
    {
        try folder.write(
            """
            -- %% tags=["parameters"]
            n = 3

            -- %%
            sum = nil

            -- %% tags=["solution"]
            \(solution)

            -- %% tags=["answer"]
            check.answer("sum", \(answer), {points = 2, mistakes = {{5, "one is missing"}}})

            -- %%
            \(check)
            """)
    }

    @Test func theStudentsFormChecksWithoutShowingTheAnswer() throws {
        try write()
        let outcome = try folder.notebook("release", "n.lua", "-o", "student.lua")
        #expect(outcome.code == 0)
        #expect(
            outcome.errors
                == "n.lua: 1 exercise, 2 points\nn.lua: the student's form is written to student.lua\n")
        let path = "\(folder.path)/student.lua"
        let student = try String(contentsOfFile: path, encoding: .utf8)
        #expect(!student.contains("6\n") && !student.contains("missing"))
        for (given, said) in [
            ("nil", "? sum: missing"), ("6", "✓ sum: right"), ("5", "≈ sum: almost; one is missing"),
            ("'6'", "✗ sum: wrong type; a number expected, got a string"), ("8", "✗ sum: wrong"),
        ] {
            try student.replacing("sum = nil", with: "sum = \(given)").write(
                toFile: path, atomically: false, encoding: .utf8)
            let run = try CommandProcess.run(CommandProcess.lunette, [path])
            #expect(run.output == said + "\n" && run.code == 0, "\(run.errors)")
        }
    }

    @Test func itIsAJupyterNotebookByDefaultWithTheParametersThatTheAnswersHangOn() throws {
        try write(solution: "sum = 2 * n")
        #expect(try folder.notebook("release", "n.lua", "-p", "n=5").code == 0)
        let sources = try folder.cells("n-student.ipynb").map { ($0["source"] as? [String] ?? []).joined() }
        #expect(sources.dropFirst() == ["n = 3", "n = 5", "sum = nil", "check('sum', sum)"])
        #expect(sources[0].contains("check.load [["))
    }

    @Test func theLessonWithItsOutputsIsKeptWhereAsked() throws {
        try write()
        #expect(try folder.notebook("release", "n.lua", "--run", "run.ipynb").code == 0)
        let outputs = try folder.cells("run.ipynb").flatMap(folder.outputs)
        #expect(outputs == [["stdout", "✓ sum: right\n"]])
    }

    @Test func aLessonThatIsNotRightIsNotReleased() throws {
        func errors() throws -> String {
            let outcome = try folder.notebook("release", "n.lua")
            #expect(outcome.code == 1)
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/n-student.ipynb"))
            return outcome.errors
        }
        try write(answer: "7")
        #expect(try errors() == "n.lua: exercise 'sum': its own answer is wrong\n")
        try write(check: "")
        #expect(try errors() == "n.lua: exercise 'sum': its own answer is missing, or no cell checks it\n")
        try write(check: "check('sum', sum) print(sum + 1)")
        #expect(try errors().hasPrefix("n.lua: cell 4 of the student's form failed: "))
        try write(check: "check('sum', 6)")
        #expect(try errors() == "n.lua: exercise 'sum': it is right in the student's form, without an answer\n")
        try write(solution: "error('no')")
        #expect(try errors() == "n.lua: cell 3 failed: cell 3:1: no\n")
        try folder.write("-- %%\nx = 1 -- BEGIN SOLUTION")
        #expect(try errors() == "lunette: cell 1: a line with 'END SOLUTION' expected\n")
    }

    @Test func aStudentsFunctionThatEndsTheProgramEndsTheRun() throws {
        try folder.write(
            "-- %%\ncheck.answer('f', math.abs, {inputs = {{1}}}) check('f', function() os.exit(3) end)\n\n-- %%\nprint(1)\n"
        )
        let outcome = try folder.notebook("run", "n.lua")
        #expect(outcome.code == 3 && outcome.errors.contains("cell 1 called os.exit(3)"))
    }
}
