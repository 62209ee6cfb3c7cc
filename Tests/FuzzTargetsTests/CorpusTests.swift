import Foundation
import FuzzTargets
import Support
import TestSupport
import Testing

/// What `Scripts/fuzz` kept, and what comes of it by small damage: all gives a result or an error.
@Suite struct CorpusTests {
    private static let corpora = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Corpora"
    /// How often each input is damaged.
    private static let rounds = 10

    @Test(arguments: FuzzTarget.all) func isReadOrRefused(_ target: FuzzTarget) throws {
        let folder = try TemporaryFolder()
        let kept = "\(Self.corpora)/\(target.name)"
        let names = try FileSystem.names(in: kept)
        #expect(!names.isEmpty)
        let generator = RandomGenerator(seed: 1)
        for name in names {
            let bytes = try InputFile.bytes(of: "\(kept)/\(name)")
            for round in 0...Self.rounds {
                let input = round == 0 ? bytes : Self.damaged(bytes, generator)
                do {
                    try target.read(input, folder.path)
                } catch let broken as BrokenPromise {
                    Issue.record("\(target.name)/\(name), round \(round): \(broken)")
                } catch {}
            }
        }
    }

    /// The bytes with a part left out, said twice, or other than it was.
    private static func damaged(_ bytes: [UInt8], _ generator: RandomGenerator) -> [UInt8] {
        guard !bytes.isEmpty else { return [UInt8(generator.below(256))] }
        let start = generator.below(bytes.count)
        let end = min(start + 1 + generator.below(8), bytes.count)
        switch generator.below(3) {
        case 0: return Array(bytes[..<start] + bytes[end...])
        case 1: return Array(bytes[..<end] + bytes[start...])
        default: return bytes[..<start] + bytes[start..<end].map { $0 ^ UInt8(generator.below(256)) } + bytes[end...]
        }
    }
}
