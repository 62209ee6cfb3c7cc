import Support
import Tensors

/// A layer to which parts are added after it was made.
///
/// How large a network may become is checked where a part is added: `hold` looks at all networks that grow by it.
public protocol GrowingLayer: Layer {
    /// The growing layers that hold this one.
    var holders: Holders { get }
}

/// The growing layers that hold one, by themselves or within layers that do not grow; none is kept alive.
public final class Holders {
    fileprivate struct Holder {
        weak var layer: (any GrowingLayer)?
    }

    fileprivate var list: [Holder] = []

    /// None.
    public init() {}

    fileprivate func add(_ holder: any GrowingLayer) {
        list.removeAll { $0.layer == nil || $0.layer === holder }
        list.append(Holder(layer: holder))
    }
}

extension GrowingLayer {
    /// Makes this layer a holder of `parts`, which are then to be added to its children.
    ///
    /// An error in the name of `operation` where one contains this layer, or a network would become too large.
    public func hold(_ parts: [any Layer], _ operation: String) throws(TensorError) {
        var added = Extent()
        for part in parts { try added.add(part, level: 1, lookingFor: self) }
        try require(
            added.occurrences == 0, operation, "a part", "a module that contains this one",
            expected: "one that does not, and is not the module itself")
        for layer in holdingLayers {
            var whole = Extent()
            try whole.add(layer, level: 0, lookingFor: self)
            try whole.check(adding: added, operation)
        }
        for part in parts {
            for layer in part.growingLayers { layer.holders.add(self) }
        }
    }

    /// This layer, and all that are made of it.
    private var holdingLayers: [any GrowingLayer] {
        var found: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
        var result: [any GrowingLayer] = [self]
        var next = 0
        while next < result.count {
            for case let layer? in result[next].holders.list.map(\.layer)
            where found.insert(ObjectIdentifier(layer)).inserted {
                result.append(layer)
            }
            next += 1
        }
        return result
    }
}

extension Layer {
    /// The growing layers that are reached without going through another one.
    fileprivate var growingLayers: [any GrowingLayer] {
        if let layer = self as? any GrowingLayer { return [layer] }
        return children.flatMap { $0.layer.growingLayers }
    }
}

/// How large a network is, and where in it a layer occurs.
struct Extent {
    /// The number of layers, one that occurs twice counted twice, and how many levels lie below the first.
    private(set) var (layers, depth) = (0, 0)
    /// How often the layer that is looked for occurs, and its deepest level.
    private(set) var (occurrences, place) = (0, 0)

    /// The most that a network may have, so that functions of layers can recurse once per level, and files be read.
    static let most = (depth: 32, layers: 100_000)

    /// Adds a network whose first level is `level`; `part` is the layer that is looked for.
    mutating func add(_ network: any Layer, level: Int, lookingFor part: (any Layer)? = nil) throws(TensorError) {
        if Interrupt.isRequested { throw .interrupted }
        layers += 1
        depth = max(depth, level)
        if network === part { (occurrences, place) = (occurrences + 1, max(place, level)) }
        // Beyond these it is too large anyway.
        guard depth <= Self.most.depth, layers <= Self.most.layers else { return }
        for child in network.children { try add(child.layer, level: level + 1, lookingFor: part) }
    }

    /// Throws where this network would be too large if `added` came wherever the layer occurs.
    func check(adding added: Extent, _ operation: String) throws(TensorError) {
        try require(
            place + added.depth <= Self.most.depth, operation, "modules", "nested \(place + added.depth) deep",
            expected: "at most \(Self.most.depth) levels of modules within each other")
        let (count, overflows) = added.layers.multipliedReportingOverflow(by: occurrences)
        try require(
            !overflows && count <= Self.most.layers - min(layers, Self.most.layers), operation, "modules",
            "more than \(Self.most.layers)", expected: "at most as many, each counted as often as it comes")
    }
}
