import Foundation
import Jupyter
import LuaModules
import Sessions
import Support

/// The command `lunette jupyter`: installs the kernel for Jupyter's front ends, and runs it.
enum JupyterCommand {
    private static let usage = """
        usage: lunette jupyter install [--user | --prefix FOLDER]
                 tells Jupyter of the kernel: for this user (the default), or in FOLDER/share/jupyter
               lunette jupyter kernel -f FILE
                 runs the kernel as the connection file says; front ends call this

        """

    /// Does what the words after `jupyter` ask for, and returns the exit code.
    static func run(_ words: [String]) -> Int32 {
        do {
            switch (words.first, words.dropFirst().first, words.count) {
            case ("install", nil, 1), ("install", "--user", 2): try install(in: KernelSpec.userFolder)
            case ("install", "--prefix", 3): try install(in: words[2] + "/share/jupyter")
            case ("kernel", "-f", 3):
                try Kernel(Session(), connectionFile: words[2], version: Machine.programVersion).run()
            case ("--help", nil, 1): try StandardStream.writeOutput(usage)
            default:
                StandardStream.writeError(usage)
                return 1
            }
            return 0
        } catch {
            StandardStream.writeError("lunette jupyter: \(error)\n")
            return 1
        }
    }

    private static func install(in folder: String) throws {
        let command = installedCommand
        let place = try KernelSpec(command: command).install(in: folder)
        try StandardStream.writeOutput("Installed \(place.shown), which runs \(command.shown)\n")
    }

    /// This program's path, as it was called by where that is absolute, as the command of a package does; where it lies
    /// in a build folder, that of the `lunette` that the shell finds, if any.
    private static var installedCommand: String {
        let called = CommandLine.arguments.first ?? ""
        let path = called.hasPrefix("/") ? called : FileSystem.link(at: "/proc/self/exe") ?? "lunette"
        guard path.contains("/.build") else { return path }
        let folders = (FileSystem.environment("PATH") ?? "").split(separator: ":")
        let found = folders.map { "\($0)/lunette" }.first {
            $0.utf8.first == UInt8(ascii: "/") && FileSystem.isExecutable($0)
        }
        if found == nil {
            StandardStream.writeError(
                "lunette is not installed (Scripts/install does it): the kernel is the build at hand\n")
        }
        return found ?? path
    }
}
