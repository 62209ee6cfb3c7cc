import CZlib
import Support

/// Compression as browsers undo it: `new DecompressionStream("deflate")` reads zlib's format (RFC 1950).
enum Deflate {
    private static let piece = 1 << 20

    /// The bytes compressed as far as zlib can; throws where an interrupt is requested or there is no memory.
    static func compressed(_ bytes: [UInt8]) throws(ReportError) -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit_(&stream, Z_BEST_COMPRESSION, ZLIB_VERSION, size) == Z_OK else {
            throw .tensor(.outOfMemory(bytes: bytes.count, available: AvailableMemory.bytes))
        }
        defer { deflateEnd(&stream) }
        var result: [UInt8] = []
        var output = [UInt8](repeating: 0, count: piece)
        var (start, isDone) = (0, false)
        while !isDone {
            if Interrupt.isRequested { throw .tensor(.interrupted) }
            let count = min(piece, bytes.count - start)
            let flush = start + count == bytes.count ? Z_FINISH : Z_NO_FLUSH
            bytes.withUnsafeBufferPointer { input in
                // zlib reads what it is given, although its type says otherwise.
                stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + start) }
                stream.avail_in = UInt32(count)
                repeat {
                    output.withUnsafeMutableBufferPointer { target in
                        stream.next_out = target.baseAddress
                        stream.avail_out = UInt32(target.count)
                        isDone = deflate(&stream, flush) == Z_STREAM_END
                    }
                    result += output.prefix(output.count - Int(stream.avail_out))
                } while stream.avail_out == 0
            }
            start += count
        }
        return result
    }
}
