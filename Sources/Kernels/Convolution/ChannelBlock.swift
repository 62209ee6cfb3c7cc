/// 16 or 32 neighbouring target channels, which the kernels compute together; in the last block some may not exist.
struct ChannelBlock {
    let firstChannel: Int
    /// The channels that exist.
    let channels: Int
    /// 16 or 32.
    let width: Int

    /// All blocks of a number of channels.
    static func blocks(of channels: Int) -> [ChannelBlock] {
        stride(from: 0, to: channels, by: 32).map { first in
            ChannelBlock(
                firstChannel: first, channels: min(32, channels &- first), width: channels &- first > 16 ? 32 : 16)
        }
    }
}

extension UnsafePointer<Float> {
    /// The 16 values from `offset` on.
    @inline(__always)
    func unalignedVector(_ offset: Int) -> Vector {
        UnsafeRawPointer(self + offset).loadUnaligned(as: Vector.self)
    }
}

extension UnsafeMutablePointer<Float> {
    /// The same memory as vectors; its address must be a multiple of 64.
    var vectors: UnsafePointer<Vector> { UnsafeRawPointer(self).assumingMemoryBound(to: Vector.self) }
    /// The same memory as vectors; its address must be a multiple of 64.
    var mutableVectors: UnsafeMutablePointer<Vector> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: Vector.self)
    }
}
