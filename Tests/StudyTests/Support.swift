import Study
import Support
import Tensors
import TestSupport

/// What a study warned of.
final class Warnings {
    var texts: [String] = []
}

extension TemporaryFolder {
    /// A study in this folder, with its warnings.
    func study(
        _ configuration: StoredValue = .fields(["steps": .integer(90)]), seed: UInt64 = 1,
        _ warnings: Warnings = Warnings(), staleAfter: Double? = nil
    ) throws -> StudyFolder {
        try StudyFolder(path, configuration: configuration, seed: seed, staleAfter: staleAfter) {
            warnings.texts.append($0)
        }
    }
}

extension StoredValue {
    /// Whether another value is the same to the last bit, its types included.
    func isIdentical(to other: StoredValue) -> Bool {
        switch (self, other) {
        case (.nothing, .nothing): true
        case (.boolean(let a), .boolean(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.number(let a), .number(let b)): a.bitPattern == b.bitPattern || a.isNaN && b.isNaN
        case (.text(let a), .text(let b)): a == b
        case (.tensor(let a), .tensor(let b)):
            a.shape == b.shape && a.values.map(\.bitPattern) == b.values.map(\.bitPattern)
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isIdentical(to: $1) }
        case (.table(let a), .table(let b)):
            a.count == b.count && a.allSatisfy { key, value in b[key].map { value.isIdentical(to: $0) } ?? false }
        default: false
        }
    }
}
