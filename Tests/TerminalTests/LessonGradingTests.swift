import Foundation
import TestSupport
import Testing

/// `lunette notebook grade`, as a teacher runs it on what students have handed in.
@Suite(.enabled(if: SandboxOffer.isThere)) struct LessonGradingTests {
    private let folder: NotebookFolder

    init() throws {
        folder = try NotebookFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/handed in/late", withIntermediateDirectories: true)
        try folder.write(
            """
            -- %%
            sum = nil

            -- %% tags=["solution"]
            sum = 6

            -- %% tags=["answer"]
            check.answer("sum", sum, {points = 2})
            check.answer("twice", function(x) return 2 * x end, {inputs = {{1}, {-3}}})

            -- %%
            check("sum", sum)

            -- %%
            twice = nil

            -- %% tags=["solution"]
            function twice(x) return 2 * x end

            -- %%
            check("twice", twice)
            """)
        #expect(try folder.notebook("release", "n.lua", "-o", "student.lua").code == 0)
    }

    /// Hands in the student's form with other texts in it.
    private func handIn(_ name: String, _ changes: (String, String)...) throws {
        var text = try String(contentsOfFile: folder.path + "/student.lua", encoding: .utf8)
        for (old, new) in changes {
            #expect(text.contains(old))
            text = text.replacing(old, with: new)
        }
        try folder.write(text, "given.lua")
        let outcome = try folder.notebook("convert", "--to", "ipynb", "given.lua", "-o", "handed in/\(name).ipynb")
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    /// The table, and all that was said.
    private func grade(_ options: String...) throws -> (table: [String], said: String) {
        let outcome = try CommandProcess.run(
            CommandProcess.lunette, ["notebook", "grade", "n.lua", "handed in"] + options, folder: folder.path)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let table = try String(contentsOfFile: folder.path + "/handed in/graded/grades.csv", encoding: .utf8)
        return (table.split(separator: "\n").map(String.init), outcome.errors)
    }

    @Test func studentsGetTheirPoints() throws {
        try handIn("anna", ("sum = nil", "sum = 6"), ("twice = nil", "twice = function(x) return x + x end"))
        try handIn("late/ben", ("sum = nil", "sum = 5"))
        try handIn("carl", ("sum = nil", "error('lost')"), ("twice = nil", "twice = function(x) return 2 * x end"))
        let (table, said) = try grade()
        #expect(
            table == [
                "student,sum,twice,points,possible,remark", "anna,2,1,3,3,", "carl,0,1,1,3,cell 2:1: lost",
                "late/ben,0,0,0,3,",
            ])
        #expect(said.contains("anna: 3 of 3\n"))
        #expect(said.hasSuffix("n.lua: 3 graded, written to handed in/graded/grades.csv\n"))
        let graded = try folder.cells("handed in/graded/anna.ipynb")
        #expect(graded.contains { folder.outputs($0) == [["stdout", "✓ sum: right\n"]] })
        // What was graded is not graded again.
        #expect(try grade().table == table)
        let outcome = try folder.notebook("grade", "n.lua", "handed in", "-o", "elsewhere")
        #expect(outcome.errors.contains("handed in/graded: left out, as grades.csv in it is of an earlier grading"))
        #expect(outcome.errors.hasSuffix("n.lua: 3 graded, written to elsewhere/grades.csv\n"))
    }

    @Test(
        arguments: [
            "check.answer('sum', 1) sum = 1", "check = function() end", "check.load(check.seal()) sum = 1",
            "check.expect('sum', 'right', 5)", "os.execute('touch escaped')", "io.open('../escaped', 'w')",
            "print('\\n{\"remark\":\"\",\"rows\":[]}')", "os.exit(0)", "while true do end",
            "sum = setmetatable({}, {__eq = function() return true end})",
            "local all = {} for i = 1, 1e9 do all[i] = ('x'):rep(1e6 + i) end",
            "io.open('graded.ipynb', 'w'):write('{}')", "string.format = nil _G.print = nil", forgery("io.stdin"),
            forgery("io.open('/proc/self/fd/0')"), forgery("(io.stdin:seek('set', 0) and io.stdin)"),
        ])
    func cheatsGetNothing(_ code: String) throws {
        try handIn("eve", ("sum = nil", code))
        let (table, _) = try grade("--time", "3", "--memory", "300M")
        #expect(table.count == 2 && table[1].hasPrefix("eve,0,0,0,3,"), "\(table)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/escaped"))
    }

    /// Code that looks for the judge's mark in `file`, and writes verdicts behind it as the last thing of all, where
    /// there are any that a process writes its output to.
    private static func forgery(_ file: String) -> String {
        """
        local mark = (\(file) or {read = print}):read('l') or ''
        local line = mark .. '{"remark":"","right":["sum","twice"],"rows":[]}'
        files = {}
        setmetatable({}, {__gc = function()
            for i = 0, 12 do
                local file = io.open('/proc/self/fd/' .. i, 'a')
                if file then
                    file:setvbuf('full')
                    file:write('\\n', line, '\\n')
                    files[i + 1] = file
                end
            end
        end})
        """
    }

    @Test func namesOfFilesAreNoFormulas() throws {
        try handIn("=HYPERLINK(\"x\")", ("sum = nil", "sum = 6"))
        #expect(try grade().table[1] == "\"'=HYPERLINK(\"\"x\"\")\",2,0,2,3,")
    }

    @Test func checksThatWereRemovedOrChangedAreTheTeachers() throws {
        try handIn(
            "dan", ("sum = nil", "sum = 6"), ("check(\"sum\", sum)", "-- nothing"), ("twice = nil", "twice = print"))
        #expect(try grade().table[1] == "dan,2,0,2,3,")
    }

    @Test func whatIsNoNotebookIsSaid() throws {
        try folder.write("no notebook", "handed in/fay.ipynb")
        let (table, _) = try grade()
        #expect(table[1].hasPrefix("fay,0,0,0,3,") && table[1].contains("fay.ipynb"), "\(table)")
    }

    @Test func testsOfNbgraderAreRunAndCounted() throws {
        func test(_ source: String, _ name: String, _ points: String, _ tags: String = "") -> String {
            """
            {"cell_type": "code", "id": "\(name)", "source": "\(source)", "outputs": [], "execution_count": 1,
             "metadata": {"tags": [\(tags)],
               "nbgrader": {"grade_id": "\(name)", "solution": false, "grade": true, "points": \(points)}}}
            """
        }
        func notebook(_ test: String, _ answer: String) -> String {
            """
            {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
              {"cell_type": "code", "id": "a", "source": "\(answer)", "outputs": [], "execution_count": null,
               "metadata": {"nbgrader": {"grade_id": "a", "solution": true, "grade": false}}},
              \(test)]}
            """
        }
        let right = "square = function(x) return x * x end"
        try folder.write(notebook(test("assert(square(3) == 9)", "square", "4"), right), "m.ipynb")
        let answers = [("gil", "square = function(x) return x ^ 2 end"), ("hal", "square = function() return 0 end")]
        for (name, answer) in answers {
            try folder.write(
                notebook(test("assert(true)", "square", "4"), answer), "handed in/\(name).ipynb")
        }
        // A test that is left out of the run and has points of its own, and tests that the student has invented.
        let invented = test("", "square", "1e300", "\"skip-execution\"") + "," + test("x = 1", "mine", "1e308")
        try folder.write(notebook(invented, "square = nil"), "handed in/ida.ipynb")
        let outcome = try folder.notebook("grade", "m.ipynb", "handed in")
        #expect(outcome.code == 0, "\(outcome.errors)")
        let table = try String(contentsOfFile: folder.path + "/handed in/graded/grades.csv", encoding: .utf8)
        #expect(table.hasPrefix("student,square,points,possible,remark\ngil,4,4,4,\nhal,0,0,4,cell 2:"), "\(table)")
        #expect(table.contains("\nida,0,0,4,cell 2:"), "\(table)")
    }
}
