/// Long buffers in pieces of at most 4 MB, between which reading and writing poll `Interrupt`.
extension UnsafeMutableRawBufferPointer {
    /// The pieces, in order.
    public var pieces: [UnsafeMutableRawBufferPointer] {
        stride(from: 0, to: count, by: pieceSize).map { start in
            UnsafeMutableRawBufferPointer(rebasing: self[start...].prefix(pieceSize))
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The pieces, in order.
    public var pieces: [UnsafeRawBufferPointer] {
        stride(from: 0, to: count, by: pieceSize).map { start in
            UnsafeRawBufferPointer(rebasing: self[start...].prefix(pieceSize))
        }
    }
}

private let pieceSize = 4 << 20
