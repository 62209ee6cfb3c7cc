import CSystem
@preconcurrency import Foundation

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

    /// The number of logical cores that the process may use: hardware threads that share a core count separately.
    public static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// The vector instructions that the code was compiled for: "AVX-512", "AVX2", "NEON", or "baseline" for none.
    public static var vectors: String { String(cString: lunette_compiled_vectors()) }
}

/// The sizes of this processor's caches, in bytes, for kernels that cut their work so that it stays there.
///
/// No order of additions may depend on them: the same seed gives the same bits on another machine.
public enum CacheSize {
    /// A core's first cache of data; 32 KiB where the system does not tell.
    public static let first = size(Int32(_SC_LEVEL1_DCACHE_SIZE)) ?? 32 << 10

    /// A core's second cache; 512 KiB where the system does not tell.
    public static let second = size(Int32(_SC_LEVEL2_CACHE_SIZE)) ?? 512 << 10

    private static func size(_ name: Int32) -> Int? {
        let bytes = sysconf(name)
        return bytes > 0 ? bytes : nil
    }
}

/// Pages of 2 MB instead of 4 KB. Kernels read dozens of rows at once, which lie in more small pages than the
/// processor's TLB has entries for; and the first writes to a large block cause fewer page faults.
public enum HugePage {
    /// The size of a huge page in bytes.
    public static let bytes = 2 << 20

    /// The alignment in bytes of a block of `count` bytes: a huge page from the size of one on, 64 below.
    public static func alignment(of count: Int) -> Int { count >= bytes ? bytes : 64 }

    /// Asks the system to use huge pages for a block of this alignment; does nothing for a block smaller than one.
    public static func request(_ block: UnsafeMutableRawPointer, count: Int) {
        if count >= bytes { madvise(block, count, MADV_HUGEPAGE) }
    }
}
