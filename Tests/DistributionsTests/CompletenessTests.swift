import Distributions
import Foundation
import Tensors
import Testing

/// Nothing is untested: every distribution has an example, every quantity that one has a reference, and so has every
/// pair of the table of divergences.
@Suite struct CompletenessTests {
    /// The kinds that the sources declare, of what conforms to `named`.
    private static func kinds(_ folders: [String], conformingTo named: String) throws -> Set<String> {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/Distributions").standardized
        var found: Set<String> = []
        for folder in folders {
            let url = root.appendingPathComponent(folder)
            for file in try FileManager.default.contentsOfDirectory(atPath: url.path) where file.hasSuffix(".swift") {
                let text = try String(contentsOf: url.appendingPathComponent(file), encoding: .utf8)
                for part in text.split(separator: "public struct ").dropFirst() {
                    let heading = part.prefix { $0 != "{" }
                    guard heading.contains(named), let name = heading.split(separator: ":").first else { continue }
                    found.insert(String(name))
                }
            }
        }
        return found
    }

    private static let byKind = Result {
        try Dictionary(grouping: Example.all) { try $0.distribution.kind }
    }

    @Test func everyDistributionHasAnExample() throws {
        let declared = try Self.kinds(
            ["Continuous", "Discrete", "Multivariate", "Combined"], conformingTo: "Distribution")
        #expect(declared.count >= 21)
        #expect(try Set(Self.byKind.get().keys) == declared)
    }

    /// Quantities of a distribution, by the names of the reference file; an error where there is no closed form.
    private static let quantities: [(String, @Sendable (any Distribution) throws -> Tensor)] = [
        ("log_prob", { try $0.logProbability($0.sample([], generator: .init(seed: 1))) }),
        ("entropy", { try $0.entropy() }), ("mean", { try $0.mean() }), ("variance", { try $0.variance() }),
        ("cdf", { try $0.cdf($0.sample([], generator: .init(seed: 1))) }),
        ("icdf", { try $0.icdf(Tensor(0.25)) }),
    ]

    @Test func everyQuantityHasAReference() throws {
        for (kind, examples) in try Self.byKind.get() {
            for (name, compute) in Self.quantities {
                let isThere = examples.contains { (try? compute($0.distribution)) != nil }
                let isCompared = try examples.contains { try $0.reference(name) != nil }
                #expect(!isThere || isCompared, "\(kind): \(name) is compared with nothing")
            }
        }
    }

    @Test func everyDivergenceHasAReference() throws {
        let compared = try DivergenceTests.pairs.map { pair in
            try pair.split(separator: "|").map { name in
                try #require(Example.all.first { $0.name == name }).distribution.kind
            }.joined(separator: "|")
        }
        for kinds in KLTable.kinds { #expect(compared.contains(kinds), "\(kinds) is compared with nothing") }
    }

    @Test func everyBijectorHasAnExample() throws {
        let declared = try Self.kinds(["Bijectors"], conformingTo: "Bijector")
        let found = try BijectorTests.examples.map { "\(type(of: try $0.make()))" }
        #expect(declared.count >= 6)
        #expect(Set(found) == declared)
    }
}
