/// The command line of `lunette notebook`.
struct NotebookArguments {
    /// What is to be done.
    enum Verb: String, CaseIterable {
        case run, check, convert, release
    }

    let verb: Verb
    private(set) var files: [String] = []
    private(set) var output: String?
    private(set) var parameters: [(name: String, value: String)] = []
    private(set) var timeout: Double?
    private(set) var keepsGoing = false
    private(set) var tolerance: Double?
    private(set) var format: String?

    /// Reads the words after `notebook`.
    init(_ words: [String]) throws(Arguments.Misuse) {
        guard let verb = words.first.flatMap(Verb.init) else {
            throw Arguments.Misuse(
                message: words.first.map { "'\($0)': run, check, convert or release expected" }
                    ?? "run, check, convert or release expected")
        }
        self.verb = verb
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            try read(word, &rest)
        }
        guard !files.isEmpty else { throw Arguments.Misuse(message: "a file expected after '\(verb.rawValue)'") }
        guard output == nil || files.count == 1 else {
            throw Arguments.Misuse(message: "'-o' takes one notebook, got \(files.count)")
        }
        guard verb != .convert || format != nil else {
            throw Arguments.Misuse(message: "'--to' with html, ipynb or lua expected")
        }
    }

    private mutating func read(_ word: String, _ rest: inout ArraySlice<String>) throws(Arguments.Misuse) {
        switch (word, verb) {
        case ("-o", .run), ("-o", .convert), ("-o", .release): output = try value(of: word, &rest)
        case ("-p", .run), ("-p", .check), ("-p", .release):
            let value = try value(of: word, &rest)
            let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw Arguments.Misuse(message: "'-p \(value)': NAME=VALUE expected") }
            parameters.append((parts[0], parts[1]))
        case ("--timeout", .run), ("--timeout", .check), ("--timeout", .release): timeout = try number(word, &rest)
        case ("--keep-going", .run): keepsGoing = true
        case ("--tolerance", .check): tolerance = try number(word, &rest)
        case ("--to", .convert):
            let value = try value(of: word, &rest)
            guard ["html", "ipynb", "lua"].contains(value) else {
                throw Arguments.Misuse(message: "'--to \(value)': html, ipynb or lua expected")
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
               lunette notebook convert --to html|ipynb|lua FILE... [-o OUT]
               lunette notebook release FILE... [-o OUT] [-p NAME=VALUE] [--timeout SECONDS]
        run      runs the cells and keeps their outputs in FILE, or beside a Lua file in one that ends in .ipynb
        check    runs the cells, and tells which outputs differ from those kept; numbers by more than 1e-6
        convert  writes another form beside FILE
        release  runs a lesson, and writes its student's form to FILE-student.ipynb: without solutions, with the
                 answers of its exercises sealed, and tried out unsolved
        The exit code is 0 when all went well, 1 when a cell failed or an output differs, 130 after Ctrl-C,
        and that of os.exit where a cell calls it: the run ends there, and what ran is kept.
        """
}
