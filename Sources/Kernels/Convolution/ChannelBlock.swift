import CSystem
import Foundation

/// Neighbouring target channels that a kernel computes together; in the last block some may not exist.
struct ChannelBlock {
    let firstChannel: Int
    /// The channels that exist.
    let channels: Int
    /// 32, 16 or 1.
    let width: Int

    /// Whether 16 values make one register. Otherwise half as many sums fit the registers. Tests of the other way on the
    /// processor at hand set LUNETTE_REGISTERS to long or short.
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
