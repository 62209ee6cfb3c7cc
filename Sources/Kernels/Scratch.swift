import Support
import Synchronization

/// Working memory, kept for the next use: the system clears fresh pages, which takes longer than many a computation on
/// them.
enum Scratch {
    /// Uninitialised floats, aligned to 64 bytes, that are returned for reuse when the object is freed.
    final class Floats: @unchecked Sendable {
        let start: UnsafeMutablePointer<Float>
        let count: Int
        private let buffer: Buffer

        init(count: Int) {
            self.count = count
            buffer = take(max(count, 1) &* MemoryLayout<Float>.stride)
            start = buffer.start.bindMemory(to: Float.self, capacity: max(count, 1))
        }

        deinit { give(buffer) }
    }

    private struct Buffer: @unchecked Sendable {
        let start: UnsafeMutableRawPointer
        let bytes: Int
    }

    /// The bytes that are kept at most; more goes back to the system. Each thread uses up to four huge pages at a time.
    private static let limit = max(128 << 20, ThreadPool.shared.threads &* 4 &* HugePage.bytes)
    private static let kept = Mutex<(buffers: [Buffer], bytes: Int)>(([], 0))

    /// Calls `body` with `count` uninitialised floats, aligned to 64 bytes, for the length of the call.
    static func withFloats<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        let buffer = take(max(count, 1) &* MemoryLayout<Float>.stride)
        defer { give(buffer) }
        return buffer.start.withMemoryRebound(to: Float.self, capacity: count, body)
    }

    private static func take(_ bytes: Int) -> Buffer {
        // Powers of two, so that requests of similar sizes reuse the same memory; above 256 kB at least a huge page.
        var rounded = 1 << 16
        while rounded < bytes { rounded <<= 1 }
        if rounded > 1 << 18 { rounded = max(rounded, HugePage.bytes) }
        let found = kept.withLock { kept -> Buffer? in
            guard let index = kept.buffers.lastIndex(where: { $0.bytes == rounded }) else { return nil }
            kept.bytes -= rounded
            return kept.buffers.remove(at: index)
        }
        return found ?? Buffer(start: allocate(rounded), bytes: rounded)
    }

    private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        let start = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: HugePage.alignment(of: bytes))
        HugePage.request(start, count: bytes)
        return start
    }

    private static func give(_ buffer: Buffer) {
        let isKept = kept.withLock { kept in
            guard kept.bytes + buffer.bytes <= limit else { return false }
            kept.buffers.append(buffer)
            kept.bytes += buffer.bytes
            return true
        }
        if !isKept { buffer.start.deallocate() }
    }
}
