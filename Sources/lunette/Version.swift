import CSystem
import Foundation
import Kernels
import LuaBridge
import Support

/// What `--version` and `-v` say.
enum Version {
    /// The line above the first prompt.
    static func printBanner() { Lunette.show("Lunette \(Machine.programVersion), on \(LuaState.luaVersion)") }

    /// Everything that results may depend on.
    static func printDetails() {
        printBanner()
        Lunette.show("processor  \(Machine.processor)")
        Lunette.show("vectors    \(Machine.vectors), which this processor has")
        Lunette.show("BLAS       \(BLAS.description)")
        Lunette.show("threads    \(ThreadPool.shared.threads)")
    }

    /// The instructions that the code was compiled for, where the processor lacks them.
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
