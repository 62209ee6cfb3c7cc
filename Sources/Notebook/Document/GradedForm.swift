import Support

extension Notebook {
    /// A student's notebook with the teacher's own checks in it, for grading.
    ///
    /// - Parameter lesson: The teacher's notebook.
    ///
    /// Every cell that calls `check` is the lesson's: where the student's has it, and at the end where it was changed
    /// or left out. A cell that nbgrader's metadata call a test is replaced by the lesson's of the same `grade_id`,
    /// hidden tests included, or added at the end.
    public func gradedForm(by lesson: Notebook) -> Notebook {
        var notebook = self
        var missing: [Cell] = []
        for cell in lesson.cells where cell.kind == .code && !cell.isForMarking {
            if let name = cell.testID {
                let places = notebook.cells.indices.filter { notebook.cells[$0].testID == name }
                for place in places {
                    let id = notebook.cells[place].id
                    // Its tags, too: one of them would leave it out of the run.
                    notebook.cells[place] = cell
                    notebook.cells[place].id = id
                }
                if places.isEmpty { missing.append(cell) }
            } else if cell.callsCheck, !cells.contains(where: { $0.kind == .code && $0.source == cell.source }) {
                missing.append(cell)
            }
        }
        for var cell in missing {
            cell.id = nil
            notebook.cells.append(cell)
        }
        notebook.completeIDs()
        return notebook
    }

    /// The tests that nbgrader's metadata declare: their `grade_id`, each once, and the points that they are worth (of
    /// what is no number above 0: none).
    public var tests: [(name: String, points: Double)] {
        var tests: [(name: String, points: Double)] = []
        for cell in cells {
            guard let name = cell.testID, !tests.contains(where: { $0.name == name }) else { continue }
            let points = cell.metadata["nbgrader"]?["points"]?.number ?? 0
            tests.append((name, points.isFinite ? max(points, 0) : 0))
        }
        return tests
    }

    /// The tests that passed in this notebook once it was run: all cells of the name ran without an error.
    public var passedTests: [String] {
        tests.map(\.name).filter { name in
            cells.filter { $0.testID == name }.allSatisfy { cell in
                cell.executionCount != nil && !cell.outputs.contains { $0["output_type"]?.text == "error" }
            }
        }
    }
}

extension Cell {
    /// The `grade_id` of a cell that nbgrader grades by running it; nil for others.
    fileprivate var testID: String? {
        guard let grading = metadata["nbgrader"], kind == .code, grading["grade"] == .bool(true),
            grading["solution"] != .bool(true)
        else { return nil }
        return grading["grade_id"]?.text
    }

    /// Whether it checks an answer.
    fileprivate var callsCheck: Bool { source.split(separator: "\n").contains { $0.hasPrefix("check(") } }
}
