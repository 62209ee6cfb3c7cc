/// The command line, by the rules of the lua command.
struct Arguments {
    /// What `-e`, `-l` and `-W` ask for, in their order.
    enum Action: Equatable {
        case execute(String)
        case require(String)
        case warnings
    }

    /// The command line is wrong: what is wrong with it.
    struct Misuse: Error, Equatable {
        let message: String
    }

    var actions: [Action] = []
    var isInteractive = false
    var showsVersion = false
    var ignoresEnvironment = false
    var skipsStartup = false
    /// Whether the last option before the script was `--`.
    private(set) var endsOptions = false
    /// The position of the script in the command line; its end where there is none.
    private(set) var script: Int
    /// The command line, the command itself at 0.
    let words: [String]

    /// Reads a command line.
    init(_ words: [String]) throws(Misuse) {
        self.words = words
        script = words.count
        var index = 1
        while index < words.count {
            let word = words[index]
            guard word.hasPrefix("-"), word != "-" else {
                script = index
                return
            }
            index += 1
            if word == "--" {
                script = index
                endsOptions = true
                return
            }
            try readOption(word, &index)
        }
    }

    private mutating func readOption(_ word: String, _ index: inout Int) throws(Misuse) {
        switch word {
        case "-E": ignoresEnvironment = true
        case "--no-startup": skipsStartup = true
        case "-W": actions.append(.warnings)
        case "-v": showsVersion = true
        case "-i":
            isInteractive = true
            showsVersion = true
        case _ where word.hasPrefix("-e"): actions.append(.execute(try value(of: word, &index)))
        case _ where word.hasPrefix("-l"): actions.append(.require(try value(of: word, &index)))
        default: throw Misuse(message: "unrecognized option '\(word)'")
        }
    }

    /// The value of an option, in the same word or the next.
    private func value(of word: String, _ index: inout Int) throws(Misuse) -> String {
        if word.count > 2 { return String(word.dropFirst(2)) }
        guard index < words.count, !words[index].hasPrefix("-") else {
            throw Misuse(message: "'\(word)' needs argument")
        }
        defer { index += 1 }
        return words[index]
    }

    /// The file of the script, nil for the standard input; only where there is a script.
    var scriptPath: String? { words[script] == "-" && !endsOptions ? nil : words[script] }

    /// Whether there is a script.
    var hasScript: Bool { script < words.count }

    /// Whether an option gives something to do, so that without a script the standard input is not run.
    var hasWork: Bool {
        showsVersion || actions.contains { if case .execute = $0 { true } else { false } }
    }
}
