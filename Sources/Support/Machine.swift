import CSystem
import Foundation

/// The machine and the program: what results may depend on beside their settings.
public enum Machine {
    /// The program's version.
    public static let programVersion = "0.1.0"

    /// The processor's model, as the system names it.
    public static var processor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown processor"
    }

    /// The number of cores that the process may use, threads that share one counted each.
    public static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// The vector instructions that the code was compiled for: "AVX-512" or "AVX2".
    public static var vectors: String { String(cString: lunette_compiled_vectors()) }
}
