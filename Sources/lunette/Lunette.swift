import CSystem
import Foundation
import Kernels
import LuaBridge
import LuaModules
import Notebook
import Sessions
import Support

/// The command `lunette`.
@main
enum Lunette {
    static func main() {
        StandardStream.prepare()
        if let mismatch = Version.mismatch { fail(mismatch) }
        var words = (0..<Int(CommandLine.argc)).map { String(rawBytes: CommandLine.unsafeArgv[$0]) }
        do {
            let options = try ProcessOptions(&words)
            let isVerb = ["notebook", "jupyter"].contains(words.dropFirst().first)
            try options.apply(
                script: isVerb ? nil : (try? Arguments(words)).flatMap { $0.hasScript ? $0.scriptPath : nil })
        } catch let misuse as Arguments.Misuse {
            fail("lunette: \(misuse.message)")
        } catch {
            fail("lunette: --sandbox: \(error)")
        }
        switch words.dropFirst().first {
        case "--version": Version.printDetails()
        case "--manual": writeManual(to: words.dropFirst(2).first)
        case "--help": show(usage)
        case "notebook": exit(NotebookCommand.run(Array(words.dropFirst(2))))
        case "jupyter": exit(JupyterCommand.run(Array(words.dropFirst(2))))
        default: exit(run(words))
        }
    }

    /// Writes the reference manual, chapters and then what is made from the declarations of all modules: as pages into
    /// a folder or, without one, as Markdown to the standard output.
    private static func writeManual(to folder: String?) {
        let chapters = [
            FromPyTorch.markdown, FromPyTorch.lineByLine, Cookbook.markdown, OwnPriorsChapter.markdown,
            UncertaintyChapter.markdown, ManyProcessesChapter.markdown,
        ]
        do {
            let documentation = try Session().state.documentation
            guard let folder else {
                try StandardStream.writeOutput(chapters.joined() + ReferenceManual(documentation).markdown)
                return
            }
            try ManualSite(documentation, chapters: chapters).write(to: folder)
            show("the manual is written to \(folder.shown)/index.html")
        } catch {
            fail("lunette: \(error)")
        }
    }

    private static func run(_ words: [String]) -> Int32 {
        do {
            let arguments = try Arguments(words)
            if arguments.showsVersion { Version.printBanner() }
            return try Runner(arguments).run()
        } catch let misuse as Arguments.Misuse {
            fail("lunette: \(misuse.message)\n\(usage)")
        } catch {
            fail("lunette: \(error)")
        }
    }

    /// Writes a line to the standard output, and ends the program where that fails.
    static func show(_ text: String) {
        do {
            try StandardStream.writeOutput(text + "\n")
        } catch {
            fail("lunette: \(error)")
        }
    }

    private static func fail(_ message: String) -> Never {
        if !StandardStream.isLostReader(message) { StandardStream.writeError(message + "\n") }
        exit(1)
    }

    private static let usage = """
        usage: lunette [options] [script [args]]
               lunette notebook run|check|convert|release FILE...    (more: lunette notebook --help)
               lunette jupyter install | kernel
        Available options are:
          -e stat   execute string 'stat'
          -i        enter interactive mode after executing 'script'
          -l mod    require library 'mod' into global 'mod'
          -l g=mod  require library 'mod' into global 'g'
          -v        show version information
          -E        ignore environment variables
          -W        turn warnings on
          --        stop handling options
          -         stop handling options and execute stdin
          --vectors name  first of all: avx2 or avx512, the instructions to compute with; a package has both
          --sandbox folder  first of all, for the code of others, notebooks too: files are read and written below the
                            folder alone (the script itself is read), no processes are started, no network reached
          --readable path   with --sandbox: what else is read
          --memory size     first of all: the most memory for tensors and Lua's values, such as 4G
          --time seconds    first of all: the most time; then what runs is stopped
          --check-numerics  first of all: NaN or infinity is an error where it first appears, with layer and operation
          --no-startup  do not run startup.lua before the first prompt
          --version show the versions, the processor, the BLAS library and the number of threads
          --manual  write the reference manual: as Markdown or, where a folder's name follows, as pages
          --help    show this text
        In the interactive mode, help() lists the modules, and :help the commands.
        """
}

/// What `--version` and `-v` say.
enum Version {
    /// Prints the line above the first prompt.
    static func printBanner() { Lunette.show("Lunette \(Machine.programVersion), on \(LuaState.luaVersion)") }

    /// Prints everything that results may depend on.
    static func printDetails() {
        printBanner()
        Lunette.show("processor  \(Machine.processor)")
        Lunette.show("vectors    \(Machine.vectors), which this processor has")
        Lunette.show("BLAS       \(BLAS.description)")
        Lunette.show("threads    \(ThreadPool.shared.threads)")
    }

    /// The message where `--vectors` names other instructions than the code was compiled for; nil where it names these.
    ///
    /// The command of a package takes the option to itself, and runs one of two programs.
    static func refusal(ofVectors name: String?) -> String? {
        let own = Machine.vectors.lowercased().replacingOccurrences(of: "-", with: "")
        return name == own
            ? nil
            : "--vectors: this program was built for \(own) alone, got '\(name ?? "nothing")'; Scripts/package "
                + "makes one for avx2 and avx512"
    }

    /// The message where the processor lacks instructions that the code was compiled for; nil where it has them.
    static var mismatch: String? {
        lunette_cpu_matches_build()
            ? nil
            : """
            lunette: this program was built for a processor with \(Machine.vectors), which this one \
            (\(Machine.processor)) does not \
            have; build it again on this machine
            """
    }
}
