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
    }

    @Test(
        arguments: [
            "check.answer('sum', 1) sum = 1", "check = function() end", "check.load(check.seal()) sum = 1",
            "check.expect('sum', 'right', 5)", "os.execute('touch escaped')", "io.open('../escaped', 'w')",
            "print('\\n{\"remark\":\"\",\"rows\":[]}')", "os.exit(0)", "while true do end",
            "sum = setmetatable({}, {__eq = function() return true end})",
            "local all = {} for i = 1, 1e9 do all[i] = ('x'):rep(1e6 + i) end",
            "io.open('graded.ipynb', 'w'):write('{}')", "string.format = nil _G.print = nil",
        ])
    func cheatsGetNothing(_ code: String) throws {
        try handIn("eve", ("sum = nil", code))
        let (table, _) = try grade("--time", "3", "--memory", "300M")
        #expect(table.count == 2 && table[1].hasPrefix("eve,0,0,0,3,"), "\(table)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/escaped"))
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
        func notebook(_ test: String, _ answer: String) -> String {
            """
            {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
              {"cell_type": "code", "id": "a", "source": "\(answer)", "outputs": [], "execution_count": null,
               "metadata": {"nbgrader": {"grade_id": "a", "solution": true, "grade": false}}},
              {"cell_type": "code", "id": "b", "source": "\(test)", "outputs": [], "execution_count": null,
               "metadata": {"nbgrader": {"grade_id": "square", "solution": false, "grade": true, "points": 4}}}]}
            """
        }
        try folder.write(notebook("assert(square(3) == 9)", "square = function(x) return x * x end"), "m.ipynb")
        let answers = [("gil", "square = function(x) return x ^ 2 end"), ("hal", "square = function() return 0 end")]
        for (name, answer) in answers {
            try folder.write(notebook("assert(true)", answer), "handed in/\(name).ipynb")
        }
        let outcome = try folder.notebook("grade", "m.ipynb", "handed in")
        #expect(outcome.code == 0, "\(outcome.errors)")
        let table = try String(contentsOfFile: folder.path + "/handed in/graded/grades.csv", encoding: .utf8)
        #expect(table.hasPrefix("student,square,points,possible,remark\ngil,4,4,4,\nhal,0,0,4,cell 2:"))
    }
}
