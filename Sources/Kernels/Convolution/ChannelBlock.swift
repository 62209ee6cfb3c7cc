import CSystem
import Foundation

/// Neighbouring target channels that a microkernel computes together; in the last block some may not exist.
struct ChannelBlock {
    let firstChannel: Int
    /// The channels that exist.
    let channels: Int
    /// The channels with those that do not exist: 32, 16 or 1.
    let width: Int

    /// Whether a register holds 16 floats (AVX-512). Otherwise it holds 8, and half as many sums fit the registers.
    ///
    /// LUNETTE_REGISTERS=long or short overrides it, so that both ways can be tested on one processor.
    static let hasLongRegisters =
        switch getenv("LUNETTE_REGISTERS").map({ String(cString: $0) }) {
        case "long": true
        case "short": false
        default: String(cString: lunette_compiled_vectors()) == "AVX-512"
        }

    /// Blocks of 32 channels (16 where registers are short), the last one of 16 if that is enough.
    static func blocks(of channels: Int) -> [ChannelBlock] {
        let widest = hasLongRegisters ? 32 : 16
        return stride(from: 0, to: channels, by: widest).map { first in
            ChannelBlock(
                firstChannel: first, channels: min(widest, channels &- first),
                width: min(widest, channels &- first > 16 ? 32 : 16))
        }
    }

    /// Blocks of a single channel.
    static func singles(of channels: Int) -> [ChannelBlock] {
        (0..<channels).map { ChannelBlock(firstChannel: $0, channels: 1, width: 1) }
    }
}

/// The sums of a microkernel, which stay in registers: `rows` rows of `width` vectors, to which products of a number
/// and a vector are added.
///
/// All loops over them have constant bounds, so that the compiler unrolls them.
struct Accumulators<let rows: Int, let width: Int> {
    private var sums: InlineArray<rows, InlineArray<width, Vector>>

    /// Sets every row to `start`.
    @inline(__always)
    init(_ start: InlineArray<width, Vector>) { sums = InlineArray(repeating: start) }

    /// The sums of a row.
    @inline(__always)
    subscript(row: Int) -> InlineArray<width, Vector> {
        get { sums[row] }
        set { sums[row] = newValue }
    }

    /// Adds values[i][offset] times `vectors` to each row i.
    @inline(__always)
    mutating func add(
        _ values: InlineArray<rows, UnsafePointer<Float>>, _ offset: Int, times vectors: UnsafePointer<Vector>
    ) {
        for i in 0..<rows {
            let value = Vector(repeating: values[i][offset])
            for j in 0..<width { sums[i][j].addProduct(value, vectors[j]) }
        }
    }

    /// Adds values[i step] times `vectors` to each row i.
    @inline(__always)
    mutating func add(_ values: UnsafePointer<Float>, step: Int = 1, times vectors: UnsafePointer<Vector>) {
        for i in 0..<rows {
            let value = Vector(repeating: values[i &* step])
            for j in 0..<width { sums[i][j].addProduct(value, vectors[j]) }
        }
    }
}
