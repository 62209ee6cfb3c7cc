/// The command line of `lunette notebook`.
struct NotebookArguments {
    /// What is to be done.
    enum Verb: String, CaseIterable {
        case run, check, convert, release, grade
        /// What `grade` starts for each notebook.
        case judge
    }

    let verb: Verb
    private(set) var files: [String] = []
    private(set) var output: String?
    private(set) var parameters: [(name: String, value: String)] = []
    private(set) var timeout: Double?
    private(set) var keepsGoing = false
    private(set) var tolerance: Double?
    private(set) var format: String?
    /// Of `release`: where the lesson with its outputs is kept.
    private(set) var run: String?
    /// Of `grade`: what students' notebooks may read beside their own folder, and the most bytes and seconds of each.
    private(set) var readable: [String] = []
    private(set) var memory = 2_000_000_000
    private(set) var time = 600.0

    /// Reads the words after `notebook`.
    init(_ words: [String]) throws(Arguments.Misuse) {
        guard let verb = words.first.flatMap(Verb.init) else {
            throw Arguments.Misuse(
                message: (words.first.map { "'\($0)': " } ?? "") + "run, check, convert, release or grade expected")
        }
        self.verb = verb
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            try read(word, &rest)
        }
        guard verb != .judge else { return }
        guard verb != .grade || files.count == 2 else {
            throw Arguments.Misuse(message: "'grade' takes a lesson and the folder of the students' notebooks")
        }
        guard !files.isEmpty else { throw Arguments.Misuse(message: "a file expected after '\(verb.rawValue)'") }
        guard output == nil || files.count == 1 || verb == .grade else {
            throw Arguments.Misuse(message: "'-o' takes one notebook, got \(files.count)")
        }
        guard verb != .convert || format != nil else {
            throw Arguments.Misuse(message: "'--to' with html, slides, ipynb or lua expected")
        }
    }

    private mutating func read(_ word: String, _ rest: inout ArraySlice<String>) throws(Arguments.Misuse) {
        switch (word, verb) {
        case ("-o", .run), ("-o", .convert), ("-o", .release), ("-o", .grade): output = try value(of: word, &rest)
        case ("-p", .run), ("-p", .check), ("-p", .release), ("-p", .grade):
            let value = try value(of: word, &rest)
            let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw Arguments.Misuse(message: "'-p \(value)': NAME=VALUE expected") }
            parameters.append((parts[0], parts[1]))
        case ("--timeout", _) where verb != .convert: timeout = try number(word, &rest)
        case ("--readable", .grade): readable.append(try value(of: word, &rest))
        case ("--memory", .grade): memory = try ProcessOptions.bytes(try value(of: word, &rest))
        case ("--time", .grade): time = try ProcessOptions.seconds(try value(of: word, &rest))
        case ("--keep-going", .run): keepsGoing = true
        case ("--run", .release): run = try value(of: word, &rest)
        case ("--tolerance", .check): tolerance = try number(word, &rest)
        case ("--to", .convert):
            let value = try value(of: word, &rest)
            guard ["html", "slides", "ipynb", "lua"].contains(value) else {
                throw Arguments.Misuse(message: "'--to \(value)': html, slides, ipynb or lua expected")
            }
            format = value
        case _ where word.hasPrefix("-"):
            throw Arguments.Misuse(message: "unrecognized option '\(word)' of 'notebook \(verb.rawValue)'")
        default: files.append(word)
        }
    }

    private func value(of option: String, _ rest: inout ArraySlice<String>) throws(Arguments.Misuse) -> String {
        guard let value = rest.popFirst() else { throw Arguments.Misuse(message: "'\(option)' needs a value") }
        return value
    }

    private func number(_ option: String, _ rest: inout ArraySlice<String>) throws(Arguments.Misuse) -> Double {
        let text = try value(of: option, &rest)
        guard let value = Double(text), value >= 0, value < 1e9 else {
            throw Arguments.Misuse(message: "'\(option) \(text)': a number of 0 or more expected")
        }
        return value
    }

    static let usage = """
        usage: lunette notebook run FILE... [-o OUT] [-p NAME=VALUE] [--timeout SECONDS] [--keep-going]
               lunette notebook check FILE... [-p NAME=VALUE] [--timeout SECONDS] [--tolerance RATIO]
               lunette notebook convert --to html|slides|ipynb|lua FILE... [-o OUT]
               lunette notebook release FILE... [-o OUT] [-p NAME=VALUE] [--timeout SECONDS] [--run OUT]
               lunette notebook grade FILE FOLDER [-o OUT] [-p NAME=VALUE] [--timeout SECONDS] [--time SECONDS]
                                                  [--memory SIZE] [--readable PATH]
        run      runs the cells and keeps their outputs in FILE, or beside a Lua file in one that ends in .ipynb
        check    runs the cells, and tells which outputs differ from those kept; numbers by more than 1e-6
        convert  writes another form beside FILE; slides go to FILE-slides.html, moved by arrow keys or touch, printed
                 one a page: a slide for each heading, with its first paragraph, those that begin in bold, formulas on
                 lines of their own, and figures, which wait for the next slide after a paragraph in bold; code is
                 folded; a cell tagged slide is there whole, one tagged no-slide is not
        release  runs a lesson, and writes its student's form to FILE-student.ipynb: without solutions, with the
                 answers of its exercises sealed, and tried out unsolved (--run: keeps the lesson with its outputs, too)
        grade    runs the lesson FILE, and then the students' notebooks in FOLDER, each alone in a sandbox (600 s and 2G
                 of memory for each, if not said otherwise; --readable: what they may read), and writes them with their
                 outputs and grades.csv to OUT, FOLDER/graded by default
        Numbers of cells count those that are run, as in Jupyter and on pages.
        The exit code is 0 when all went well, 1 when a cell failed or an output differs, 130 after Ctrl-C,
        and that of os.exit where a cell calls it: the run ends there, and what ran is kept.
        """
}
