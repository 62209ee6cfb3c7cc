import Foundation
import Support
import Tensors

/// A place where two values differ.
public struct StoredDifference: Equatable, Sendable, CustomStringConvertible {
    /// The place, as in "network.channels[2]".
    public let place: String
    /// The value there before; "nothing" where there was none.
    public let before: String
    /// The value there now.
    public let now: String

    /// "PLACE = BEFORE before, NOW now".
    public var description: String { "\(place.isEmpty ? "the value" : place) = \(before) before, \(now) now" }
}

extension StoredValue {
    /// Where this value and what it is `now` differ, in the order of the places.
    ///
    /// 1 and 1.0 differ. Tensors are compared by their places and shapes only.
    public func differences(from now: StoredValue) -> [StoredDifference] {
        var (old, new): ([String: String], [String: String]) = ([:], [:])
        collectLeaves(at: "", into: &old)
        now.collectLeaves(at: "", into: &new)
        let places = Set(old.keys).union(new.keys).sorted()
        return places.filter { old[$0] != new[$0] }.map {
            StoredDifference(place: $0, before: old[$0] ?? "nothing", now: new[$0] ?? "nothing")
        }
    }

    /// Whether this value and another are the same to the last bit, tensors too.
    func isIdentical(to other: StoredValue) throws(StudyError) -> Bool {
        let (own, others) = (encoded(), other.encoded())
        guard own.json.description == others.json.description, own.tensors.count == others.tensors.count else {
            return false
        }
        for (a, b) in zip(own.tensors, others.tensors) {
            guard a.name == b.name, a.tensor.shape == b.tensor.shape else { return false }
            do throws(TensorError) {
                let (a, b) = (try a.tensor.detached().contiguous(), try b.tensor.detached().contiguous())
                guard memcmp(a.pointer, b.pointer, a.count * MemoryLayout<Float>.size) == 0 else { return false }
            } catch {
                throw .tensor(error)
            }
        }
        return true
    }

    private func collectLeaves(at place: String, into leaves: inout [String: String]) {
        switch self {
        case .nothing: break
        case .list(let values):
            if values.isEmpty { leaves[place] = "{}" }
            for (index, value) in values.enumerated() {
                value.collectLeaves(at: "\(place)[\(index + 1)]", into: &leaves)
            }
        case .table(let fields):
            if fields.isEmpty { leaves[place] = "{}" }
            for (key, value) in fields { value.collectLeaves(at: key.appended(to: place), into: &leaves) }
        case .number(let value): leaves[place] = "\(value)"
        case .tensor(let tensor): leaves[place] = "a tensor of shape \(tensor.shape)"
        default: leaves[place] = "\(encoded().json)"
        }
    }
}

extension StoredValue.Key {
    /// The place of the field under this key of the table at `place`: "table.name", "table[3]".
    public func appended(to place: String) -> String {
        switch self {
        case .integer(let number): "\(place)[\(number)]"
        case .text(let name): place.isEmpty ? name : "\(place).\(name)"
        }
    }
}
