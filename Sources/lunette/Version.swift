import CSystem
import Foundation
import Kernels
import LuaBridge
import Support

/// What `--version` and `-v` say.
enum Version {
    /// The program's own version.
    static let number = "0.1.0"

    /// The line above the first prompt.
    static func printBanner() { Lunette.show("Lunette \(number), on \(LuaState.luaVersion)") }

    /// Everything that results may depend on.
    static func printDetails() {
        printBanner()
        Lunette.show("processor  \(processor)")
        Lunette.show("vectors    \(vectors)")
        Lunette.show("BLAS       \(BLAS.description)")
        Lunette.show("threads    \(ThreadPool.shared.threads)")
    }

    /// The instructions that the code was compiled for, where the processor lacks them.
    static var mismatch: String? {
        lunette_cpu_matches_build()
            ? nil
            : """
            lunette: this program was built for a processor with \(compiled), which this one (\(processor)) does not \
            have; build it again on this machine
            """
    }

    private static var compiled: String { String(cString: lunette_compiled_vectors()) }

    private static var vectors: String { "\(compiled), which this processor has" }

    /// The processor's model, as the system names it.
    private static var processor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown processor"
    }
}
