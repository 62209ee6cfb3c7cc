import Course
import Notebook
import Report
import Support

extension FuzzTarget {
    /// Notebooks, and the texts in them.
    static let documents = [
        FuzzTarget("json") { bytes, _ in
            for keepsDigits in [false, true] {
                let text = try JSON(parsing: bytes, keepingDigits: keepsDigits).description
                let again = try? JSON(parsing: text.utf8, keepingDigits: keepsDigits)
                try BrokenPromise.unless(again?.description == text, "what was written can be read")
            }
        },
        FuzzTarget("ipynb") { bytes, _ in
            let notebook = try Notebook(parsing: bytes)
            use(notebook)
            _ = OutputComparison().differences(notebook, notebook.gradedForm(by: notebook))
            use(PercentFormat.notebook(PercentFormat.text(notebook)))
        },
        FuzzTarget("percent", text: { use(PercentFormat.notebook($0)) }),
        FuzzTarget(
            "markdown",
            text: { text in
                _ = NotebookPage(Notebook(cells: [Cell(.markdown, source: text)])).html
            }),
        // What a program wrote, with the terminal's codes.
        FuzzTarget(
            "terminal-text",
            text: { text in
                let output = JSON.record([
                    "output_type": .string("stream"), "name": .string("stdout"), "text": .string(text),
                ])
                let cell = JSON.record([
                    "cell_type": .string("code"), "metadata": .object([]), "source": .string(text),
                    "execution_count": .null, "outputs": .array([output]),
                ])
                let notebook = JSON.record([
                    "nbformat": .number(4), "nbformat_minor": .number(5), "metadata": .object([]),
                    "cells": .array([cell]),
                ])
                _ = NotebookPage(try Notebook(parsing: notebook.description.utf8)).html
                _ = OutputComparison().isAlike(text, text + " ")
            }),
        FuzzTarget("viewer", text: { _ = VolumeViewer(html: $0)?.html() }),
        // The answers of exercises, which are sealed in a file: who handed it in can have changed them.
        FuzzTarget("answers") { bytes, _ in
            _ = try? AnswerKey(sealed: String(decoding: bytes, as: UTF8.self))
            guard let answer = Answer(try JSON(parsing: bytes)) else { return }
            var key = AnswerKey()
            key["exercise"] = answer
            let again = try? AnswerKey(sealed: key.sealed)
            try BrokenPromise.unless(again != nil, "what was sealed can be opened")
            for given in [GivenValue.none, .value(.number(1)), .value(.list(shape: [2], elements: [1, 2]))] {
                _ = answer.judge([given])
            }
            for values in answer.inputs ?? [] { _ = answer.judge(values.map(GivenValue.value)) }
        },
    ]

    /// Writes a notebook in all forms that it has.
    private static func use(_ notebook: Notebook) {
        _ = NotebookPage(notebook).html
        _ = PercentFormat.text(notebook)
        _ = try? notebook.studentForm(answers: "answers")
        var changed = notebook
        try? changed.setParameters([("a", "1")])
    }
}
