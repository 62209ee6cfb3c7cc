import Support

/// What the tags of a lesson's cells mean.
enum LessonTag {
    /// A solution, which the page folds and a student's notebook does not have.
    static let solution = "solution"
    /// The right answers and what they are tried by, which only the teacher's notebook has.
    static let answer = "answer"
    /// The member of a cell's metadata that has the tags.
    static let member = "tags"
    /// The sealed answers, which only a student's notebook has.
    static let sealed = "sealed-answers"
}

extension Notebook {
    /// The student's form of a teacher's notebook: without solutions, right answers and outputs.
    ///
    /// - Parameter answers: The right answers as `check.seal` gives them; a cell before all other code loads them.
    ///   Empty for none.
    ///
    /// Cells tagged `solution` or `answer` are left out, and so are the parts of cells between lines with
    /// `BEGIN SOLUTION` and `END SOLUTION`, in place of which the student is asked for code, or `BEGIN HIDDEN TESTS`
    /// and `END HIDDEN TESTS`, as nbgrader has them. A cell that nbgrader's metadata call a solution, without such
    /// lines, is emptied in the same way. An error names the cell where a part does not end.
    public func studentForm(answers: String) throws(NotebookError) -> Notebook {
        var notebook = self
        notebook.cells = []
        for (index, cell) in cells.enumerated() {
            guard !cell.tags.contains(LessonTag.solution), !cell.tags.contains(LessonTag.answer) else { continue }
            do throws(NotebookError) {
                try cell.requireKnownTags()
                notebook.cells.append(try cell.studentForm())
            } catch {
                throw NotebookError("cell \(index + 1): \(error.reason)")
            }
        }
        if !answers.isEmpty {
            let source = "-- The sealed answers of the exercises.\ncheck.load [[\n\(answers)\n]]"
            // JupyterLab folds it.
            let metadata = JSON.record([
                "tags": .array([.string(LessonTag.sealed)]), "jupyter": .record(["source_hidden": .bool(true)]),
            ])
            let place = notebook.cells.firstIndex { $0.kind == .code } ?? notebook.cells.count
            notebook.cells.insert(Cell(.code, source: source, metadata: metadata), at: place)
            notebook.completeIDs()
        }
        return notebook
    }
}

extension Cell {
    /// Whether it is about answers alone, and not for reading.
    var isForMarking: Bool { tags.contains(LessonTag.answer) || tags.contains(LessonTag.sealed) }

    /// Throws where something is nearly one of the tags that take a cell out: it would stay for students to read.
    fileprivate func requireKnownTags() throws(NotebookError) {
        let name = LessonTag.member
        for member in metadata.members ?? [] where nearestName(to: member.name, among: [name]) != nil {
            let texts = member.value.elements?.compactMap(\.text)
            guard member.name == name, texts?.count == member.value.elements?.count, texts != nil else {
                throw NotebookError(
                    "\(name)=[\"\(LessonTag.solution)\"] or the like expected, got \(member.name)=\(member.value)")
            }
        }
        if let title = metadata["title"]?.text, title.contains("\(name)=") {
            throw NotebookError("\(name)=[\"\(LessonTag.solution)\"] or the like expected, got '\(title)'")
        }
        for tag in tags where tag != LessonTag.sealed {
            guard let meant = nearestName(to: tag, among: [LessonTag.solution, LessonTag.answer]) else { continue }
            throw NotebookError("the tag '\(tag)' would leave it to students: did you mean '\(meant)'?")
        }
    }

    /// The cell without what only the teacher's has.
    fileprivate func studentForm() throws(NotebookError) -> Cell {
        var cell = self
        if kind == .code { (cell.outputs, cell.executionCount, cell.sliderStates) = ([], nil, []) }
        let request = kind == .code ? "-- your code here" : "*Your answer here.*"
        var (kept, end, hasParts) = ([Substring](), String?.none, false)
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            if let expected = end {
                if line.contains(expected) { end = nil }
            } else if line.contains("BEGIN SOLUTION") {
                (end, hasParts) = ("END SOLUTION", true)
                kept.append(line.prefix { $0 == " " || $0 == "\t" } + request)
            } else if line.contains("BEGIN HIDDEN TESTS") {
                (end, hasParts) = ("END HIDDEN TESTS", true)
            } else {
                kept.append(line)
            }
        }
        if let end { throw NotebookError("a line with '\(end)' expected") }
        let grading = metadata["nbgrader"]
        let isSolution = grading?["solution"] == .bool(true) && !hasParts
        cell.source = isSolution ? request : kept.joined(separator: "\n")
        return cell
    }
}
