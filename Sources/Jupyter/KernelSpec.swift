import Foundation
import Support

/// What tells Jupyter's front ends of the kernel: a folder `lunette` among their kernels.
public struct KernelSpec {
    /// The command that starts the kernel, an absolute path.
    public let command: String

    /// A specification that names a command.
    public init(command: String) { self.command = command }

    /// Where Jupyter looks for kernels of this user alone.
    public static var userFolder: String {
        let home = FileSystem.environment("HOME") ?? NSHomeDirectory()
        return FileSystem.environment("JUPYTER_DATA_DIR")
            ?? (FileSystem.environment("XDG_DATA_HOME") ?? home + "/.local/share") + "/jupyter"
    }

    /// Writes the specification into `folder`, Jupyter's for data, and returns the path of its `kernels/lunette`.
    public func install(in folder: String) throws -> String {
        let path = folder + "/kernels/lunette"
        try FileSystem.makeFolder(path)
        try WholeFile.replace(path + "/kernel.json", with: Data((content.description + "\n").utf8))
        return path
    }

    private var content: JSON {
        .record([
            "argv": .array([command, "jupyter", "kernel", "-f", "{connection_file}"].map { .string($0) }),
            "display_name": .string("Lunette (Lua 5.4)"), "language": .string("lua"),
            "interrupt_mode": .string("message"), "metadata": .record([:]),
        ])
    }
}
