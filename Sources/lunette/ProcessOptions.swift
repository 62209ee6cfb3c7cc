import Support
import Tensors

/// What holds for the whole process, whatever it runs: the options before all others.
struct ProcessOptions {
    /// The folder of the sandbox; nil outside one.
    private(set) var sandbox: String?
    /// What may be read beside it.
    private(set) var readable: [String] = []
    /// The most bytes of tensors and of Lua's heap; nil without a limit.
    private(set) var memory: Int?
    /// The most seconds; nil without a limit.
    private(set) var time: Double?
    /// Whether numbers that are not finite are errors where they first appear.
    private(set) var checksNumerics = false

    /// The options with one value each, of which a second would silently replace the first.
    private static let once: Set = ["--vectors", "--sandbox", "--memory", "--time"]

    /// Takes the options that stand before all others off a command line, whose first word is the command's name.
    init(_ words: inout [String]) throws(Arguments.Misuse) {
        var rest = words.dropFirst()
        var given: Set<String> = []
        loop: while let option = rest.first {
            if Self.once.contains(option), !given.insert(option).inserted {
                throw Arguments.Misuse(message: "'\(option)' is given twice")
            }
            switch option {
            case "--vectors":
                rest.removeFirst()
                let refusal = Version.refusal(ofVectors: rest.popFirst())
                if let refusal { throw Arguments.Misuse(message: refusal) }
            case "--sandbox": sandbox = try Self.value(&rest, "a folder")
            case "--readable": readable.append(try Self.value(&rest, "a file or folder"))
            case "--memory": memory = try Self.bytes(try Self.value(&rest, "a size such as 4G"))
            case "--time": time = try Self.seconds(try Self.value(&rest, "a number of seconds"))
            case "--check-numerics":
                rest.removeFirst()
                checksNumerics = true
            default: break loop
            }
        }
        guard readable.isEmpty || sandbox != nil else {
            throw Arguments.Misuse(message: "'--readable' without '--sandbox': all may be read")
        }
        words = Array(words.prefix(1)) + rest
    }

    /// Puts the limits into force; `script` can be read in a sandbox, too. To be called before the process has a second
    /// thread.
    func apply(script: String?) throws(FileError) {
        if let sandbox {
            let script = script.flatMap { FileSystem.exists($0) ? [$0] : nil } ?? []
            try Sandbox.enter(folder: sandbox, readable: readable + script)
        }
        if let memory { AvailableMemory.setLimit(memory) }
        NumericsCheck.isEnabled = checksNumerics
        if let time { TimeBudget.set(seconds: time) }
    }

    private static func value(_ rest: inout ArraySlice<String>, _ expected: String) throws(Arguments.Misuse) -> String {
        let option = rest.removeFirst()
        guard let value = rest.popFirst() else {
            throw Arguments.Misuse(message: "'\(option)': \(expected) expected")
        }
        return value
    }

    /// A number of seconds, the value of `--time`.
    static func seconds(_ text: String) throws(Arguments.Misuse) -> Double {
        guard let seconds = Double(text), seconds > 0, seconds <= 1e9 else {
            throw Arguments.Misuse(message: "'--time \(text)': seconds above 0, at most 1e9, expected")
        }
        return seconds
    }

    /// A number of bytes, the value of `--memory`, with K, M, G or T for powers of 1000, as the program's messages have
    /// them.
    static func bytes(_ text: String) throws(Arguments.Misuse) -> Int {
        let powers: [Character: Double] = ["K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12]
        let power = text.last.flatMap { powers[Character($0.uppercased())] }
        let number = Double(power == nil ? Substring(text) : text.dropLast()).map { $0 * (power ?? 1) }
        guard let number, let bytes = Int(number, in: 1_000_000...(1 << 50)) else {
            throw Arguments.Misuse(message: "'--memory \(text)': a size from 1M to 1000T, such as 4G, expected")
        }
        return bytes
    }
}
