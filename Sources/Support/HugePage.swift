import Foundation

/// Pages of 2 MB instead of 4 KB. Kernels go along dozens of rows at once, more than the processor remembers addresses of
/// small pages; and large blocks are made with fewer interruptions.
public enum HugePage {
    /// The bytes of one.
    public static let bytes = 2 << 20

    /// Where a block of `count` bytes should begin: a multiple of this.
    public static func alignment(of count: Int) -> Int { count >= bytes ? bytes : 64 }

    /// Asks the system to use them for a block so aligned; small ones are left as they are.
    public static func request(_ block: UnsafeMutableRawPointer, count: Int) {
        if count >= bytes { madvise(block, count, MADV_HUGEPAGE) }
    }
}
