@preconcurrency import Foundation

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
