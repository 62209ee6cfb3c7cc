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
                for place in places { notebook.cells[place].source = cell.source }
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

    /// What nbgrader's tests say of this notebook once it was run: their `grade_id`, whether they ran without an error,
    /// and the points that they are worth.
    public var testResults: [(name: String, isPassed: Bool, points: Double)] {
        cells.compactMap { cell in
            guard let name = cell.testID else { return nil }
            let failed = cell.outputs.contains { $0["output_type"]?.text == "error" }
            let isPassed = cell.executionCount != nil && !failed
            return (name, isPassed, cell.metadata["nbgrader"]?["points"]?.number ?? 0)
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
